"""Other names of a customer: what files call him (issue: matching by number, alias, code, then name)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from customers.identity_permissions import alias_refusal
from customers.models import ALIAS_MAX_LENGTH, AliasSource, Customer, CustomerAlias
from customers.names import name_key


@transaction.atomic
def add_alias(
    *, customer: Customer, name: str, by: User, source: AliasSource = AliasSource.TYPED
) -> CustomerAlias:
    """Add an alias; return it. The same name in another width, case or spacing is the one that is there already.

    Another customer may carry it too. Raises NotAllowedError, or InvalidInputError where it is empty, too long,
    or another customer's number, which a file would always mean instead.
    """
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    require(alias_refusal(by, locked))
    name = " ".join(name.split())
    require_possible_alias(name)
    if Customer.objects.filter(number__iexact=name).exclude(pk=locked.pk).exists():
        raise InvalidInputError(
            "alias.is_a_number", _("Another customer has this number: it cannot be an alias.")
        )
    with acting(by):
        alias, _created = CustomerAlias.objects.get_or_create(
            customer=locked, key=name_key(name), defaults={"name": name, "source": source, "created_by": by}
        )
    return alias


def require_possible_alias(name: str) -> None:
    """Raise InvalidInputError unless `name` can be an alias: 1–200 characters, also without its blanks."""
    if not 0 < len(name_key(name)) <= ALIAS_MAX_LENGTH or len(name) > ALIAS_MAX_LENGTH:
        raise InvalidInputError(
            "alias.invalid",
            _("An alias has between 1 and %(limit)s characters.") % {"limit": ALIAS_MAX_LENGTH},
        )


@transaction.atomic
def remove_alias(*, customer: Customer, alias: int, by: User) -> None:
    """Remove an alias (a primary key) of the customer; one that is gone already stays gone. Raises
    NotAllowedError."""
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    require(alias_refusal(by, locked))
    with acting(by):
        locked.aliases.filter(pk=alias).delete()

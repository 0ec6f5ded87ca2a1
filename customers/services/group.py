"""Which company stands above a customer. Nobody stands above himself, not even around corners."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.turns import take_turn
from customers.credit_permissions import parent_refusal
from customers.groups import chain_above
from customers.models import Customer
from customers.services.versions import require_version


@transaction.atomic
def set_parent(*, customer: Customer, parent: Customer | None, version: int, by: User) -> Customer:
    """Put the customer below `parent` (None: below nobody); return him with his version raised (unchanged where he
    was there).

    Raises NotAllowedError, InvalidInputError for a parent that `by` does not see or that would close a loop (it names
    the companies), and ConflictError where the customer is no longer at `version`.
    """
    one_group_change_at_a_time()
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    require(parent_refusal(by, locked))
    if locked.parent_id == (parent.pk if parent else None):
        return locked  # also the second click of the same form
    if parent is not None:
        _require_no_loop(locked, parent, by)
    require_version(locked, version)
    locked.parent = parent
    locked.version += 1
    with acting(by):
        locked.save()
    return locked


def one_group_change_at_a_time() -> None:
    """Two changes, each without a loop, could close one together: groups change one after the other."""
    take_turn("customers.groups")


def _require_no_loop(customer: Customer, parent: Customer, by: User) -> None:
    if not Customer.objects.visible_to(by).filter(pk=parent.pk).exists():
        raise InvalidInputError("group.parent_unknown", _("You see no customer with this number."))
    above = chain_above(parent)
    if customer.pk in above:
        loop = [customer.pk, *above[: above.index(customer.pk) + 1]]
        raise InvalidInputError(
            "group.loop",
            _("A company cannot stand above itself: %(chain)s.") % {"chain": _told(loop, by)},
        )


def _told(pks: Sequence[int], by: User) -> str:
    """Return the companies from below to above; those that `by` does not see have no name."""
    seen = {found.pk: str(found) for found in Customer.objects.visible_to(by).filter(pk__in=pks)}
    return " → ".join(seen.get(pk, _("a company that you do not see")) for pk in pks)

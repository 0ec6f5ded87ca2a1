"""Temporary limits and the service level: what leaders and planning & finance set beside the reviews (P3.1, P3.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk import template_tags
from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from customers.credit_permissions import (
    end_temporary_limit_refusal,
    service_level_refusal,
    temporary_limit_refusal,
)
from customers.models import Customer, ServiceLevel
from customers.services.managers import tell_managers
from customers.services.messages import filled
from customers.services.reasons import required_reason
from customers.services.versions import require_version

GRANTED = gettext_lazy(
    "%(person)s set a temporary limit of %(currency)s %(amount)s for %(customer)s up to %(date)s."
)
ENDED = gettext_lazy("%(person)s ended the temporary limit of %(customer)s: %(reason)s")


@transaction.atomic
def grant_temporary_limit(
    *,
    customer: Customer,
    amount: Decimal,
    valid_to_on: dt.date,
    reason: str,
    version: int,
    by: User,
    today: dt.date,
) -> Customer:
    """Grant a limit of `amount` (in the currency of the customer's limits) up to `valid_to_on`, or change the one
    there is; return the customer with his version raised (unchanged where it was granted just so).

    His managers are told. It replaces the permanent limit while it lasts, where it is larger. A limit below the
    exposure is allowed: the page warns. Raises NotAllowedError, InvalidInputError for an amount that is not positive,
    an end before `today` or a missing reason, and ConflictError where the customer is no longer at `version`.
    """
    locked = _locked(customer)
    require(temporary_limit_refusal(by, locked))
    if amount <= 0:
        raise InvalidInputError("limit.amount", _("A temporary limit must be above zero."))
    if valid_to_on < today:
        raise InvalidInputError("limit.ended", _("A temporary limit cannot end in the past."))
    told = filled(
        GRANTED,
        person=by.display_name,
        currency=locked.limit_currency,
        amount=template_tags.amount(amount),
        customer=locked.name,
        date=valid_to_on.isoformat(),
    )
    return _changed(
        locked,
        {
            "temporary_limit_amount": amount,
            "temporary_limit_valid_to_on": valid_to_on,
            "temporary_limit_reason": required_reason(reason),
        },
        version=version,
        by=by,
        told=told,
    )


@transaction.atomic
def end_temporary_limit(*, customer: Customer, reason: str, version: int, by: User) -> Customer:
    """End the temporary limit at once; his managers are told. Return the customer with his version raised. A second
    click changes nothing.

    Raises NotAllowedError, InvalidInputError without a reason, and ConflictError where the customer is no longer at
    `version`.
    """
    locked = _locked(customer)
    refusal = end_temporary_limit_refusal(by, locked)
    if refusal and refusal.code == "limit.none" and locked.temporary_limit_reason == reason.strip() != "":
        return locked
    require(refusal)
    why = required_reason(reason)
    return _changed(
        locked,
        {
            "temporary_limit_amount": None,
            "temporary_limit_valid_to_on": None,
            "temporary_limit_reason": why,
        },
        version=version,
        by=by,
        told=filled(ENDED, person=by.display_name, customer=locked.name, reason=why),
    )


@transaction.atomic
def set_service_level(*, customer: Customer, level: str, reason: str, version: int, by: User) -> Customer:
    """Set what we do for the customer (P3.1 f), one of `ServiceLevel`; return him with his version raised (unchanged
    where it was set just so).

    Raises NotAllowedError, InvalidInputError for a level that is none or a missing reason, and ConflictError where the
    customer is no longer at `version`.
    """
    locked = _locked(customer)
    require(service_level_refusal(by, locked))
    if level not in ServiceLevel.values:
        raise InvalidInputError("service_level.unknown", _("There is no such service level."))
    return _changed(
        locked,
        {"service_level": level, "service_level_reason": required_reason(reason)},
        version=version,
        by=by,
    )


def _locked(customer: Customer) -> Customer:
    return Customer.objects.select_for_update().get(pk=customer.pk)


def _changed(
    locked: Customer, values: Mapping[str, object], *, version: int, by: User, told: Promise | None = None
) -> Customer:
    """Return the customer with the values; where one is new, his managers read what is `told`."""
    if all(getattr(locked, field) == value for field, value in values.items()):
        return locked  # the second click of the same form
    require_version(locked, version)
    for field, value in values.items():
        setattr(locked, field, value)
    locked.version += 1
    with acting(by):
        locked.save()
    if told is not None:
        tell_managers(customer=locked, title=told, key=f"limit:{locked.pk}:{locked.version}", by=by)
    return locked

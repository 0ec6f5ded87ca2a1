"""Freezing: new business is blocked, the state and the collection of what is open stay as they are."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import require
from customers.credit_permissions import freeze_refusal, unfreeze_refusal
from customers.models import Customer
from customers.services.managers import tell_managers
from customers.services.messages import filled
from customers.services.reasons import required_reason

FROZEN = _("%(person)s froze new business with %(customer)s: %(reason)s")
UNFROZEN = _("%(person)s lifted the freeze of %(customer)s: %(reason)s")


@transaction.atomic
def freeze_customer(*, customer: Customer, reason: str, by: User, now: dt.datetime) -> Customer:
    """Block new business from `now` on (P3.1 a); his managers are told. Return the customer. A second click changes
    nothing.

    Raises NotAllowedError, or InvalidInputError without a reason.
    """
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    refusal = freeze_refusal(by, locked)
    if refusal and refusal.code == "customer.frozen" and locked.freeze_reason == reason.strip():
        return locked
    require(refusal)
    locked.freeze_reason = required_reason(reason)
    locked.frozen_at = now
    locked.frozen_by = by
    with acting(by):
        locked.save()
    tell_managers(
        customer=locked,
        title=filled(FROZEN, person=by.display_name, customer=locked.name, reason=locked.freeze_reason),
        key=f"frozen:{locked.pk}:{now.isoformat()}",
        by=by,
    )
    return locked


@transaction.atomic
def unfreeze_customer(*, customer: Customer, reason: str, by: User) -> Customer:
    """Let new business go on (P3.1 a); his managers are told. Return the customer. A second click changes nothing.

    Raises NotAllowedError, or InvalidInputError without a reason.
    """
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    refusal = unfreeze_refusal(by, locked)
    if refusal and refusal.code == "customer.not_frozen" and locked.freeze_reason == reason.strip() != "":
        return locked
    require(refusal)
    locked.freeze_reason = required_reason(reason)
    frozen_at, locked.frozen_at = locked.frozen_at, None
    locked.frozen_by = None
    with acting(by):
        locked.save()
    tell_managers(
        customer=locked,
        title=filled(UNFROZEN, person=by.display_name, customer=locked.name, reason=locked.freeze_reason),
        key=f"unfrozen:{locked.pk}:{frozen_at}",
        by=by,
    )
    return locked

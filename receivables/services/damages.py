"""What was received for liquidated damages: recorded by finance, reversed by an entry of its own, never changed
(P3.4).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import InvalidInputError, require
from customers.models import Customer
from receivables.damages_permissions import receipt_refusal, reverse_receipt_refusal
from receivables.models import DamagesReceipt


@transaction.atomic
def record_receipt(
    *,
    customer: Customer,
    currency: str,
    amount: Decimal,
    received_on: dt.date,
    today: dt.date,
    by: User,
    reference: str = "",
    submission_key: UUID | None = None,
) -> DamagesReceipt:
    """Record `amount` in `currency` received for damages on a day; return the entry. A form sent twice is one entry.

    More than is owed is recorded as well: what came in came in, and the statement shows the excess. Raises
    NotAllowedError, InvalidInputError for an amount that is not above zero or a day to come.
    """
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    if submission_key is not None:
        sent_before: DamagesReceipt | None = DamagesReceipt.objects.filter(
            submission_key=submission_key, customer=locked
        ).first()
        if sent_before is not None:
            return sent_before
    require(receipt_refusal(by, locked))
    if amount <= 0:
        raise InvalidInputError("damages.amount", _("The amount must be above zero."))
    if received_on > today:
        raise InvalidInputError("damages.day", _("This day is still to come."))
    return DamagesReceipt.objects.create(
        customer=locked,
        currency=currency,
        received_on=received_on,
        amount=amount,
        effect_amount=amount,
        reference=" ".join(reference.split()),
        by=by,
        submission_key=submission_key,
    )


@transaction.atomic
def reverse_receipt(*, receipt: DamagesReceipt, reason: str, today: dt.date, by: User) -> DamagesReceipt:
    """Undo a receipt by an entry of its own, as of today, for `reason`; return that. The same again is once.

    Statements as of earlier days still show the receipt, as they did then. Raises NotAllowedError, ConflictError where
    it is reversed already, InvalidInputError without a reason.
    """
    customer = Customer.objects.select_for_update().get(pk=receipt.customer_id)
    locked = DamagesReceipt.objects.select_related("reversed_by").get(pk=receipt.pk)
    locked.customer = customer
    reason = " ".join(reason.split())
    reversal: DamagesReceipt | None = getattr(locked, "reversed_by", None)
    if reversal is not None and reversal.by_id == by.pk and reversal.reason == reason:
        return reversal
    require(reverse_receipt_refusal(by, locked))
    if not reason:
        raise InvalidInputError("damages.reason", _("Say why the receipt is reversed."))
    return DamagesReceipt.objects.create(
        customer=customer,
        currency=locked.currency,
        received_on=max(today, locked.received_on),
        amount=locked.amount,
        effect_amount=-locked.amount,
        reference=locked.reference,
        reason=reason,
        reverses=locked,
        by=by,
    )

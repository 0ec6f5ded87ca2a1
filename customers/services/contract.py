"""Recording contracts: none before the customer's review is approved (P4.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError
from creditrisk.policy.selectors import policy_version_on
from customers.models import Contract, Customer, ServiceType
from customers.permissions import contract_refusal, require
from customers.selectors import first_review_on


@transaction.atomic
def record_contract(
    *,
    customer: Customer,
    number: str,
    service_type: str,
    amount: Decimal,
    currency: str,
    signed_on: dt.date,
    ends_on: dt.date | None,
    payment_term_days: int,
    handler: User,
    by: User,
    submission_key: UUID | None = None,
) -> Contract:
    """Record a contract of `amount` in `currency`; return it. A form sent twice gives the same contract.

    Raises NotAllowedError where the customer gets no contract (P4.1, see `contract_refusal`),
    InvalidInputError where the number is missing or taken, the amount is not positive, the end lies before
    the signature, the signature before the approval, or the handler is neither account manager nor service
    manager.
    """
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    if submission_key is not None:
        same_form = Contract.objects.filter(submission_key=submission_key, customer=locked)
        sent_before: Contract | None = same_form.first()
        if sent_before is not None:
            return sent_before
    require(contract_refusal(by, locked, signed_on=signed_on, policy=policy_version_on(signed_on).policy))
    number = " ".join(number.split())
    _require_sound(number=number, amount=amount, signed_on=signed_on, ends_on=ends_on, handler=handler)
    reviewed_first_on = first_review_on(locked)
    if not locked.is_onboarded and reviewed_first_on is not None and signed_on < reviewed_first_on:
        raise InvalidInputError(
            "contract.signed_before_review",
            _("The contract cannot be signed before the review was approved on %(date)s (P4.1).")
            % {"date": reviewed_first_on},
        )
    try:
        with acting(by), transaction.atomic():
            return Contract.objects.create(
                customer=locked,
                number=number,
                service_type=ServiceType(service_type),
                amount=amount,
                currency=currency,
                signed_on=signed_on,
                ends_on=ends_on,
                payment_term_days=payment_term_days,
                handler=handler,
                submission_key=submission_key,
            )
    except IntegrityError as error:
        raise InvalidInputError("contract.number_taken", _("Another contract has this number.")) from error


def _require_sound(
    *, number: str, amount: Decimal, signed_on: dt.date, ends_on: dt.date | None, handler: User
) -> None:
    if not number:
        raise InvalidInputError("contract.number_missing", _("A contract needs its number."))
    if amount <= 0:
        raise InvalidInputError("contract.amount", _("The contract amount must be above zero."))
    if ends_on is not None and ends_on < signed_on:
        raise InvalidInputError(
            "contract.ends_before_signing", _("The contract cannot end before it is signed.")
        )
    if not handler.has_role(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER):
        raise InvalidInputError(
            "contract.handler",
            _("%(person)s is neither an account manager nor a customer service manager.")
            % {"person": handler},
        )

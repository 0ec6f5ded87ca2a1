"""What was agreed in a contract, checked in one place for drafts, edits and what is recorded as signed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError
from customers.models import Contract, PaymentTermKind, ServiceType


@dataclass(frozen=True, kw_only=True)
class ContractTerms:
    """What the two sides agree on. The ratios are shares (0–1) and override the policy where they are given."""

    number: str
    service_type: str
    amount: Decimal
    currency: str
    payment_term_days: int
    handler: User
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    payment_term_kind: str = PaymentTermKind.NET
    deposit_required_amount: Decimal = Decimal(0)
    late_payment_daily_ratio: Decimal | None = None
    late_payment_cap_ratio: Decimal | None = None
    notes: str = ""

    def values(self) -> dict[str, Any]:
        """Return the terms as values of the model's fields, texts trimmed."""
        return {
            "number": " ".join(self.number.split()),
            "service_type": ServiceType(self.service_type).value,
            "amount": self.amount,
            "currency": self.currency,
            "payment_term_kind": PaymentTermKind(self.payment_term_kind).value,
            "payment_term_days": self.payment_term_days,
            "handler": self.handler,
            "starts_on": self.starts_on,
            "ends_on": self.ends_on,
            "deposit_required_amount": self.deposit_required_amount,
            "late_payment_daily_ratio": self.late_payment_daily_ratio,
            "late_payment_cap_ratio": self.late_payment_cap_ratio,
            "notes": self.notes.strip(),
        }


def require_sound(terms: ContractTerms, *, signed_on: dt.date | None) -> None:
    """Raise InvalidInputError for terms that cannot be: a number missing, an amount that is not positive, a term
    that ends before it starts or before the signature, ratios out of 0–1, or a handler who manages nobody."""
    if not terms.number.strip():
        raise InvalidInputError("contract.number_missing", _("A contract needs its number."))
    if terms.amount <= 0:
        raise InvalidInputError("contract.amount", _("The contract amount must be above zero."))
    if terms.payment_term_days < 0:
        raise InvalidInputError("contract.payment_term", _("A payment term has 0 days or more."))
    if terms.deposit_required_amount < 0:
        raise InvalidInputError("contract.deposit", _("A deposit is not below zero."))
    require_term_in_order(signed_on=signed_on, starts_on=terms.starts_on, ends_on=terms.ends_on)
    for ratio in (terms.late_payment_daily_ratio, terms.late_payment_cap_ratio):
        if ratio is not None and not 0 <= ratio <= 1:
            raise InvalidInputError("contract.late_payment", _("Late-payment terms are 0 to 100 %."))
    require_handler(terms.handler)


def require_term_in_order(
    *, signed_on: dt.date | None, starts_on: dt.date | None, ends_on: dt.date | None
) -> None:
    """Raise InvalidInputError where the term ends before the signature or before it starts."""
    if ends_on is None:
        return
    if signed_on is not None and ends_on < signed_on:
        raise InvalidInputError(
            "contract.ends_before_signing", _("The contract cannot end before it is signed.")
        )
    if starts_on is not None and ends_on < starts_on:
        raise InvalidInputError("contract.ends_before_start", _("The contract cannot end before it starts."))


def require_handler(handler: User) -> None:
    """Raise InvalidInputError unless `handler` is an account manager or a customer service manager."""
    if not handler.has_role(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER):
        raise InvalidInputError(
            "contract.handler",
            _("%(person)s is neither an account manager nor a customer service manager.")
            % {"person": handler},
        )


def number_taken(error: IntegrityError) -> InvalidInputError | None:
    """Return the refusal where `error` says that another contract has the number; None for any other error."""
    violated = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    if violated.startswith(f"{Contract._meta.db_table}_number_"):
        return InvalidInputError("contract.number_taken", _("Another contract has this number."))
    return None

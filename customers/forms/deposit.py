"""Movements of a deposit as forms (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import StrictForm
from creditrisk.money import DECIMAL_PLACES, MAX_DIGITS
from customers.forms.fields import CurrencyField, LineField
from customers.models import Contract, Customer

FIELD_OF_REFUSAL = {
    "deposit.amount": "amount",
    "deposit.overdrawn": "amount",
    "deposit.contract": "contract",
    "deposit.decision_missing": "decision",
    "deposit.reason_missing": "reason",
}


class DepositMovementForm(StrictForm, forms.Form):
    """What every movement has: amount, currency, day, and the contract it is for where there is one."""

    amount = forms.DecimalField(
        label=_("Amount"), max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, min_value=0
    )
    currency = CurrencyField(label=_("Currency"))
    happened_on = forms.DateField(label=_("On"))
    contract = forms.ModelChoiceField(
        label=_("Contract"),
        queryset=Contract.objects.none(),
        required=False,
        empty_label=_("for all he owes"),
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, customer: Customer, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"currency": customer.currency, "happened_on": today}
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["currency"].offer(customer.currency)  # type: ignore[attr-defined]
        self.fields["contract"].queryset = customer.contracts.order_by("number")  # type: ignore[attr-defined]

    def clean_happened_on(self) -> dt.date:
        happened_on: dt.date = self.cleaned_data["happened_on"]
        if happened_on > self.today:
            raise forms.ValidationError(_("This day is still to come."), code="future")
        return happened_on

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        field = FIELD_OF_REFUSAL.get(refusal.code)
        self.add_error(field if field in self.fields else None, str(refusal))


class ReceiveDepositForm(DepositMovementForm):
    """What the customer paid."""

    reference = LineField(label=_("Payment reference"), max_length=200, required=False)


class ReturnDepositForm(DepositMovementForm):
    """What he got back."""

    reference = LineField(label=_("Payment reference"), max_length=200, required=False)
    reason = LineField(label=_("Reason"), max_length=500, required=False)


class ForfeitDepositForm(DepositMovementForm):
    """What became liquidated damages: why, and who decided it."""

    reason = LineField(label=_("Reason"), max_length=500)
    decision = LineField(
        label=_("Decision"), max_length=500, help_text=_("Who decided it, and where it is recorded.")
    )


class ReverseDepositForm(StrictForm, forms.Form):
    """Why an entry is undone."""

    reason = LineField(label=_("Reason"), max_length=500)

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        field = FIELD_OF_REFUSAL.get(refusal.code)
        self.add_error(field if field in self.fields else None, str(refusal))

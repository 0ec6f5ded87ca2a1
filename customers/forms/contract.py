"""Contracts as forms: recorded as signed, drafted, edited, and taken from state to state."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.forms import StrictForm
from creditrisk.money import DECIMAL_PLACES, MAX_DIGITS
from customers.forms.customer import TERM_MAX_DAYS
from customers.forms.fields import CurrencyField, LineField
from customers.models import Contract, ContractState, Customer, PaymentTermKind, ServiceType
from customers.services.contract_terms import ContractTerms

PER_CENT = 100
TERM_FIELDS_OF_RUNNING = ("handler", "notes")
FIELD_OF_REFUSAL = {
    "contract.number_taken": "number",
    "contract.number_missing": "number",
    "contract.amount": "amount",
    "contract.deposit": "deposit_required_amount",
    "contract.ends_before_signing": "ends_on",
    "contract.ends_before_start": "ends_on",
    "contract.signed_before_review": "signed_on",
    "contract.handler": "handler",
    "contract.reason_missing": "reason",
    "contract.performed_before_signing": "on",
    "contract.ended_too_early": "on",
}


class RefusalsAtFields(forms.Form):
    """Shows what a service refused at the field it is about."""

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        field = FIELD_OF_REFUSAL.get(refusal.code)
        self.add_error(field if field in self.fields else None, str(refusal))


class ContractTermsForm(StrictForm, RefusalsAtFields):
    """What was agreed; the handler is one of the two who manage the customer."""

    number = LineField(label=_("Contract number"), max_length=50)
    service_type = forms.ChoiceField(label=_("Service type"), choices=ServiceType.choices)
    amount = forms.DecimalField(
        label=_("Contract amount"), max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, min_value=0
    )
    currency = CurrencyField(label=_("Currency"))
    starts_on = forms.DateField(label=_("Term from"), required=False)
    ends_on = forms.DateField(label=_("Ends on"), required=False)
    payment_term_days = forms.IntegerField(
        label=_("Payment term (days)"), min_value=0, max_value=TERM_MAX_DAYS
    )
    payment_term_kind = forms.TypedChoiceField(
        label=_("Counted from"),
        choices=[
            (PaymentTermKind.NET, _("the document's date")),
            (PaymentTermKind.END_OF_MONTH, _("the end of the document's month")),
        ],
        required=False,
        empty_value=PaymentTermKind.NET.value,
        initial=PaymentTermKind.NET,
    )
    handler = forms.ModelChoiceField(label=_("Handler"), queryset=User.objects.none(), empty_label=None)
    deposit_required_amount = forms.DecimalField(
        label=_("Deposit required"),
        max_digits=MAX_DIGITS,
        decimal_places=DECIMAL_PLACES,
        min_value=0,
        required=False,
        help_text=_("In the contract's currency; empty: none."),
    )
    late_payment_daily_pct = forms.DecimalField(
        label=_("Late-payment rate per day (%)"),
        max_digits=7,
        decimal_places=4,
        min_value=0,
        max_value=PER_CENT,
        required=False,
        help_text=_("Of the overdue amount. Empty: as the policy says."),
    )
    late_payment_cap_pct = forms.DecimalField(
        label=_("Late-payment cap (%)"),
        max_digits=5,
        decimal_places=2,
        min_value=0,
        max_value=PER_CENT,
        required=False,
        help_text=_("Of the item. Empty: as the policy says."),
    )
    notes = forms.CharField(label=_("Notes"), required=False, max_length=5000, widget=forms.Textarea)

    def __init__(self, *args: Any, customer: Customer, by: User, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "currency": customer.currency,
            "payment_term_days": customer.payment_term_days,
            "payment_term_kind": customer.payment_term_kind,
            "handler": by.pk,
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        self.fields["currency"].offer(kwargs["initial"]["currency"])  # type: ignore[attr-defined]
        self.fields["handler"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            Q(pk=customer.account_manager_id)
            | Q(pk=customer.service_manager_id)
            | Q(pk=kwargs["initial"]["handler"]),
            is_active=True,
        )

    @property
    def terms(self) -> dict[str, Any]:
        """The cleaned terms as the services take them (see `ContractTerms`)."""
        cleaned = self.cleaned_data
        return {
            "number": cleaned["number"],
            "service_type": cleaned["service_type"],
            "amount": cleaned["amount"],
            "currency": cleaned["currency"],
            "starts_on": cleaned["starts_on"],
            "ends_on": cleaned["ends_on"],
            "payment_term_kind": cleaned["payment_term_kind"],
            "payment_term_days": cleaned["payment_term_days"],
            "handler": cleaned["handler"],
            "deposit_required_amount": cleaned["deposit_required_amount"] or Decimal(0),
            "late_payment_daily_ratio": _ratio(cleaned["late_payment_daily_pct"]),
            "late_payment_cap_ratio": _ratio(cleaned["late_payment_cap_pct"]),
            "notes": cleaned["notes"],
        }


class ContractForm(ContractTermsForm):
    """What `record_contract` asks for: a contract that is signed already."""

    signed_on = forms.DateField(label=_("Signed on"))
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    field_order = ("number", "service_type", "amount", "currency", "signed_on")

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_signed_on(self) -> dt.date:
        signed_on: dt.date = self.cleaned_data["signed_on"]
        if signed_on > self.today:
            raise forms.ValidationError(
                _("A contract is recorded once it is signed, not before."), code="future"
            )
        return signed_on


class DraftContractForm(ContractTermsForm):
    """A contract that is not signed yet."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class EditContractForm(ContractTermsForm):
    """A draft with all its terms, or handler and notes of a contract that runs."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, contract: Contract, by: User, **kwargs: Any) -> None:
        initial = {name: getattr(contract, name) for name in ContractTerms.__dataclass_fields__}
        initial |= {
            "handler": contract.handler_id,
            "late_payment_daily_pct": _percentage(contract.late_payment_daily_ratio),
            "late_payment_cap_pct": _percentage(contract.late_payment_cap_ratio),
            "version": contract.version,
        }
        super().__init__(*args, customer=contract.customer, by=by, initial=initial, **kwargs)
        self.contract = contract
        self.is_running = contract.state != ContractState.DRAFT
        if self.is_running:
            for name in [name for name in self.fields if name not in (*TERM_FIELDS_OF_RUNNING, "version")]:
                del self.fields[name]

    @property
    def terms(self) -> dict[str, Any]:
        """The terms after the edit; of a contract that runs all but handler and notes stay as they are."""
        if not self.is_running:
            return super().terms
        stored = {name: getattr(self.contract, name) for name in ContractTerms.__dataclass_fields__}
        return stored | {name: self.cleaned_data[name] for name in TERM_FIELDS_OF_RUNNING}

    def add_conflict(self, conflict: ConflictError, *, version: int) -> None:
        """Show who changed what meanwhile; what was typed stays, and saving again is meant against `version`."""
        self.data = {**self.data.dict(), self.add_prefix("version"): str(version)}  # type: ignore[attr-defined]
        self.add_error(None, str(conflict))


class StepForm(StrictForm, RefusalsAtFields):
    """A step of a contract: its day, and for an end the reason."""

    on = forms.DateField(label=_("Date"))
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, today: dt.date, with_reason: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {"on": today}
        super().__init__(*args, **kwargs)
        self.today = today
        if not with_reason:
            del self.fields["reason"]

    def clean_on(self) -> dt.date:
        on: dt.date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("This day is still to come."), code="future")
        return on


def _ratio(pct: Decimal | None) -> Decimal | None:
    return None if pct is None else pct / PER_CENT


def _percentage(ratio: Decimal | None) -> Decimal | None:
    return None if ratio is None else (ratio * PER_CENT).normalize()

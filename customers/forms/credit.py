"""Limits, service level, group and the credit check as forms."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import StrictForm
from creditrisk.money import DECIMAL_PLACES, MAX_DIGITS
from customers.forms.fields import CurrencyField, CustomerNumberField
from customers.forms.reason import ReasonForm
from customers.models import Customer, ServiceLevel

FIELD_OF_REFUSAL = {
    "limit.amount": "amount",
    "limit.ended": "valid_to_on",
    "service_level.unknown": "service_level",
    "customer.reason_missing": "reason",
    "group.loop": "number",
    "group.parent_unknown": "number",
}


class RefusableForm(StrictForm, forms.Form):
    """A form that shows what the service refused at the field it is about."""

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Add the refusal to its field."""
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), str(refusal))


class VersionedReasonForm(ReasonForm):
    """A decision with its reason, about the customer as the person saw him."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class TemporaryLimitForm(RefusableForm):
    """What `grant_temporary_limit` asks for; the amount is in the currency of the customer's limits."""

    amount = forms.DecimalField(
        label=_("Temporary limit"), max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, min_value=0
    )
    valid_to_on = forms.DateField(label=_("Valid to (last day)"))
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "amount": customer.temporary_limit_amount,
            "valid_to_on": customer.temporary_limit_valid_to_on,
            "version": customer.version,
        }
        super().__init__(*args, **kwargs)
        self.fields["amount"].help_text = customer.limit_currency


class ServiceLevelForm(RefusableForm):
    """What `set_service_level` asks for."""

    service_level = forms.ChoiceField(label=_("Service level"), choices=ServiceLevel.choices)
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        kwargs["initial"] = {"service_level": customer.service_level, "version": customer.version}
        super().__init__(*args, **kwargs)


class ParentForm(RefusableForm):
    """The company above the customer, by its number; empty where there is none."""

    number = CustomerNumberField(
        label=_("Number of the parent company"),
        required=False,
        help_text=_("Leave it empty where the customer belongs to no group, or stands at its head."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, customer: Customer, by: User, **kwargs: Any) -> None:
        seen = Customer.objects.visible_to(by)
        parent = seen.filter(pk=customer.parent_id).first() if customer.parent_id else None
        kwargs["initial"] = {"number": parent.number if parent else "", "version": customer.version}
        super().__init__(*args, **kwargs)
        self.seen = seen

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        self.parent = self.seen.filter(number=number).first() if number else None
        if number and self.parent is None:
            raise forms.ValidationError(_("You see no customer with this number."), code="unknown")
        return number


class CreditCheckForm(StrictForm, forms.Form):
    """New business that somebody asks about: an amount from zero on, its currency, and the day."""

    amount = forms.DecimalField(
        label=_("Amount"), max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, min_value=0
    )
    currency = CurrencyField(label=_("Currency"))
    on = forms.DateField(label=_("On"), required=False)

    def __init__(self, *args: Any, customer: Customer, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"currency": customer.limit_currency, "on": today}
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["currency"].offer(customer.limit_currency)  # type: ignore[attr-defined]

    def clean_on(self) -> dt.date:
        return self.cleaned_data["on"] or self.today

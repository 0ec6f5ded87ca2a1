"""A contract as a form."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import StrictForm
from creditrisk.money import DECIMAL_PLACES, MAX_DIGITS
from customers.forms.customer import TERM_MAX_DAYS
from customers.forms.fields import CurrencyField, LineField
from customers.models import Customer, ServiceType

FIELD_OF_REFUSAL = {
    "contract.number_taken": "number",
    "contract.number_missing": "number",
    "contract.amount": "amount",
    "contract.ends_before_signing": "ends_on",
    "contract.signed_before_review": "signed_on",
    "contract.handler": "handler",
}


class ContractForm(StrictForm, forms.Form):
    """What `record_contract` asks for; the handler is one of the two who manage the customer."""

    number = LineField(label=_("Contract number"), max_length=50)
    service_type = forms.ChoiceField(label=_("Service type"), choices=ServiceType.choices)
    amount = forms.DecimalField(
        label=_("Contract amount"), max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, min_value=0
    )
    currency = CurrencyField(label=_("Currency"))
    signed_on = forms.DateField(label=_("Signed on"))
    ends_on = forms.DateField(label=_("Ends on"), required=False)
    payment_term_days = forms.IntegerField(
        label=_("Payment term (days)"), min_value=0, max_value=TERM_MAX_DAYS
    )
    handler = forms.ModelChoiceField(label=_("Handler"), queryset=User.objects.none(), empty_label=None)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, customer: Customer, by: User, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "currency": customer.currency,
            "payment_term_days": customer.payment_term_days,
            "handler": by.pk,
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["currency"].offer(customer.currency)  # type: ignore[attr-defined]
        self.fields["handler"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            Q(pk=customer.account_manager_id) | Q(pk=customer.service_manager_id), is_active=True
        )

    def clean_signed_on(self) -> dt.date:
        signed_on: dt.date = self.cleaned_data["signed_on"]
        if signed_on > self.today:
            raise forms.ValidationError(
                _("A contract is recorded once it is signed, not before."), code="future"
            )
        return signed_on

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), str(refusal))

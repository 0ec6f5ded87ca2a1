"""Merging two files, as forms: which two, then why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import StrictForm
from customers.forms.fields import LineField
from customers.models import Customer
from customers.numbers import NUMBER_MAX_LENGTH, clean_number

FIELD_OF_REFUSAL = {"merge.reason_missing": "reason", "merge.codes_differ": "accept_other_code"}


class CustomerByNumberField(LineField):
    """A customer by his number, whoever manages him: for those who look after the data."""

    def clean(self, value: Any) -> Customer | None:
        number = clean_number(super().clean(value) or "")
        customer = Customer.objects.select_related("account_manager", "service_manager").filter(number=number)
        if number and not customer:
            raise forms.ValidationError(_("There is no customer with this number."), code="unknown")
        return customer.first()


class MergeChoiceForm(StrictForm, forms.Form):
    """The two files."""

    keep = CustomerByNumberField(label=_("Number of the file to keep"), max_length=NUMBER_MAX_LENGTH)
    drop = CustomerByNumberField(label=_("Number of the file to merge into it"), max_length=NUMBER_MAX_LENGTH)


class MergeForm(MergeChoiceForm):
    """The decision, with its reason."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    accept_other_code = forms.BooleanField(
        label=_("The credit codes differ: it is one company all the same"), required=False
    )

    def __init__(self, *args: Any, codes_differ: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("keep", "drop"):
            self.fields[name].widget = forms.HiddenInput()
        if not codes_differ:
            self.fields["accept_other_code"].widget = forms.HiddenInput()

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), str(refusal))

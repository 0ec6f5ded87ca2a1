"""The dunning page and the terms of a customer: which day, what is released, what is agreed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import DayField, StrictForm
from creditrisk.money import DECIMAL_PLACES, MAX_DIGITS
from customers.forms.fields import listed_numbers
from customers.models import Customer
from receivables.models import DunningTerms, Stage
from receivables.selectors.dunning_terms import running_contracts
from receivables.services.dunning_terms import TERMS_FIELDS

FIELD_OF_REFUSAL = {
    "dunning_terms.reason_missing": "reason",
    "dunning_terms.minimum": "minimum_amount",
    "dunning_terms.of_contract": "contract",
    "dunning_terms.contract": "contract",
    "dunning_terms.days": "letter_from_day",
}
STAGE_FILTER = [("", _("all stages")), *Stage.choices]


class PreviewFilter(forms.Form):
    """Which day's run is looked at, and which of its notices."""

    on = DayField(label=_("Day"), required=False)
    stage = forms.ChoiceField(label=_("Stage"), choices=STAGE_FILTER, required=False)
    customer = forms.CharField(
        label=_("Customer"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("number or name")}),
    )

    def day(self, *, today: dt.date) -> dt.date:
        """Return the chosen day; an unreadable one is today."""
        chosen: dt.date | None = self.cleaned_data.get("on") if self.is_valid() else None
        return chosen or today


class ReleaseForm(StrictForm, forms.Form):
    """What is released: stages, and customers that get nothing now."""

    on = DayField(widget=forms.HiddenInput)
    fingerprint = forms.CharField(widget=forms.HiddenInput, max_length=16)
    stages = forms.MultipleChoiceField(
        label=_("Release"), choices=Stage.choices, widget=forms.CheckboxSelectMultiple
    )
    left_out = forms.CharField(
        label=_("Leave out"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Customer numbers, separated by blanks or commas: they get nothing with this release."),
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, stages: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = set(stages)
        if offered:
            self.fields["stages"].choices = [  # type: ignore[attr-defined]
                choice for choice in Stage.choices if choice[0] in offered
            ]

    def clean_left_out(self) -> list[str]:
        """Return the customer numbers. Raises ValidationError for one that nobody has."""
        numbers = listed_numbers(self.cleaned_data["left_out"])
        known = set(Customer.objects.filter(number__in=numbers).values_list("number", flat=True))
        if unknown := [number for number in numbers if number not in known]:
            raise forms.ValidationError(
                _("No customer has the number: %(numbers)s"), params={"numbers": ", ".join(unknown)}
            )
        return numbers


class DunningTermsForm(StrictForm, forms.ModelForm):  # type: ignore[type-arg]
    """How a customer, or one of his contracts, is dunned; what is empty is the policy's."""

    class Meta:
        model = DunningTerms
        fields = ("contract", *TERMS_FIELDS)
        widgets = {"reason": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "reminder_from_day": _("Calendar days after the due date; before it with a minus."),
            "minimum_amount": _("In the base currency; other currencies by the rate of the day."),
            "contract": _("Empty: for all that the customer owes."),
        }

    minimum_amount = forms.DecimalField(
        label=_("Least amount of a letter"),
        max_digits=MAX_DIGITS,
        decimal_places=DECIMAL_PLACES,
        min_value=0,
        required=False,
        help_text=_("In the base currency; other currencies by the rate of the day."),
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contract"].queryset = running_contracts(customer)  # type: ignore[attr-defined]
        self.fields["contract"].empty_label = _("the customer")  # type: ignore[attr-defined]

    def validate_unique(self) -> None:
        """The service keeps one row for a customer and contract; here nothing is saved."""

    def validate_constraints(self) -> None:
        """The service checks with its own words."""

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), str(refusal))

"""What the letters can be narrowed by, and noting that one was posted."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from customers.address_filters import OfManagerFilter
from customers.filters import OfCustomerFilter
from receivables.models import Delivery, DunningNotice, PostedWay, Stage
from receivables.selectors.letter_batch import PrintOrder

MOST_DIGITS = 19
"""Of a primary key."""


class LetterFilter(django_filters.FilterSet):
    """Customer, stage, days and state."""

    customer = OfCustomerFilter()
    number = django_filters.CharFilter(
        label=_("letter number"), field_name="number", lookup_expr="icontains", max_length=30
    )
    stage = django_filters.ChoiceFilter(label=_("stage"), choices=Stage.choices)
    state = django_filters.ChoiceFilter(
        label=_("state"), field_name="delivery_state", choices=Delivery.choices
    )
    issued_from = django_filters.DateFilter(label=_("issued from"), field_name="issued_on", lookup_expr="gte")
    issued_to = django_filters.DateFilter(label=_("issued to"), field_name="issued_on", lookup_expr="lte")
    manager = OfManagerFilter()

    class Meta:
        model = DunningNotice
        fields: tuple[str, ...] = ()


class PostedForm(StrictForm, forms.Form):
    """The day on which a notice was posted, or went another way by hand: from its own date to today."""

    field_of_refusal: ClassVar = {
        "notice.posted_too_early": "posted_on",
        "notice.way": "way",
        "notice.tracking_missing": "tracking_number",
        "notice.no_tracking": "tracking_number",
    }

    posted_on = forms.DateField(label=_("Posted on"))
    way = forms.ChoiceField(label=_("Way"), choices=PostedWay.choices, required=False)
    tracking_number = forms.CharField(
        label=_("Tracking number"),
        max_length=50,
        required=False,
        help_text=_("A courier's or a registered letter's."),
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["posted_on"].initial = today

    def clean_way(self) -> str:
        return self.cleaned_data["way"] or PostedWay.POST.value

    def clean_posted_on(self) -> dt.date:
        posted_on: dt.date = self.cleaned_data["posted_on"]
        if posted_on > self.today:
            raise forms.ValidationError(_("This day is still to come."), code="future")
        return posted_on


class PrintFilter(LetterFilter):
    """The letters of the list that are to be printed: without a state, those to be posted."""

    def __init__(self, data: Any, *args: Any, **kwargs: Any) -> None:
        chosen = data.copy()
        if "state" not in chosen:
            chosen["state"] = Delivery.TO_POST.value
        super().__init__(chosen, *args, **kwargs)


class PrintForm(forms.Form):
    """How many letters become one file."""

    order = forms.ChoiceField(
        label=_("sorted by"),
        choices=[
            (PrintOrder.POST_CODE.value, _("post code")),
            (PrintOrder.CUSTOMER.value, _("customer number")),
            (PrintOrder.SERVICE_MANAGER.value, _("customer service manager")),
        ],
        required=False,
        initial=PrintOrder.POST_CODE.value,
    )
    duplex = forms.BooleanField(
        label=_("each letter starts on a new sheet (for printing on both sides)"), required=False
    )

    @property
    def chosen_order(self) -> PrintOrder:
        """The order that was chosen; by post code where none was, or none that exists."""
        return PrintOrder(self.cleaned_data.get("order") or PrintOrder.POST_CODE)


class AllPostedForm(PostedForm):
    """The day on which all letters of a printed batch were posted; `letters` are the keys of those that were shown."""

    letters = forms.CharField(widget=forms.HiddenInput)

    def clean_letters(self) -> list[int]:
        """Return the primary keys."""
        keys = self.cleaned_data["letters"].split(",")
        if not all(key.isascii() and key.isdigit() and len(key) < MOST_DIGITS for key in keys):
            raise forms.ValidationError(_("Load the page again."), code="letters")
        return [int(key) for key in keys]

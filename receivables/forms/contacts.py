"""The log of collection: the list's filter, an entry with all its facts, and one by a single key."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import DayField, StrictForm
from customers.filters import OfCustomerFilter
from customers.forms.fields import LineField
from receivables.models import CollectionContact, ContactResult, ContactWay
from receivables.services.contacts import BY_CALL

FIELD_OF_REFUSAL = {"contact.future": "happened_on", "contact.next": "next_on"}
RESULTS = [(result.value, result.label) for result in BY_CALL]


def writers(_request: HttpRequest | None) -> QuerySet[User]:
    """Return the people who have written into the log, by user name."""
    keys = CollectionContact.objects.order_by().values("by")
    return User.objects.filter(pk__in=keys).order_by("username")


class ContactFilter(django_filters.FilterSet):
    """Customer, way, result, who, and when."""

    customer = OfCustomerFilter()
    way = django_filters.ChoiceFilter(label=_("way"), choices=ContactWay.choices)
    result = django_filters.ChoiceFilter(label=_("result"), choices=ContactResult.choices)
    by = django_filters.ModelChoiceFilter(label=_("recorded by"), queryset=writers)
    since = django_filters.DateFilter(label=_("From day"), field_name="happened_on", lookup_expr="gte")
    until = django_filters.DateFilter(label=_("To day"), field_name="happened_on", lookup_expr="lte")

    class Meta:
        model = CollectionContact
        fields: tuple[str, ...] = ()


class ContactForm(StrictForm, forms.Form):
    """An attempt to reach the customer. Without a next day the rules say when to try again."""

    result = forms.ChoiceField(label=_("Result"), choices=RESULTS, widget=forms.RadioSelect)
    happened_on = DayField(label=_("On"))
    way = forms.ChoiceField(label=_("Way"), choices=ContactWay.choices, initial=ContactWay.PHONE)
    spoke_to = LineField(label=_("Spoke to"), max_length=100, required=False)
    next_on = DayField(
        label=_("Next time on"), required=False, help_text=_("Empty: as the rules say (see the policy).")
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"happened_on": today} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), str(refusal))


class OneKeyForm(StrictForm, forms.Form):
    """A call's result as the work list sends it; `query` is the part of the address to come back to."""

    result = forms.ChoiceField(choices=RESULTS)
    note = forms.CharField(required=False, max_length=1000)
    query = forms.CharField(required=False, max_length=500)
    submission_key = forms.UUIDField()

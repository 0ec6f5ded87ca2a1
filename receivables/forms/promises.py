"""Promises to pay: the list's filter, a new promise, and why one is withdrawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

import django_filters
from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import DayField, StrictForm
from creditrisk.money import DECIMAL_PLACES, MAX_DIGITS
from customers.address_filters import DayByAddressFilter, OfManagerFilter, OnDayFilter
from customers.filters import OfCustomerFilter
from customers.forms.fields import LineField
from receivables.forms.items import TickedItemsForm
from receivables.models import Promise, PromiseState
from receivables.promises import Instalment, equal_instalments
from receivables.selectors.collectable import CollectableItem
from receivables.selectors.promises import open_on

ROWS = 6
STEPS = (("week", _("every week")), ("two_weeks", _("every two weeks")), ("month", _("every month")))
FIELD_OF_REFUSAL = {"promise.items": "items", "promise.item": "items", "contact.future": "made_on"}


class PromiseFilter(django_filters.FilterSet):
    """Customer, state, and when it was given or is to be paid."""

    customer = OfCustomerFilter()
    state = django_filters.ChoiceFilter(label=_("state"), choices=PromiseState.choices)
    made_from = django_filters.DateFilter(label=_("promised from"), field_name="made_on", lookup_expr="gte")
    made_to = django_filters.DateFilter(label=_("promised to"), field_name="made_on", lookup_expr="lte")
    manager = OfManagerFilter()
    without = django_filters.ChoiceFilter(
        label=_("State"),
        field_name="state",
        exclude=True,
        choices=[(PromiseState.WITHDRAWN, _("without withdrawn ones"))],
        widget=forms.HiddenInput,
    )
    decided_from = DayByAddressFilter("decided_on", "gte", _("decided from"))
    decided_to = DayByAddressFilter("decided_on", "lte", _("decided to"))
    open_on = OnDayFilter(open_on, _("open at the end of"))
    due_to = django_filters.DateFilter(
        label=_("last instalment up to"), field_name="last_due_on", lookup_expr="lte"
    )

    class Meta:
        model = Promise
        fields: tuple[str, ...] = ()


class PromiseForm(StrictForm, TickedItemsForm):
    """What a customer promises to pay, for which items and until when: up to six instalments, typed, or the ticked
    amount in equal parts, which the server works out."""

    made_on = DayField(label=_("Promised on"))
    promised_by = LineField(label=_("Promised by"), max_length=100, required=False)
    note = LineField(label=_("Note"), max_length=500, required=False)
    parts = forms.IntegerField(label=_("Equal instalments"), min_value=1, max_value=ROWS, required=False)
    first_on = DayField(label=_("First on"), required=False)
    step = forms.ChoiceField(label=_("Interval"), choices=STEPS, required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(
        self,
        *args: Any,
        listed: Sequence[CollectableItem],
        today: dt.date,
        initial: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        ticked = [item.code for item in listed if self.can_tick(item) and item.days_overdue > 0]
        usual: dict[str, Any] = {"items": ticked, "made_on": today, "step": "month"}
        super().__init__(*args, listed=listed, initial=usual | (initial or {}), **kwargs)
        for number in range(1, ROWS + 1):
            self.fields[f"due_on_{number}"] = DayField(label=_("Until"), required=False)
            self.fields[f"amount_{number}"] = forms.DecimalField(
                label=_("Amount"), max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, required=False
            )

    def can_tick(self, item: CollectableItem) -> bool:
        return not item.is_promised and item.disputed_amount < item.open_amount

    def instalment_rows(self) -> Iterator[tuple[int, BoundField, BoundField]]:
        """Yield number, date and amount of each row."""
        for number in range(1, ROWS + 1):
            yield number, self[f"due_on_{number}"], self[f"amount_{number}"]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        for number in range(1, ROWS + 1):
            day, amount = typed.get(f"due_on_{number}"), typed.get(f"amount_{number}")
            if (day is None) != (amount is None) and not self._wrong(number):
                missing = "due_on" if day is None else "amount"
                text = _("An instalment has a day and an amount.")
                self.add_error(f"{missing}_{number}", forms.ValidationError(text, code="half"))
        return typed

    def _wrong(self, number: int) -> bool:
        return f"due_on_{number}" in self.errors or f"amount_{number}" in self.errors

    def instalments(self) -> list[Instalment]:
        """Return the instalments of a valid form."""
        rows = (
            (self.cleaned_data[f"due_on_{number}"], self.cleaned_data[f"amount_{number}"])
            for number in range(1, ROWS + 1)
        )
        return [Instalment(day, amount) for day, amount in rows if day is not None]

    def in_equal_parts(self) -> dict[str, Any] | None:
        """Return what was typed with the ticked amount in equal instalments, to be shown again; None where it does not
        say for which items, in how many parts or from when on (the form's errors then do)."""
        self.full_clean()
        typed = self.cleaned_data
        for field in ("parts", "first_on"):
            if typed.get(field) is None and field not in self.errors:
                self.add_error(field, forms.ValidationError(_("Needed for equal instalments."), code="parts"))
        if not typed.get("items") or any(typed.get(field) is None for field in ("parts", "first_on")):
            return None
        amount = sum(
            (item.open_amount - item.disputed_amount for item in self.chosen()),
            Decimal(0),
        )
        parts = equal_instalments(
            amount, count=typed["parts"], first_on=typed["first_on"], step=typed.get("step") or "month"
        )
        shown = {name: value for name, value in typed.items() if not name.startswith(("due_on_", "amount_"))}
        for number, part in enumerate(parts, start=1):
            shown |= {f"due_on_{number}": part.due_on, f"amount_{number}": part.amount}
        return shown

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), str(refusal))


class WithdrawPromiseForm(StrictForm, forms.Form):
    """Why a promise is withdrawn."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

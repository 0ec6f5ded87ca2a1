"""What the aging report can be narrowed by, and how it is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from receivables.selectors.aged_sums import Basis
from receivables.selectors.grouped_aging import group_labels

OWN_COLUMN, NETTED = "own", "netted"


@dataclass(frozen=True)
class AgingChoice:
    """What was asked for: None or '' where nothing was.

    `netted`: credits are taken off in the bucket of their age.
    """

    as_of: dt.date | None
    currency: str
    search: str
    netted: bool
    report: str
    by: str = "customer"
    basis: Basis = "due"
    in_base: bool = False
    of: str = ""


class ItemForm(forms.Form):
    """Which item of a customer is looked at across reports."""

    document = forms.CharField(max_length=100, required=False, strip=False)
    due_on = forms.DateField()
    currency = forms.CharField(max_length=3)


class AgingFilterForm(forms.Form):
    """Date, currency, search, and how credits are shown. What is not understood counts as not given."""

    as_of = forms.DateField(label=_("As-of date"), required=False)
    currency = forms.CharField(label=_("Currency"), required=False, max_length=3, widget=forms.Select)
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("number, name or credit code")}),
    )
    credits = forms.ChoiceField(
        label=_("Credits"),
        required=False,
        initial=OWN_COLUMN,
        choices=[(OWN_COLUMN, _("in their own column")), (NETTED, _("netted in their bucket"))],
    )
    by = forms.ChoiceField(label=_("By"), required=False, initial="customer", choices=[])
    basis = forms.ChoiceField(
        label=_("Ages count from"),
        required=False,
        initial="due",
        choices=[("due", _("the due date")), ("document", _("the document date"))],
    )
    in_base = forms.ChoiceField(
        label=_("Currencies"),
        required=False,
        choices=[("", _("each by itself")), ("yes", _("all in the company's currency"))],
    )
    of = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    report = forms.SlugField(required=False, max_length=30, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by = self.fields["by"]
        assert isinstance(by, forms.ChoiceField)
        by.choices = list(group_labels().items())

    def choice(self) -> AgingChoice:
        """Return what was understood of the address bar."""
        self.is_valid()
        values = self.cleaned_data
        return AgingChoice(
            as_of=values.get("as_of"),
            currency=values.get("currency") or "",
            search=values.get("q") or "",
            netted=values.get("credits") == NETTED,
            report=values.get("report") or "",
            by=values.get("by") or "customer",
            basis="document" if values.get("basis") == "document" else "due",
            in_base=values.get("in_base") == "yes",
            of=values.get("of") or "",
        )

    def offer_currencies(self, currencies: Iterable[str]) -> None:
        """Let one of `currencies` be chosen."""
        widget = self.fields["currency"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = [("", _("all")), *((currency, currency) for currency in currencies)]

"""Uploading a report: which file, as of when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from creditrisk.dates import add_months, end_of_month
from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import StrictForm
from receivables.models import FileKind
from receivables.selectors.unknown_customers import UnknownCustomer
from receivables.services.new_report import require_date, require_known_customers
from receivables.services.unknown_customers import CREATE

MEBIBYTE = 1024 * 1024
ACCEPTED = ".xlsx,.xlsm,.xls,.xlsb,.ods,.csv,.tsv,.txt"


class UploadForm(StrictForm, forms.Form):
    """A finance file, what it lists, and the date its balances describe. `submission_key` makes two clicks one
    upload."""

    file = forms.FileField(
        label=_("File to upload"),
        max_length=255,
        help_text=_(
            "Excel, OpenDocument or CSV: one row per open item, with the customer, the document, the due date"
            " and the open amount. The columns are recognised by their names, Chinese or English."
        ),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    kind = forms.ChoiceField(
        label=_("What it lists"),
        choices=FileKind.choices,
        initial=FileKind.OPEN_ITEMS,
        help_text=_(
            "Open items are the usual list of what customers owe. A ledger lists all invoices with the days on which"
            " they were paid; receipts what was paid since the last report; an aging table has one row per customer."
            " Payables are what we owe: rows of suppliers who are no customers are left out."
        ),
    )
    as_of = forms.DateField(
        label=_("As-of date"), help_text=_("The business date the balances describe, usually a month end.")
    )
    create_customers = forms.BooleanField(
        label=_("Create unknown customers"),
        required=False,
        help_text=_(
            "For taking over existing business: a customer who has no file yet becomes an active one that"
            " awaits its first review. Without it, rows of unknown customers are errors."
        ),
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    extra_fields: ClassVar[frozenset[str]] = frozenset({"csrfmiddlewaretoken"})

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["as_of"].initial = usual_as_of(today)
        self.fields["submission_key"].initial = uuid4
        limit = settings.CREDITRISK_REPORT_MAX_BYTES
        self.fields["file"].widget.attrs |= {
            "data-max-bytes": str(limit),
            "data-too-large": gettext("The file is larger than %(limit)d MB.") % {"limit": limit // MEBIBYTE},
        }

    def clean_as_of(self) -> dt.date:
        """Return the date, if it is one of a report."""
        as_of: dt.date = self.cleaned_data["as_of"]
        try:
            require_date(as_of, today=self.today)
        except InvalidInputError as refusal:
            raise forms.ValidationError(str(refusal), code=refusal.code) from refusal
        return as_of

    def clean(self) -> dict[str, Any]:
        """Return the values: payables open no files."""
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            require_known_customers(
                kind=cleaned.get("kind", ""), create_customers=cleaned.get("create_customers", False)
            )
        except InvalidInputError as refusal:
            self.add_error("create_customers", forms.ValidationError(str(refusal), code=refusal.code))
        return cleaned


class RecheckForm(StrictForm, forms.Form):
    """Checking a refused file again, perhaps with unknown customers created."""

    create_customers = forms.BooleanField(label=_("Create unknown customers"), required=False)


class CorrectionsForm(StrictForm, forms.Form):
    """The wrong rows of an upload, corrected."""

    file = forms.FileField(
        label=_("Corrected rows"), max_length=255, widget=forms.FileInput(attrs={"accept": ACCEPTED})
    )


class UnknownCustomersForm(StrictForm, forms.Form):
    """For each unknown name of a file: leave it, open a file, or the customer whose alias it is."""

    def __init__(self, *args: Any, unknown: Sequence[UnknownCustomer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unknown = unknown
        for place, one in enumerate(unknown):
            suggested = [
                (customer.number, gettext("alias of %(customer)s") % {"customer": customer})
                for customer in one.suggestions
            ]
            self.fields[f"decision_{place}"] = forms.ChoiceField(
                label=one.ref,
                required=False,
                choices=[("", gettext("leave it")), *suggested, (CREATE, gettext("open a file for him"))],
            )
            self.fields[f"number_{place}"] = forms.CharField(
                label=gettext("or the number of another customer"), required=False, max_length=30
            )

    def rows(self) -> list[tuple[UnknownCustomer, forms.BoundField, forms.BoundField]]:
        """Return each name with its two fields."""
        return [
            (one, self[f"decision_{place}"], self[f"number_{place}"])
            for place, one in enumerate(self.unknown)
        ]

    def decisions(self) -> dict[str, str]:
        """Return name → CREATE or a customer's number; a number that was typed counts before what was chosen."""
        values = self.cleaned_data
        chosen = {
            one.ref: values[f"number_{place}"].strip() or values[f"decision_{place}"]
            for place, one in enumerate(self.unknown)
        }
        return {ref: decision for ref, decision in chosen.items() if decision}


def usual_as_of(today: dt.date) -> dt.date:
    """Return the month end that finance probably reports: today's, or the one before."""
    last = end_of_month(today)
    return last if today == last else end_of_month(add_months(today, -1))

"""Handing in a file of customers."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.forms import StrictForm
from customers.identity_permissions import import_refusal
from customers.models import ImportMode


class ImportForm(StrictForm, forms.Form):
    """The file, and which of its rows are meant."""

    file = forms.FileField(
        label=_("File"),
        max_length=255,
        help_text=_(
            "Excel (.xlsx) or CSV, one row for each customer. The columns are recognised by their names, Chinese"
            " or English."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )
    mode = forms.ChoiceField(label=_("Take"), choices=ImportMode.choices)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [choice for choice in ImportMode.choices if import_refusal(by, choice[0]) is None]
        self.fields["mode"].choices = offered  # type: ignore[attr-defined]
        self.fields["mode"].initial = offered[-1][0]

"""The confirmation of a file as a form."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.exceptions import ConflictError
from creditrisk.forms import StrictForm
from customers.models import Customer, FileSection


class ConfirmationForm(StrictForm, forms.Form):
    """Which sections of the file, in the `version` that was shown, are right."""

    sections = forms.MultipleChoiceField(
        label=_("Sections"),
        choices=FileSection.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one section that you checked.")},
    )
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        kwargs["initial"] = {"version": customer.version}
        super().__init__(*args, **kwargs)

    def add_conflict(self, conflict: ConflictError, *, version: int) -> None:
        """Show who changed what meanwhile; the ticks are gone, for what they were set on is."""
        data = self.data.copy()  # type: ignore[attr-defined]
        data[self.add_prefix("version")] = str(version)
        data.setlist(self.add_prefix("sections"), [])
        self.data = data
        self.add_error(None, str(conflict))

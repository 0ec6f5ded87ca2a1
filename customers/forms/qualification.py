"""A qualification with its scans as a form."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import SeveralFilesField
from creditrisk.stored_files import describe_file, require_file_size
from customers.forms.fields import LineField
from customers.forms.rows import RowForm
from customers.models import Qualification, QualificationKind

EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
"""Dates outside are slips of the keyboard, such as 0206 or 20260."""


class QualificationForm(RowForm):
    """What `add_qualification` asks for. Every scan is looked at before anything is saved."""

    field_of_refusal: ClassVar = {
        "qualification.name_missing": "name",
        "qualification.ends_before_start": "valid_to_on",
        "attachment.too_many": "scans",
    }
    scans = SeveralFilesField(label=_("Scans"), required=False)

    class Meta:
        model = Qualification
        fields: ClassVar = ["kind", "name", "number", "issuer", "rating", "valid_from_on", "valid_to_on"]
        field_classes: ClassVar = dict.fromkeys(("name", "number", "issuer", "rating"), LineField)
        help_texts: ClassVar = {
            "name": _("What it is called; needed where the kind is “Other”."),
            "valid_to_on": _("The last day on which it is valid; leave it empty where it has no end."),
        }

    def clean_valid_from_on(self) -> dt.date | None:
        return self._reasonable("valid_from_on")

    def clean_valid_to_on(self) -> dt.date | None:
        return self._reasonable("valid_to_on")

    def _reasonable(self, name: str) -> dt.date | None:
        day: dt.date | None = self.cleaned_data[name]
        if day is not None and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(_("Check the year of this date."), code="year")
        return day

    def clean_scans(self) -> list[UploadedFile[bytes]]:
        files: list[UploadedFile[bytes]] = self.cleaned_data["scans"]
        problems = []
        for file in files:
            try:
                require_file_size(file.size or 0)
                describe_file(name=file.name or "", content=file.read())
            except InvalidInputError as refused:
                problems.append(f"{file.name}: {refused}")
            finally:
                file.seek(0)
        if problems:
            raise forms.ValidationError([*problems, gettext("Nothing was saved: choose the files again.")])
        return files

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("kind") == QualificationKind.OTHER and not cleaned.get("name"):
            self.add_error("name", forms.ValidationError(_("Say what it is called."), code="required"))
        begins, ends = cleaned.get("valid_from_on"), cleaned.get("valid_to_on")
        if begins and ends and ends < begins:
            text = _("It cannot end before it begins: compare the two dates.")
            self.add_error("valid_to_on", forms.ValidationError(text, code="ends_before_start"))
        if self.errors and cleaned.get("scans"):
            text = _("The files were not kept: choose them again.")
            self.add_error("scans", forms.ValidationError(text, code="choose_again"))
        return cleaned

"""Saying which column of an uploaded file means what, and how its dates and amounts are written."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from receivables.reading.choices import Choices
from receivables.reading.messages import FIELD_LABELS
from receivables.reading.report import SheetPreview
from receivables.services.column_choices import NAME_CHARACTERS, fields_of

ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be", "cp1252", "shift_jis")
COLUMN = "column_"


class ReadingForm(StrictForm, forms.Form):
    """What comes before the columns: the sheet, the header row, the encoding. Changing one shows the file anew."""

    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    header_row = forms.IntegerField(label=_("Header in row"), required=False, min_value=1, max_value=30)
    encoding = forms.ChoiceField(label=_("Encoding"), required=False)

    def __init__(self, *args: Any, sheets: list[str], encoding: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if sheets:
            self.fields["sheet"].choices = [(name, name) for name in sheets]  # type: ignore[attr-defined]
        else:
            del self.fields["sheet"]
        if encoding:
            known = dict.fromkeys([encoding.removesuffix("-sig"), *ENCODINGS])
            self.fields["encoding"].choices = [(name, name) for name in known]  # type: ignore[attr-defined]
        else:
            del self.fields["encoding"]


class ColumnsForm(ReadingForm):
    """The meaning of each column of a sheet, beside its rows; and the name under which it is remembered."""

    day_order = forms.ChoiceField(
        label=_("Dates such as 3/4/2025"),
        required=False,
        choices=[("", _("find out")), ("dmy", _("day first")), ("mdy", _("month first"))],
    )
    decimal_mark = forms.ChoiceField(
        label=_("Decimal mark"),
        required=False,
        choices=[("", _("find out")), (".", _("point: 1,234.50")), (",", _("comma: 1.234,50"))],
    )
    remember_as = forms.CharField(
        label=_("Remember as"),
        required=False,
        max_length=NAME_CHARACTERS,
        help_text=_("Files with the same header row are read the same way next time. Empty: only this file."),
    )
    extra_fields: ClassVar[frozenset[str]] = frozenset({"csrfmiddlewaretoken"})

    def __init__(self, *args: Any, kind: str, shown: SheetPreview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown = shown
        self.width = max((len(row) for row in shown.rows), default=0)
        meanings = [("", _("not used")), *((name, FIELD_LABELS[name]) for name in fields_of(kind))]
        for index in range(self.width):
            self.fields[f"{COLUMN}{index}"] = forms.ChoiceField(
                label=self._title(index),
                required=False,
                choices=meanings,
                initial=shown.columns.get(str(index), ""),
            )
        self.fields["header_row"].initial = shown.header_row

    def _title(self, index: int) -> str:
        header = (
            self.shown.rows[self.shown.header_row - 1]
            if self.shown.header_row <= len(self.shown.rows)
            else ()
        )
        return (header[index] if index < len(header) else "") or str(index + 1)

    def column_fields(self) -> list[forms.BoundField]:
        """Return the field of each column, from the left."""
        return [self[f"{COLUMN}{index}"] for index in range(self.width)]

    def choices(self) -> Choices:
        """Return what was chosen."""
        values = self.cleaned_data
        return Choices(
            sheet=values.get("sheet") or None,
            header_row=values.get("header_row"),
            columns={str(index): values[f"{COLUMN}{index}"] for index in range(self.width)},
            encoding=values.get("encoding") or None,
            day_order=values.get("day_order") or None,
            decimal_mark=values.get("decimal_mark") or None,
        )

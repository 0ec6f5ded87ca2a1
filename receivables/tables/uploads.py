"""Uploads and their row errors."""

from __future__ import annotations

from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from creditrisk import template_tags
from creditrisk.tables import BaseTable, Column, DateColumn, NumberColumn
from receivables.models import Report, RowError
from receivables.row_errors import error_text


class UploadTable(BaseTable):
    """The uploads, newest first: which file, as of when, by whom, what became of it."""

    number = Column(verbose_name=_("Number"), linkify=True)
    as_of = DateColumn(verbose_name=_("As-of date"), order_by=("as_of", "pk"))
    state = Column(verbose_name=_("State"), order_by=("state", "pk"))
    file_name = Column(verbose_name=_("Uploaded file"), order_by=("file_name", "pk"))
    rows = NumberColumn(verbose_name=_("Rows"), order_by=("rows", "pk"))
    totals = Column(verbose_name=_("Totals"), orderable=False, attrs={"td": {"class": "amount"}})
    uploaded_by = Column(verbose_name=_("Uploaded by"), order_by=("uploaded_by__name", "pk"), empty_values=())
    uploaded_at = DateColumn(verbose_name=_("Uploaded at"), order_by=("uploaded_at", "pk"))

    class Meta:
        model = Report
        fields = (
            "number",
            "as_of",
            "state",
            "file_name",
            "rows",
            "totals",
            "uploaded_by",
            "uploaded_at",
        )
        order_by = "-uploaded_at"
        empty_text = _("No report has been uploaded yet.")

    def render_file_name(self, value: str, record: Report) -> str:
        """Return the name, with what the file lists below it."""
        return format_html('{}<div class="muted">{}</div>', value, record.get_file_kind_display())

    def render_totals(self, value: dict[str, str]) -> str:
        """Return one total a line, each with its currency."""
        return totals_html(value)

    def render_uploaded_by(self, record: Report) -> str:
        """Return the person, or that it was the command on the server."""
        return str(record.uploaded_by or _("import command"))

    def render_state(self, value: str, record: Report) -> str:
        """Return the state, with the report that took this one's place."""
        state = template_tags.state(record.state, value)
        later = next(iter(record.superseded_by.all()), None)
        if later is None:
            return state
        return format_html(
            '{}<div>→ <a href="{}">{}</a></div>', state, later.get_absolute_url(), later.number
        )


class RowErrorTable(BaseTable):
    """What is wrong in a refused file, row by row, with the remedy."""

    row = NumberColumn(verbose_name=_("Row"), order_by=("row", "pk"))
    column = Column(verbose_name=_("Column"), order_by=("column", "row", "pk"))
    value = Column(verbose_name=_("Value"), order_by=("value", "row", "pk"))
    code = Column(verbose_name=_("What to do"), order_by=("code", "row", "pk"))

    class Meta:
        model = RowError
        fields = ("row", "column", "value", "code")
        order_by = "row"
        empty_text = _("No errors.")

    def render_code(self, record: RowError) -> str:
        """Return the error's text in the reader's language."""
        return error_text(record)


def totals_html(totals: dict[str, str]) -> str:
    """Return amounts by currency, one a line."""
    return format_html_join(
        "",
        '<div><span class="currency">{}</span> {}</div>',
        ((currency, template_tags.amount(Decimal(amount))) for currency, amount in sorted(totals.items())),
    )

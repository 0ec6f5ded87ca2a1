"""A monthly summary as a workbook: a sheet for each table, the analysis, and the addenda."""

from __future__ import annotations

import re
from typing import IO

from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.workbooks import Column, workbook, write_sheet
from supervision.models import MonthlySummary
from supervision.selectors.summaries import addenda_of
from supervision.summary_document import Sheet, figure_name, known_amount, sheets_of
from supervision.summary_document.sheet import SheetColumn

NAME_MAX_LENGTH = 31
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
ANALYSIS_WIDTH = 100


def sheet_name(sheet: Sheet, used: set[str]) -> str:
    """Return a name that a spreadsheet program takes, and that no other sheet has; it is added to `used`."""
    wanted = NOT_IN_NAMES.sub(" ", sheet.title)[:NAME_MAX_LENGTH].strip()
    name, number = wanted, 1
    while name.casefold() in used:
        number += 1
        ending = f" {number}"
        name = wanted[: NAME_MAX_LENGTH - len(ending)] + ending
    used.add(name.casefold())
    return name


def _header(sheet: Sheet, column: SheetColumn) -> str:
    """Return the header, of an amount with its currency: the sheet's name is cut off before it."""
    return f"{column.header} {sheet.currency}".rstrip() if column.is_number else column.header


def write_summary(file: IO[bytes], *, summary: MonthlySummary) -> None:
    """Write the workbook of a summary to `file`, in the active language."""
    facts, used = summary.figures, set[str]()
    with workbook(file) as book:
        for sheet in sheets_of(facts):
            columns = [Column(_header(sheet, column), column.width) for column in sheet.columns]
            rows = [row.cells for row in sheet.rows if not row.is_total]
            totals = [row.cells for row in sheet.rows if row.is_total]
            write_sheet(book, sheet_name(sheet, used), columns, rows, totals)
        lines = [(line,) for line in summary.analysis.splitlines()]
        write_sheet(book, _("Analysis"), [Column(_("Analysis"), ANALYSIS_WIDTH)], lines)
        changes = [
            (
                timezone.localdate(addendum.added_at),
                addendum.report.number,
                figure_name(one.figure, facts.buckets),
                one.currency,
                known_amount(one.before),
                known_amount(one.after),
                one.change,
            )
            for addendum in addenda_of(summary)
            for one in addendum.differences
        ]
        heads = (
            *(_("Date"), _("Report"), _("Figure"), _("Currency")),
            *(_("As signed"), _("Now"), _("Difference")),
        )
        write_sheet(book, _("Addenda"), [Column(head) for head in heads], changes)
        _write_sources(book, summary)


def _write_sources(book: object, summary: MonthlySummary) -> None:
    facts = summary.figures
    signed = _("not signed")
    if summary.signed_at is not None:
        signed = f"{summary.signature} {timezone.localdate(summary.signed_at).isoformat()}"
    rows = [
        (_("Month"), f"{facts.month:%Y-%m}"),
        (_("Customer service manager"), summary.whose),
        (_("Signed"), signed),
        (_("Computed at"), f"{timezone.localtime(summary.computed_at):%Y-%m-%d %H:%M}"),
        *(
            (label, f"{source.number} {source.as_of.isoformat()}")
            for label, source in (
                (_("Report of the month's end"), facts.closing),
                (_("Report of the month before"), facts.opening),
                (_("Report of payables"), facts.payables_source),
            )
            if source is not None
        ),
    ]
    write_sheet(book, _("Sources"), [Column(_("What")), Column(_("Value"), 60)], rows)

"""Excel files: the aging report, and the errors of an upload.

Amounts are numbers, dates are dates. Text is written as text and neutralised: opened in any program, saved
as CSV and opened again, no cell becomes a formula.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _

from creditrisk.spreadsheets.writer import neutral
from receivables.models import Report, RowError
from receivables.row_errors import error_text
from receivables.selectors.aging import AgedAmounts, AgingReport, AgingRow, Grouping

AMOUNT_WIDTH, TEXT_WIDTH, DATE_WIDTH = 16, 24, 12
Cell = str | int | Decimal | dt.date | None


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its header and its width in characters."""

    header: str
    width: int = TEXT_WIDTH


def write_aging(
    file: IO[bytes],
    *,
    aging: AgingReport,
    by: Grouping,
    netted: bool,
    sort: str,
    facts: Iterable[tuple[str, str]],
) -> None:
    """Write the aging report: its lines with a total per currency, and a second sheet that says what they
    are.

    `facts` are label and value of what was asked for beside the date (search, who asked …).
    """
    with _workbook(file) as book:
        rows = (_line(row, by=by, netted=netted) for row in aging.rows(by=by, sort=sort, netted=netted))
        totals = (_total(total, by=by, netted=netted) for total in aging.totals())
        _sheet(book, _("Aging"), _columns(aging, by=by, netted=netted), rows, totals)
        about = [
            (_("As-of date"), aging.as_of.isoformat()),
            (_("Report"), f"{aging.report.number} ({aging.report.as_of.isoformat()})"),
            (_("Policy"), str(aging.policy_version)),
            (_("Currency"), aging.currency or _("all")),
            (_("Credits"), _("netted in their bucket") if netted else _("in their own column")),
            *facts,
        ]
        _sheet(book, _("Filters"), [Column(_("Filter")), Column(_("Value"), 60)], about)


def write_errors(file: IO[bytes], *, report: Report, errors: Iterable[RowError]) -> None:
    """Write the row errors of an upload: row, column, value, and what to do about it."""
    columns = [Column(_("Row"), 8), Column(_("Column")), Column(_("Value"), 30), Column(_("What to do"), 100)]
    with _workbook(file) as book:
        rows = (
            (
                error.row,
                error.column,
                error.value,
                error_text(
                    code=error.code,
                    row=error.row,
                    column=error.column,
                    value=error.value,
                    params=error.params,
                ),
            )
            for error in errors
        )
        _sheet(book, report.number, columns, rows)


@contextmanager
def _workbook(file: IO[bytes]) -> Iterator[Any]:
    with tempfile.TemporaryDirectory(prefix="creditrisk-export-") as folder:
        # Row by row to a temporary file: a large export needs no more memory than a small one.
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder})
        yield book
        book.close()


def _sheet(
    book: Any,
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    totals: Iterable[Sequence[Cell]] = (),
) -> None:
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        False: (book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "yyyy-mm-dd"})),
        True: (
            book.add_format({"num_format": "#,##0.00", "bold": True, "top": 1}),
            book.add_format({"bold": True, "top": 1}),
        ),
    }
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width)
        sheet.write_string(0, index, neutral(column.header), head)
    sheet.freeze_panes(1, 0)
    position = 0
    for is_total, group in ((False, rows), (True, totals)):
        amount, other = formats[is_total]
        for row in group:
            position += 1
            for index, value in enumerate(row):
                _write(sheet, position, index, value, amount=amount, other=other)
    sheet.autofilter(0, 0, max(position, 1), len(columns) - 1)


def _write(sheet: Any, row: int, column: int, value: Cell, *, amount: Any, other: Any) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, neutral(value))
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, other)
    elif isinstance(value, Decimal):
        sheet.write_number(row, column, value, amount)
    else:
        sheet.write_number(row, column, value)


def _columns(aging: AgingReport, *, by: Grouping, netted: bool) -> list[Column]:
    columns = [Column(_("Customer number"), 16), Column(_("Customer"), 36)]
    if by != "customer":
        columns.append(Column(_("Contract number")))
    if by == "item":
        columns += [
            Column(_("Document")),
            Column(_("Document date"), DATE_WIDTH),
            Column(_("Due date"), DATE_WIDTH),
        ]
        columns.append(Column(_("Days past due"), 10))
    columns.append(Column(_("Currency"), 10))
    columns += [Column(label, AMOUNT_WIDTH) for label in aging.bucket_labels()]
    if not netted:
        columns.append(Column(_("Credits"), AMOUNT_WIDTH))
    return [*columns, Column(_("Total"), AMOUNT_WIDTH), Column(_("Overdue"), AMOUNT_WIDTH)]


def _line(row: AgingRow, *, by: Grouping, netted: bool) -> list[Cell]:
    cells: list[Cell] = [row.customer, row.name]
    if by != "customer":
        cells.append(row.contract)
    if by == "item":
        cells += [row.document, row.document_on, row.due_on, row.days_past_due]
    return [*cells, row.currency, *_amounts(row, netted=netted)]


def _total(total: AgedAmounts, *, by: Grouping, netted: bool) -> list[Cell]:
    blank = {"customer": 1, "contract": 2, "item": 6}[by]
    return [_("Total"), *[None] * blank, total.currency, *_amounts(total, netted=netted)]


def _amounts(row: AgedAmounts, *, netted: bool) -> list[Decimal]:
    credit = [] if netted else [row.credit_amount]
    return [*row.bucket_amounts(netted=netted), *credit, row.total_amount, row.overdue_amount]

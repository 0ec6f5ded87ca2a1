"""Excel and csv files that people download.

Amounts are numbers, dates are dates. Text is written as text and neutralised: opened in any program, saved
as CSV and opened again, no cell becomes a formula.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CELL_CHARACTERS = 32_000
AMOUNT_WIDTH, TEXT_WIDTH, DATE_WIDTH = 16, 24, 12
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | Decimal | dt.date | None


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its header and its width in characters."""

    header: str
    width: int = TEXT_WIDTH


@dataclass(frozen=True)
class Table:
    """The lines of a list; they are read as they are written."""

    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]


def neutral(text: str) -> str:
    """Return `text` so that no spreadsheet program takes it for a formula."""
    shown = text[:CELL_CHARACTERS]
    return f"'{shown}" if shown.lstrip(" ").startswith(FORMULA_STARTS) else shown


def download(name: str, content_type: str, write: Callable[[IO[bytes]], None]) -> FileResponse:
    """Return what `write` puts into a temporary file, as a download called `name`."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


def excel_response(name: str, write: Callable[[IO[bytes]], None]) -> FileResponse:
    """Return the Excel file that `write` writes, as a download called `name`."""
    return download(name, XLSX, write)


def csv_response(name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> FileResponse:
    """Return the rows as a csv file called `name`: UTF-8 with a mark by which Excel knows it, dates as YYYY-MM-DD."""

    def write(file: IO[bytes]) -> None:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow([neutral(column.header) for column in columns])
        for row in rows:
            writer.writerow([neutral(value) if isinstance(value, str) else value for value in row])
        text.detach()

    return download(name, "text/csv; charset=utf-8", write)


def table_response(
    request: HttpRequest, *, name: str, title: str, table: Table, facts: Iterable[tuple[str, str]]
) -> FileResponse | None:
    """Return a list as the file that `?format=` asks for, xlsx or csv, None where it asks for no file.

    `facts` are label and value of what the list was narrowed by: they stand on a second sheet.
    """
    file_format = request.GET.get("format")
    if file_format == "csv":
        return csv_response(f"{name}.csv", table.columns, table.rows)
    if file_format != "xlsx":
        return None

    def write(file: IO[bytes]) -> None:
        with workbook(file) as book:
            write_sheet(book, title, table.columns, table.rows)
            write_facts(book, facts)

    return excel_response(f"{name}.xlsx", write)


@contextmanager
def workbook(file: IO[bytes]) -> Iterator[Any]:
    """Yield a workbook that is written to `file` row by row: a large one needs no more memory than a small one."""
    with tempfile.TemporaryDirectory(prefix="creditrisk-export-") as folder:
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder})
        yield book
        book.close()


def write_sheet(
    book: Any,
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    totals: Iterable[Sequence[Cell]] = (),
) -> None:
    """Add a sheet with a header that stays, the rows, and totals in bold below them."""
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


def write_facts(book: Any, facts: Iterable[tuple[str, str]]) -> None:
    """Add a sheet that says what the others are: label and value of all they were asked for and come from."""
    write_sheet(book, _("Filters"), [Column(_("Filter")), Column(_("Value"), 60)], facts)


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

"""Odd workbooks and endless lines: understood or refused with a remedy, in bounded memory (fault 24–35)."""

from __future__ import annotations

import datetime as dt
import io
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from receivables.reading import FileRefused
from receivables.reading.reader import read_report
from tests.receivables.reading.files import HEAD, csv, errors, item, lines, read_here, xlsx

GOOD = ("C001", "INV1", "2025-04-30", "CNY", "100.00")
MEBIBYTE = 1024 * 1024


def made(change: Callable[[Any], None], *rows: list[Any]) -> bytes:
    """Return a workbook of ordinary rows, changed by openpyxl as Excel's user would."""
    book = openpyxl.Workbook()
    for row in [list(HEAD), *(rows or (item(), item("INV2")))]:
        book.active.append(row)
    change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def hide_row(book: Any) -> None:
    book.active.row_dimensions[3].hidden = True


def hide_column(book: Any) -> None:
    book.active.column_dimensions["B"].hidden = True


def filter_rows(book: Any) -> None:
    book.active.auto_filter.ref = "A1:H3"
    book.active.auto_filter.add_filter_column(2, ["INV1"])
    book.active.row_dimensions[3].hidden = True


def add_hidden_sheet(book: Any) -> None:
    sheet = book.create_sheet("old")
    for row in (list(HEAD), item("OLD")):
        sheet.append(row)
    sheet.sheet_state = "hidden"


def add_very_hidden_sheet(book: Any) -> None:
    add_hidden_sheet(book)
    book["old"].sheet_state = "veryHidden"


def freeze_and_protect(book: Any) -> None:
    book.active.freeze_panes = "A2"
    book.active.protection.sheet = True


def add_comment(book: Any) -> None:
    book.active["A2"].comment = openpyxl.comments.Comment("see mail", "me")


def add_sheets(book: Any) -> None:
    for number in range(19):
        book.create_sheet(f"note {number}").append(["nothing of interest"])


@pytest.mark.parametrize(
    ("change", "warnings"),
    [
        (hide_row, ["hidden_rows"]),
        (hide_column, []),
        (filter_rows, ["hidden_rows"]),
        (add_hidden_sheet, []),
        (add_very_hidden_sheet, []),
        (freeze_and_protect, []),
        (add_comment, []),
        (add_sheets, ["other_sheets"]),
    ],
)
def test_an_odd_workbook_is_understood(
    change: Callable[[Any], None], warnings: list[str], tmp_path: Path
) -> None:
    """A hidden row is read and told; a hidden sheet is not read."""
    report = read_here(made(change), tmp_path)
    assert [document for _customer, document, *_rest in lines(report)] == ["INV1", "INV2"]
    assert [warning.code for warning in report.warnings] == warnings


def test_totals_in_the_middle_are_no_items(tmp_path: Path) -> None:
    rows = [
        HEAD,
        item(),
        ["小计", *[""] * 6, "100"],
        item("INV2"),
        ["小计", *[""] * 6, "100"],
        ["总计", *[""] * 6, "200"],
    ]
    report = read_here(xlsx(rows), tmp_path)
    assert report.rows == 2
    assert [total.agrees for total in report.total_rows] == [True, True, True]


@pytest.mark.parametrize("day", [dt.date(1899, 12, 31), dt.date(1989, 12, 31)])
def test_dates_before_1990_are_errors_of_their_rows(day: dt.date, tmp_path: Path) -> None:
    report = read_here(csv([HEAD, item(到期日=day.isoformat()), item("INV2")]), tmp_path)
    assert [(row, code) for row, _column, _value, code in errors(report)] == [(2, "date_out_of_range")]


def test_sixteen_thousand_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refusal:
        read_here(xlsx([[*HEAD, *["x"] * (16_384 - len(HEAD))], item()]), tmp_path)
    assert refusal.value.code == "too_many_columns"


def test_a_file_of_one_line_of_200_megabytes_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    """The child is bounded by its limits; whatever ends it, the caller lives and says what to do."""
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        for _number in range(199):
            file.write(b"x" * MEBIBYTE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileRefused) as refusal:
        read_report(path, file_name="line.csv", default_currency="CNY", as_of=dt.date(2025, 6, 30))
    assert len(str(refusal.value)) > 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1700 * 1024


def test_one_item_and_a_hundred_thousand(tmp_path: Path) -> None:
    assert lines(read_here(csv([HEAD, item()]), tmp_path)) == [GOOD]
    many = read_here(csv([HEAD, *(item(f"I{number}") for number in range(100_000))]), tmp_path)
    assert (many.rows, many.rejected) == (100_000, 0)
    assert str(many.totals["CNY"]) == "10000000.00"

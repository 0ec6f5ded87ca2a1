"""Excel downloads: numbers are numbers, dates are dates, and no text is a formula (fault 30)."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from creditrisk.workbooks import neutral
from customers.models import Customer
from receivables.exports import write_aging, write_errors
from receivables.models import Report, RowError
from receivables.selectors.aging import Grouping, aging_of
from tests.factories.customers import create_active_customer
from tests.factories.reports import Line, create_report

MAY = dt.date(2026, 5, 31)
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    "  =1",
    "\n=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_a_program_might_take_for_a_formula_is_quoted(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "华瑞", "A=1", "1-30", "> 365", "a@b.c", "'=1"])
def test_other_text_is_left_alone(text: str) -> None:
    assert neutral(text) == text


def test_a_text_longer_than_a_cell_is_cut() -> None:
    assert len(neutral("x" * 40_000)) == 32_000


def workbook(report: Report, *, by: Grouping = "customer", netted: bool = False, **options: Any) -> Any:
    """Return the aging report as openpyxl reads it back."""
    aging = aging_of(report, as_of=MAY + dt.timedelta(days=1), customers=Customer.objects.all(), **options)
    file = io.BytesIO()
    write_aging(file, aging=aging, by=by, netted=netted, sort="-total", facts=[("Search", "=x")])
    return openpyxl.load_workbook(io.BytesIO(file.getvalue()))


def rows_of(sheet: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


@pytest.fixture
def report(db: None) -> Report:
    """One hostile name: 1,000.10 a day late, and −0.20 not due; another customer with 5.00 USD."""
    evil = create_active_customer(number="C1", name="=HYPERLINK(1)")
    other = create_active_customer(number="C2", name="华瑞")
    lines = [
        Line(evil, MAY, "1000.10", document="@A"),
        Line(evil, MAY + dt.timedelta(days=9), "-0.20", document="B"),
        Line(other, MAY, "5.00", document="C", currency="USD"),
    ]
    return create_report(as_of=MAY, lines=lines)


def test_by_customer_with_credits_in_their_own_column_and_a_total_per_currency(report: Report) -> None:
    aging, filters = workbook(report).worksheets
    header, first, second, total, dollars = rows_of(aging)
    assert header[:4] == ("Customer number", "Customer", "Currency", "Not due")
    assert header[-3:] == ("Credits", "Total", "Overdue")
    assert first == ("C1", "'=HYPERLINK(1)", "CNY", 0, 1000.1, 0, 0, 0, 0, 0, -0.2, 999.9, 1000.1)
    assert second[:5] == ("C2", "华瑞", "USD", 0, 5)
    assert total == ("Total", None, *first[2:])
    assert dollars[2:] == second[2:]
    assert not [cell for row in aging.iter_rows() for cell in row if cell.data_type == "f"]
    assert aging["E2"].number_format == "#,##0.00"
    facts = dict(rows_of(filters))
    assert (facts["As-of date"], facts["Search"], facts["Currency"]) == ("2026-06-01", "'=x", "all")


def test_netted_the_column_goes_and_the_total_stays(report: Report) -> None:
    header, first, *_rest = rows_of(workbook(report, netted=True).worksheets[0])
    assert "Credits" not in header
    assert first[3:5] == (-0.2, 1000.1)
    assert first[-2] == 999.9


def test_by_item_dates_are_dates_and_days_are_numbers(report: Report) -> None:
    header, first, second, *_rest = rows_of(workbook(report, by="item").worksheets[0])
    assert header[2:9] == (
        "Contract number",
        "Document",
        "Document date",
        "Due date",
        "Due date from",
        "Days past due",
        "Currency",
    )
    assert first[3:8] == ("'@A", dt.datetime(2026, 5, 1), dt.datetime(2026, 5, 31), "stated", 1)
    assert second[3:8] == ("B", dt.datetime(2026, 5, 10), dt.datetime(2026, 6, 9), "stated", -8)


def test_by_contract_and_in_one_currency(report: Report) -> None:
    sheet, filters = workbook(report, by="contract", currency="USD").worksheets
    rows = rows_of(sheet)
    assert rows[0][:4] == ("Customer number", "Customer", "Contract number", "Currency")
    assert [row[3] for row in rows[1:]] == ["USD", "USD"]
    assert dict(rows_of(filters))["Currency"] == "USD"


def test_large_amounts_keep_their_cents(db: None) -> None:
    customer = create_active_customer()
    large = create_report(as_of=MAY, lines=[Line(customer, MAY, "9999999999999.99")])
    value = rows_of(workbook(large).worksheets[0])[1][4]
    assert Decimal(str(value)) == Decimal("9999999999999.99")


def test_the_errors_of_an_upload(report: Report) -> None:
    RowError.objects.create(report=report, row=3, column="=Due", value="-1", code="missing")
    file = io.BytesIO()
    write_errors(file, report=report, errors=report.row_errors.all())
    header, line = rows_of(openpyxl.load_workbook(io.BytesIO(file.getvalue())).worksheets[0])
    assert header == ("Row", "Column", "Value", "What to do")
    assert line[:3] == (3, "'=Due", "'-1")
    assert "Row 3" in line[3]


def test_an_export_without_lines_is_a_sheet_with_a_header(db: None) -> None:
    assert len(rows_of(workbook(create_report(as_of=MAY)).worksheets[0])) == 1

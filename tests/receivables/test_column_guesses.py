"""What a column probably is by what stands in it, where its name says nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from receivables.reading.report import SheetPreview
from receivables.selectors.column_guesses import guessed_columns
from receivables.selectors.customer_matching import CustomerRegister, KnownCustomer

REGISTER = CustomerRegister(
    [
        KnownCustomer(1, "C1", None, ("甲公司",)),
        KnownCustomer(2, "C2", None, ("乙公司",)),
        KnownCustomer(3, "C3", None, ("乙公司",)),
    ]
)
ITEMS = (
    "customer_ref",
    "customer_name",
    "document",
    "document_on",
    "due_on",
    "currency",
    "amount",
    "open_amount",
)


def guessed(
    rows: Sequence[Sequence[str]], *, known: dict[str, str] | None = None, fields: Sequence[str] = ITEMS
) -> dict[str, str]:
    head = tuple(f"x{index}" for index in range(len(rows[0]))) if rows else ("x",)
    shown = SheetPreview(None, (head, *(tuple(row) for row in rows)), 1, known or {}, shape="")
    return dict(guessed_columns(shown, fields=fields, register=REGISTER))


def test_customers_documents_dates_currencies_and_amounts() -> None:
    rows = [
        ["甲公司", "R-1", "2026-04-01", "2026-05-01", "CNY", "100.00", "60.00"],
        ["C1", "R-2", "2026-04-02", "2026-05-02", "USD", "1,000.00", "1,000.00"],
        ["乙公司", "R-3", "2026-04-03", "2026-05-03", "人民币", "5", "5"],
    ]
    assert guessed(rows) == {
        "0": "customer_ref",
        "1": "document",
        "2": "document_on",
        "3": "due_on",
        "4": "currency",
        "5": "amount",
        "6": "open_amount",
    }


def test_one_date_is_the_due_date_and_one_amount_the_balance() -> None:
    rows = [["C1", "R-1", "3/4/2026", "1.234,50"], ["C1", "R-2", "31/4/2026", "x"]]
    assert guessed([rows[0]]) == {"0": "customer_ref", "1": "document", "2": "due_on", "3": "open_amount"}
    assert guessed(rows) == {"0": "customer_ref", "1": "document"}


@pytest.mark.parametrize("share", [4, 5])
def test_four_of_five_cells_make_a_column(share: int) -> None:
    rows = [["C1" if row < share else "nobody", f"R-{row}"] for row in range(5)]
    assert guessed(rows)["0"] == "customer_ref"
    rows = [["C1" if row < 3 else "nobody", f"R-{row}"] for row in range(5)]
    assert "0" not in guessed(rows)


def test_what_was_recognised_by_its_name_stays_and_is_not_given_twice() -> None:
    rows = [["C1", "R-1", "7", "8"], ["C1", "R-2", "9", "10"]]
    assert guessed(rows, known={"2": "open_amount"}) == {
        "0": "customer_ref",
        "1": "document",
        "2": "open_amount",
        "3": "amount",
    }


def test_fields_that_the_kind_of_file_does_not_have_are_not_proposed() -> None:
    rows = [["C1", "2026-04-01", "5.00"]]
    assert guessed(rows, fields=("customer_ref", "paid_on", "open_amount")) == {
        "0": "customer_ref",
        "1": "paid_on",
        "2": "open_amount",
    }


def test_empty_columns_and_sheets_are_nothing() -> None:
    assert guessed([["", ""], ["", ""]]) == {}
    assert guessed([]) == {}
    assert guessed([["same"], ["same"]]) == {}

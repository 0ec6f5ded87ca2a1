"""What is open on a day, by the plain rule and by the columns that are loaded ("Aging", P5.2.2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from receivables.open_amounts import Balance, Entry, Receipt, after_receipts, open_on
from receivables.selectors.item_lines import AMOUNT, ledger_items

MAY, JUNE = dt.date(2026, 5, 31), dt.date(2026, 6, 30)
ITEM = ("C1", "INV-1", JUNE, "CNY")


def entry(amount: str, day: dt.date, item: tuple[str, str, dt.date, str] = ITEM) -> Entry:
    return Entry(item, day, Decimal(amount))


def test_a_payment_counts_on_its_day_and_not_before() -> None:
    """100 invoiced on 1 May, 40 paid on 31 May: 100 are open on 30 May, 60 on 31 May."""
    entries = [entry("100", dt.date(2026, 5, 1)), entry("-40", MAY)]
    assert open_on(entries, dt.date(2026, 4, 30)) == {}
    assert open_on(entries, dt.date(2026, 5, 30)) == {ITEM: Decimal(100)}
    assert open_on(entries, MAY) == {ITEM: Decimal(60)}


def test_what_is_paid_to_the_cent_is_gone_and_a_credit_larger_than_the_invoice_stays() -> None:
    entries = [entry("0.03", MAY), entry("-0.01", MAY), entry("-0.02", JUNE)]
    assert open_on(entries, MAY) == {ITEM: Decimal("0.02")}
    assert open_on(entries, JUNE) == {}
    assert open_on([*entries, entry("-5", JUNE)], JUNE) == {ITEM: Decimal("-5.00")}


days = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
cents = st.integers(-100_000, 100_000).filter(bool).map(lambda amount: Decimal(amount) / 100)
items = st.tuples(
    st.integers(1, 3),
    st.sampled_from(["I1", "I2"]),
    st.sampled_from([MAY, JUNE]),
    st.sampled_from(["CNY", "USD"]),
)


@given(st.lists(st.tuples(items, days, cents, st.booleans()), max_size=40), days)
def test_the_columns_come_to_the_same_as_the_rule(
    rows: list[tuple[tuple[int, str, dt.date, str], dt.date, Decimal, bool]], day: dt.date
) -> None:
    table = pl.DataFrame(
        [
            {
                "customer_id": item[0],
                "document": item[1],
                "due_on": item[2],
                "currency": item[3],
                "booked_on": booked,
                "amount": amount,
                "is_payment": pays,
                "row_number": 1,
                "document_on": booked,
                "due_basis": "stated",
                "contract": None,
                "description": None,
            }
            for item, booked, amount, pays in rows
        ],
        schema={
            "customer_id": pl.Int64,
            "document": pl.String,
            "due_on": pl.Date,
            "currency": pl.String,
            "booked_on": pl.Date,
            "amount": AMOUNT,
            "is_payment": pl.Boolean,
            "row_number": pl.Int64,
            "document_on": pl.Date,
            "due_basis": pl.String,
            "contract": pl.String,
            "description": pl.String,
        },
    )
    found = {
        (str(customer), document, due_on, currency): amount
        for customer, document, due_on, currency, amount in ledger_items(table, as_of=day)
        .select("customer_id", "document", "due_on", "currency", "open_amount")
        .iter_rows()
    }
    entries = [Entry((str(item[0]), *item[1:]), booked, amount) for item, booked, amount, _pays in rows]
    assert found == open_on(entries, day)


def balances(items: list[Balance]) -> list[tuple[str, str]]:
    return [(item.document, str(item.open_amount)) for item in items]


def test_a_receipt_pays_the_document_that_it_names() -> None:
    items = [Balance("I1", MAY, Decimal(100)), Balance("I2", MAY, Decimal(50))]
    assert balances(after_receipts(items, [Receipt("I1", JUNE, Decimal(40))])) == [("I1", "60"), ("I2", "50")]
    assert balances(after_receipts(items, [Receipt("I1", JUNE, Decimal(100))])) == [("I2", "50")]


def test_instalments_are_paid_the_one_due_first_first() -> None:
    """150 for two instalments of 100: the first is gone, 50 are left of the second."""
    items = [Balance("I1", JUNE, Decimal(100)), Balance("I1", MAY, Decimal(100))]
    left = after_receipts(items, [Receipt("I1", JUNE, Decimal(150))])
    assert left == [Balance("I1", JUNE, Decimal(50))]


def test_what_is_paid_too_much_or_without_a_document_is_an_unallocated_payment() -> None:
    items = [Balance("I1", MAY, Decimal(100))]
    left = after_receipts(
        items,
        [Receipt("I1", JUNE, Decimal(130)), Receipt("", JUNE, Decimal(20)), Receipt("I9", JUNE, Decimal(1))],
    )
    assert left == [
        Balance("I1", JUNE, Decimal(-30)),
        Balance("", JUNE, Decimal(-20)),
        Balance("I9", JUNE, Decimal(-1)),
    ]


def test_a_payment_that_is_paid_back_is_owed_again() -> None:
    items = [Balance("I1", MAY, Decimal(100))]
    assert balances(after_receipts(items, [Receipt("I1", JUNE, Decimal(-40))])) == [
        ("I1", "100"),
        ("I1", "40"),
    ]


def test_a_credit_is_not_paid() -> None:
    items = [Balance("I1", MAY, Decimal(-10))]
    assert balances(after_receipts(items, [Receipt("I1", JUNE, Decimal(5))])) == [("I1", "-10"), ("I1", "-5")]


@given(
    st.lists(st.tuples(st.sampled_from(["I1", "I2", "I3"]), days, cents), max_size=12),
    st.lists(st.tuples(st.sampled_from(["I1", "I2", "I9", ""]), days, cents), max_size=12),
)
def test_no_cent_is_lost(
    open_items: list[tuple[str, dt.date, Decimal]], paid: list[tuple[str, dt.date, Decimal]]
) -> None:
    """What is open after receipts is what was open before less what was received."""
    left = after_receipts([Balance(*item) for item in open_items], [Receipt(*receipt) for receipt in paid])
    before = sum((amount for _document, _day, amount in open_items), Decimal())
    received = sum((amount for _document, _day, amount in paid), Decimal())
    assert sum((item.open_amount for item in left), Decimal()) == before - received

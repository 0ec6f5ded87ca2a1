"""By how much the open amounts of a customer's items fell between two reports in force."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from customers.models import Customer
from receivables.models import Report, ReportState
from receivables.selectors.falls import Fall, falls_between_reports
from tests.factories.customers import create_active_customer
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY, MARCH = dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 31)
DUE = dt.date(2026, 1, 15)


@pytest.fixture
def customer() -> Customer:
    return create_active_customer()


def report(customer: Customer, as_of: dt.date, *items: tuple[str, str], **more: str) -> Report:
    return create_report(
        as_of=as_of,
        lines=[Line(customer, DUE, amount, document=document, **more) for document, amount in items],
    )


def falls(customer: Customer, **more: dt.date | None) -> list[Fall]:
    bounds: dict[str, dt.date | None] = {"since": None, "until": None} | more
    return falls_between_reports(customer, since=bounds["since"], until=bounds["until"], limit=10)


def test_paid_in_part_and_gone(customer: Customer) -> None:
    """A 100.00 → 40.00, B 25.00 → gone, C rises and D is new: 60.00 + 25.00 = 85.00 in 2 items, the larger first."""
    report(customer, JANUARY, ("A", "100.00"), ("B", "25.00"), ("C", "10.00"))
    report(customer, FEBRUARY, ("A", "40.00"), ("C", "11.00"), ("D", "500.00"))
    assert falls(customer) == [Fall(FEBRUARY, JANUARY, "CNY", Decimal("85.00"), 2, ("A", "B"))]


def test_nothing_fell(customer: Customer) -> None:
    report(customer, JANUARY, ("A", "100.00"))
    report(customer, FEBRUARY, ("A", "100.00"))
    assert falls(customer) == []


def test_an_item_that_turns_into_a_credit_fell_to_nothing(customer: Customer) -> None:
    """Open 100.00, then 20.00 too much was paid: 100.00 fell, not 120.00."""
    report(customer, JANUARY, ("A", "100.00"))
    report(customer, FEBRUARY, ("A", "-20.00"))
    assert [fall.amount for fall in falls(customer)] == [Decimal("100.00")]


def test_a_credit_that_is_used_up_is_no_payment(customer: Customer) -> None:
    report(customer, JANUARY, ("CN", "-30.00"), ("A", "100.00"))
    report(customer, FEBRUARY, ("A", "100.00"))
    assert falls(customer) == []


def test_lines_of_one_document_count_together(customer: Customer) -> None:
    """60.00 + 40.00 = 100.00, then 70.00 in one line: 30.00 fell in 1 item."""
    report(customer, JANUARY, ("A", "60.00"), ("A", "40.00"))
    report(customer, FEBRUARY, ("A", "70.00"))
    assert [(fall.amount, fall.items) for fall in falls(customer)] == [(Decimal("30.00"), 1)]


def test_currencies_are_told_apart(customer: Customer) -> None:
    create_report(
        as_of=JANUARY,
        lines=[Line(customer, DUE, "5.00", "A"), Line(customer, DUE, "7.00", "A", currency="USD")],
    )
    report(customer, FEBRUARY, ("Z", "1.00"))
    assert [(fall.currency, fall.amount) for fall in falls(customer)] == [
        ("CNY", Decimal("5.00")),
        ("USD", Decimal("7.00")),
    ]


def test_a_customer_without_a_line_in_the_later_report_has_paid(customer: Customer) -> None:
    report(customer, JANUARY, ("A", "100.00"))
    report(create_active_customer(), FEBRUARY, ("X", "1.00"))
    assert [fall.amount for fall in falls(customer)] == [Decimal("100.00")]


def test_superseded_and_unfinished_reports_do_not_count(customer: Customer) -> None:
    report(customer, JANUARY, ("A", "100.00"))
    Report.objects.filter(pk=report(customer, FEBRUARY, ("A", "10.00")).pk).update(
        state=ReportState.SUPERSEDED
    )
    report(customer, MARCH, ("A", "90.00"))
    assert falls(customer) == [Fall(MARCH, JANUARY, "CNY", Decimal("10.00"), 1, ("A",))]


def test_both_bounds_are_days_of_reports(customer: Customer) -> None:
    for as_of, amount in ((JANUARY, "100.00"), (FEBRUARY, "90.00"), (MARCH, "80.00")):
        report(customer, as_of, ("A", amount))
    day = dt.timedelta(days=1)
    assert [fall.seen_on for fall in falls(customer)] == [MARCH, FEBRUARY]
    assert [fall.seen_on for fall in falls(customer, since=MARCH)] == [MARCH]
    assert falls(customer, since=MARCH + day) == []
    assert [fall.seen_on for fall in falls(customer, until=FEBRUARY)] == [FEBRUARY]
    assert falls(customer, until=FEBRUARY - day) == []


def test_the_first_documents_are_named(customer: Customer) -> None:
    report(customer, JANUARY, *[(f"D{number}", f"{number}.00") for number in range(1, 8)])
    report(customer, FEBRUARY, ("Z", "1.00"))
    (fall,) = falls(customer)
    assert (fall.items, fall.documents) == (7, ("D7", "D6", "D5", "D4", "D3"))

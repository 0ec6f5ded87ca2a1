"""What the aging reports tell of how a customer paid (P5.2.2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from customers.models import Customer
from receivables.models import ReportState
from receivables.selectors.payment_record import PaymentRecord, payment_records
from tests.factories.customers import create_active_customer
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
APRIL, MAY, JUNE = dt.date(2026, 4, 30), dt.date(2026, 5, 31), dt.date(2026, 6, 30)


@pytest.fixture
def customer() -> Customer:
    return create_active_customer()


def record_of(customer: Customer, *, on: dt.date = JUNE, months: int = 12) -> PaymentRecord:
    (record,) = payment_records([customer.pk], on=on, months=months)[customer.pk]
    return record


def test_received_is_what_fell_and_what_was_paid_before_we_saw_it(customer: Customer) -> None:
    """A of 1,000 is first seen with 600 open: 400 were paid before. It falls to 250: 350 more. B of 100 is gone in
    June: 100. 400 + 350 + 100 = 850; 250 are open, due 2026-05-10 and so overdue."""
    due = dt.date(2026, 5, 10)
    create_report(
        as_of=MAY, lines=[Line(customer, due, "600", "A", total="1000"), Line(customer, due, "100", "B")]
    )
    create_report(as_of=JUNE, lines=[Line(customer, due, "250", "A", total="1000")])
    record = record_of(customer)
    assert (record.first_report_on, record.as_of) == (MAY, JUNE)
    assert record.received_amount == Decimal("850.00")
    assert (record.open_amount, record.overdue_amount) == (Decimal("250.00"), Decimal("250.00"))
    assert record.business_amount == Decimal("1100.00")


@pytest.mark.parametrize(
    ("due_on", "days"),
    [
        (dt.date(2026, 7, 10), "-10.0"),  # gone by 06-30 at the latest: 10 days early at least
        (JUNE, "0.0"),  # paid some day from 06-01 to 06-30, the due date among them
        (dt.date(2026, 6, 1), "0.0"),
        (MAY, "1.0"),  # 06-01 at the earliest: one day late at least
        (dt.date(2026, 5, 1), "31.0"),
    ],
)
def test_of_the_days_it_can_have_been_the_one_nearest_to_the_due_date_counts(
    customer: Customer, due_on: dt.date, days: str
) -> None:
    """Open in the report as of 2026-05-31, gone in that as of 2026-06-30."""
    create_report(as_of=MAY, lines=[Line(customer, due_on, "100", "A")])
    create_report(as_of=JUNE)
    assert record_of(customer).average_days_late == Decimal(days)


def test_the_average_is_weighted_by_amount_over_paid_and_overdue(customer: Customer) -> None:
    """100 paid within the report's month (0 days), 300 still open, due 2026-06-10 and so 20 days late on 06-30:
    (100 × 0 + 300 × 20) / 400 = 15. What is not due yet does not count."""
    create_report(
        as_of=MAY,
        lines=[
            Line(customer, dt.date(2026, 6, 15), "100", "A"),
            Line(customer, dt.date(2026, 6, 10), "300", "B"),
        ],
    )
    create_report(
        as_of=JUNE,
        lines=[
            Line(customer, dt.date(2026, 6, 10), "300", "B"),
            Line(customer, dt.date(2026, 8, 1), "900", "C"),
        ],
    )
    assert record_of(customer).average_days_late == Decimal("15.0")


def test_nothing_due_is_no_average(customer: Customer) -> None:
    create_report(as_of=JUNE, lines=[Line(customer, dt.date(2026, 7, 1), "100", "A")])
    record = record_of(customer)
    assert record.average_days_late is None
    assert record.overdue_amount == 0


def test_credits_pay_nothing_and_lower_what_is_open(customer: Customer) -> None:
    due = dt.date(2026, 7, 1)
    create_report(as_of=MAY, lines=[Line(customer, due, "-40", "CN"), Line(customer, due, "100", "A")])
    create_report(as_of=JUNE, lines=[Line(customer, due, "100", "A")])
    record = record_of(customer)
    assert record.received_amount == 0
    assert record.open_amount == Decimal("100.00")


def test_only_reports_in_force_up_to_the_day_count(customer: Customer) -> None:
    due = dt.date(2026, 5, 10)
    create_report(as_of=MAY, lines=[Line(customer, due, "100", "A")])
    create_report(as_of=JUNE, lines=[])
    create_report(as_of=APRIL, lines=[Line(customer, due, "999", "Z")], state=ReportState.SUPERSEDED)
    record = record_of(customer, on=dt.date(2026, 6, 29))
    assert (record.first_report_on, record.as_of, record.received_amount) == (MAY, MAY, Decimal(0))


def test_only_the_months_asked_for_count_for_business_and_speed(customer: Customer) -> None:
    """An item of 2026-04-10, gone on 05-30, asked for the month after it: neither business nor speed, but received."""
    create_report(as_of=APRIL, lines=[Line(customer, dt.date(2026, 5, 10), "100", "A")])
    create_report(as_of=dt.date(2026, 5, 30))
    create_report(as_of=JUNE)
    record = record_of(customer, months=1)
    assert (record.received_amount, record.business_amount) == (Decimal("100.00"), 0)
    assert record.average_days_late is None


def test_currencies_and_customers_are_never_added(customer: Customer, django_assert_num_queries: Any) -> None:
    other, due = create_active_customer(), dt.date(2026, 5, 10)
    create_report(
        as_of=JUNE,
        lines=[
            Line(customer, due, "10", "A"),
            Line(customer, due, "20", "A", currency="USD"),
            Line(other, due, "30", "A"),
        ],
    )
    with django_assert_num_queries(1):
        found = payment_records([customer.pk, other.pk, 0], on=JUNE, months=12)
    told = {
        pk: [(record.currency, record.open_amount) for record in records] for pk, records in found.items()
    }
    assert told == {
        customer.pk: [("CNY", Decimal("10.00")), ("USD", Decimal("20.00"))],
        other.pk: [("CNY", Decimal("30.00"))],
    }


def test_a_customer_without_items_has_no_record(customer: Customer) -> None:
    create_report(as_of=JUNE)
    assert payment_records([customer.pk], on=JUNE, months=12) == {}

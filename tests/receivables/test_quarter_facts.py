"""How customers paid in a quarter (P5.2.2): worked examples, and generated histories against a plain implementation."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from creditrisk.quarters import Quarter
from customers.models import Customer
from receivables.models import AgingTotal, FileKind, LedgerEntry, Report, ReportState
from receivables.payment_speed import OldestItem, PaymentSpeed, QuarterFacts
from receivables.selectors.quarter_facts import QuarterReports, quarter_facts, reports_of_quarter
from receivables.services.partitions import partition_for
from tests.factories.customers import create_active_customer
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
Q3 = Quarter(2026, 3)
JUNE, JULY, AUGUST, SEPTEMBER = (
    dt.date(2026, month, day) for month, day in ((6, 30), (7, 31), (8, 31), (9, 30))
)


@pytest.fixture
def customer() -> Customer:
    return create_active_customer()


def reports() -> QuarterReports:
    found = reports_of_quarter(Q3)
    assert found is not None
    return found


def facts_of(customer: Customer) -> QuarterFacts:
    return quarter_facts([customer.pk], reports()).get(customer.pk, QuarterFacts())


def one_speed(customer: Customer) -> PaymentSpeed:
    (speed,) = facts_of(customer).speeds
    return speed


Entry = tuple[str, dt.date, dt.date, str, bool]
"""Document, due date, day booked, amount, whether it is a payment."""


def create_ledger(customer: Customer, *, as_of: dt.date, entries: Sequence[Entry]) -> Report:
    """Return a ledger with entries, and what is open of them by then as its items."""
    balances: dict[tuple[str, dt.date], Decimal] = defaultdict(Decimal)
    for document, due_on, booked_on, amount, _is_payment in entries:
        if booked_on <= as_of:
            balances[document, due_on] += Decimal(amount)
    lines = [
        Line(customer, due, str(amount), document) for (document, due), amount in balances.items() if amount
    ]
    report = create_report(as_of=as_of, lines=lines)
    store_entries(report, customer, entries)
    return report


def store_entries(
    report: Report, customer: Customer, entries: Iterable[Entry], currency: str = "CNY"
) -> None:
    Report.objects.filter(pk=report.pk).update(file_kind=FileKind.LEDGER)
    partition_for(LedgerEntry._meta.db_table, report.as_of)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            report=report,
            as_of=report.as_of,
            customer=customer,
            row_number=row,
            document=document,
            document_on=due_on - dt.timedelta(days=30),
            due_on=due_on,
            currency=currency,
            amount=Decimal(amount),
            booked_on=booked_on,
            is_payment=is_payment,
        )
        for row, (document, due_on, booked_on, amount, is_payment) in enumerate(entries, start=1)
    )


@pytest.mark.parametrize(
    ("due_on", "days"),
    [
        (dt.date(2026, 9, 10), -10),  # gone by 08-31 at the latest: ten days early at least
        (AUGUST, 0),  # paid some day from 08-01 to 08-31, the due date among them
        (dt.date(2026, 8, 1), 0),
        (JULY, 1),  # 08-01 at the earliest
        (dt.date(2026, 7, 1), 31),
    ],
)
def test_of_the_days_it_can_have_been_the_one_nearest_to_the_due_date_counts(
    customer: Customer, due_on: dt.date, days: int
) -> None:
    """Open in the report as of 2026-07-31, gone in that as of 2026-08-31."""
    create_report(as_of=JULY, lines=[Line(customer, due_on, "100", "A")])
    create_report(as_of=AUGUST)
    assert one_speed(customer) == PaymentSpeed(
        "CNY", Decimal(100), Decimal(100 * days), 1, Decimal(0), Decimal(0), 0
    )


def test_paid_and_past_due_are_weighted_by_amount(customer: Customer) -> None:
    """A of 600 falls to 200 in July (due 07-20: on time), B of 300 is due on 09-10 and open: 20 days. A's 200 are 72
    days past due: (400 × 0 + 300 × 20 + 200 × 72) / 900 = 22.666…"""
    due, later = dt.date(2026, 7, 20), dt.date(2026, 9, 10)
    create_report(as_of=JUNE, lines=[Line(customer, due, "600", "A")])
    create_report(as_of=JULY, lines=[Line(customer, due, "200", "A"), Line(customer, later, "300", "B")])
    create_report(as_of=SEPTEMBER, lines=[Line(customer, due, "200", "A"), Line(customer, later, "300", "B")])
    speed = one_speed(customer)
    assert (speed.paid_amount, speed.paid_amount_days, speed.payments) == (Decimal(400), Decimal(0), 1)
    assert (speed.overdue_amount, speed.overdue_amount_days, speed.overdue_items) == (
        Decimal(500), Decimal(20400), 2,
    )  # fmt: skip
    assert round(speed.average_days_late, 2) == Decimal("22.67")
    assert facts_of(customer).oldest == OldestItem("A", due, 72, "CNY", Decimal("200.00"))


@pytest.mark.parametrize(("due_on", "days"), [(SEPTEMBER, None), (dt.date(2026, 9, 29), 1)])
def test_an_item_is_past_due_the_day_after_its_due_date(
    customer: Customer, due_on: dt.date, days: int | None
) -> None:
    create_report(as_of=SEPTEMBER, lines=[Line(customer, due_on, "100", "A")])
    found = facts_of(customer)
    assert (found.oldest and found.oldest.days_past_due) == days
    assert len(found.speeds) == (0 if days is None else 1)


def test_days_past_due_are_counted_to_the_end_of_the_quarter_also_from_an_older_report(
    customer: Customer,
) -> None:
    """The report is as of 09-20, when the item was not due; by 09-30 it is 5 days past due."""
    create_report(as_of=dt.date(2026, 9, 20), lines=[Line(customer, dt.date(2026, 9, 25), "100", "A")])
    found = facts_of(customer)
    assert found.oldest is not None
    assert found.oldest.days_past_due == 5
    assert reports().age_days == 10


def test_a_payment_belongs_to_the_quarter_whose_report_showed_it(customer: Customer) -> None:
    """Open on 06-15, gone on 07-15, due on 06-20: seen in the third quarter, 0 days late. What the report of 06-15
    showed as paid was seen in the second; what 10-31 shows will be seen in the fourth."""
    lines = [Line(customer, dt.date(2026, 6, 20), "100", "A")]
    create_report(as_of=dt.date(2026, 5, 31), lines=[*lines, Line(customer, JUNE, "999", "B")])
    create_report(as_of=dt.date(2026, 6, 15), lines=lines)
    create_report(as_of=dt.date(2026, 7, 15), lines=[Line(customer, dt.date(2026, 12, 1), "50", "C")])
    create_report(as_of=dt.date(2026, 10, 31))
    speed = one_speed(customer)
    assert (speed.paid_amount, speed.paid_amount_days, speed.overdue_items) == (Decimal(100), Decimal(0), 0)


def test_a_ledger_tells_the_days(customer: Customer) -> None:
    """300 three days early, 500 on day 12, 200 open on 09-30. Two payments of one day count as one fall, what was paid
    in June or is booked back is no payment of the quarter, and credits pay nothing."""
    due = dt.date(2026, 8, 10)
    early, late = due - dt.timedelta(days=3), due + dt.timedelta(days=12)
    create_report(as_of=JUNE, lines=[Line(customer, due, "1100", "A")])
    create_ledger(
        customer,
        as_of=SEPTEMBER,
        entries=[
            ("A", due, dt.date(2026, 5, 1), "1200", False),
            ("A", due, JUNE, "-100", True),
            ("A", due, early, "-300", True),
            ("A", due, late, "-450", True),
            ("A", due, late, "-50", True),
            ("A", due, late + dt.timedelta(days=1), "-100", True),
            ("A", due, late + dt.timedelta(days=2), "-100", True),
            ("A", due, late + dt.timedelta(days=3), "100", True),
            ("CN", due, late, "-70", False),
        ],
    )
    speed = one_speed(customer)
    assert speed.payments == 4
    assert speed.paid_amount == Decimal(300 + 500 + 100 + 100)
    assert speed.paid_amount_days == Decimal(-900 + 6000 + 1300 + 1400)
    assert (speed.overdue_amount, speed.overdue_amount_days) == (Decimal(200), Decimal(200 * 51))


def test_what_is_paid_beyond_the_balance_is_no_payment(customer: Customer) -> None:
    due = dt.date(2026, 8, 10)
    create_ledger(
        customer,
        as_of=SEPTEMBER,
        entries=[
            ("A", due, JUNE, "100", False),
            ("A", due, due, "-130", True),
            ("A", due, AUGUST, "-5", True),
        ],
    )
    assert (one_speed(customer).paid_amount, one_speed(customer).payments) == (Decimal(100), 1)


def test_after_its_last_ledger_an_item_is_followed_from_report_to_report(customer: Customer) -> None:
    """The ledger of 07-31 dates 100; the fall of 200 by 08-31 is known as between two reports. Due on 07-20: 5 days and
    12 days."""
    due = dt.date(2026, 7, 20)
    create_report(as_of=JUNE, lines=[Line(customer, due, "300", "A")])
    create_ledger(
        customer,
        as_of=JULY,
        entries=[
            ("A", due, dt.date(2026, 6, 1), "300", False),
            ("A", due, dt.date(2026, 7, 25), "-100", True),
        ],
    )
    create_report(as_of=AUGUST)
    speed = one_speed(customer)
    assert (speed.paid_amount, speed.paid_amount_days) == (Decimal(300), Decimal(100 * 5 + 200 * 12))


def test_an_aging_table_describes_the_end_with_the_least_age_of_its_buckets(customer: Customer) -> None:
    """Its rows stand for sums: they cap and count as past due, but nothing is paid by them."""
    create_report(as_of=JULY, lines=[Line(customer, dt.date(2026, 7, 1), "100", "A")])
    table = create_report(as_of=SEPTEMBER, lines=[Line(customer, dt.date(2026, 8, 30), "80", "31-60")])
    Report.objects.filter(pk=table.pk).update(file_kind=FileKind.AGED_TABLE)
    found = reports()
    assert found.describing.pk == table.pk
    assert [report.as_of for report in found.itemised] == [JULY]
    speed = one_speed(customer)
    assert (speed.payments, speed.overdue_amount, speed.overdue_amount_days) == (
        0,
        Decimal(80),
        Decimal(80 * 31),
    )


def test_lines_of_one_document_count_together_and_credits_are_no_items(customer: Customer) -> None:
    """60 and 50 less a credit of 30 on the same document are 80; a credit of its own is left out."""
    due = dt.date(2026, 9, 20)
    lines = [Line(customer, due, amount, "A") for amount in ("60", "50", "-30")]
    create_report(as_of=SEPTEMBER, lines=[*lines, Line(customer, due, "-500", "CN")])
    assert one_speed(customer).overdue_amount == Decimal(80)


def test_the_oldest_item_is_the_one_due_first_then_the_largest(customer: Customer) -> None:
    due = dt.date(2026, 9, 1)
    create_report(
        as_of=SEPTEMBER,
        lines=[
            Line(customer, due, "10", "A"),
            Line(customer, due, "20", "B", currency="USD"),
            Line(customer, dt.date(2026, 9, 2), "99", "C"),
        ],
    )
    assert facts_of(customer).oldest == OldestItem("B", due, 29, "USD", Decimal("20.00"))


def test_only_reports_in_force_that_have_lines_tell_of_a_quarter(customer: Customer) -> None:
    """A superseded report, one of the next quarter, and one whose lines were dropped with age count for nothing; the
    last report before the quarter opens the chain."""
    for as_of in (dt.date(2026, 5, 31), JUNE, JULY):
        create_report(as_of=as_of, lines=[Line(customer, JULY, "1", "A")])
    create_report(as_of=AUGUST, state=ReportState.SUPERSEDED)
    dropped = create_report(as_of=dt.date(2026, 9, 10))
    AgingTotal.objects.create(
        report=dropped, currency="CNY", debit_amounts=[1], credit_amounts=[0], total_amount=1,
        overdue_amount=0, items=1, customers=1,
    )  # fmt: skip
    create_report(as_of=dt.date(2026, 10, 1))
    assert [report.as_of for report in reports().itemised] == [JUNE, JULY]
    assert reports().describing.as_of == JULY
    assert len(reports().keys) == 2


@pytest.mark.parametrize(("as_of", "known"), [(JUNE, False), (dt.date(2026, 7, 1), True), (SEPTEMBER, True)])
def test_a_quarter_without_a_report_of_its_days_is_not_known(as_of: dt.date, known: bool) -> None:
    create_report(as_of=as_of)
    assert (reports_of_quarter(Q3) is not None) is known


def test_many_customers_cost_two_queries(customer: Customer, django_assert_num_queries: Any) -> None:
    others = [create_active_customer() for _number in range(5)]
    create_report(as_of=SEPTEMBER, lines=[Line(one, AUGUST, "1") for one in [customer, *others]])
    found = reports()
    with django_assert_num_queries(2):
        assert len(quarter_facts([one.pk for one in others], found)) == 5


# Generated histories, against an implementation that shares nothing with the SQL ----------------------------------


@dataclass
class Item:
    """An invoice or credit note with what was paid of it on which days."""

    document: str
    due_on: dt.date
    currency: str
    amount: int
    issued_on: dt.date
    payments: dict[dt.date, int] = field(default_factory=dict)

    def open_on(self, day: dt.date) -> int:
        paid = sum(amount for paid_on, amount in self.payments.items() if paid_on <= day)
        return self.amount - paid if self.issued_on <= day else 0


def generated(chance: random.Random) -> list[Item]:
    first = dt.date(2026, 5, 1)
    items = []
    for number in range(chance.randint(1, 9)):
        issued_on = first + dt.timedelta(days=chance.randint(0, 150))
        item = Item(
            f"I{number}",
            issued_on + dt.timedelta(days=chance.choice((0, 15, 30, 60))),
            chance.choice(("CNY", "CNY", "USD")),
            chance.choice((-40, 10, 70, 300)),
            issued_on,
        )
        for _payment in range(chance.randint(0, 3)):
            paid_on = issued_on + dt.timedelta(days=chance.randint(0, 120))
            item.payments[paid_on] = chance.choice((5, 10, item.amount // 2 or 1, item.amount, -3))
        items.append(item)
    return items


def plain_facts(
    items: Sequence[Item], days: Sequence[dt.date], ledgers: Sequence[dt.date]
) -> Mapping[str, Any]:
    """Return currency → (paid, paid × days, past due, past due × days), and the days of the oldest item: each item and
    each pair of reports looked at for itself."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    by_end = [day for day in days if day <= Q3.last_on]
    chain = [day for day in by_end if day < Q3.first_on][-1:] + [day for day in by_end if day >= Q3.first_on]
    oldest = 0
    for item in items:
        known_to = max(
            (day for day in ledgers if Q3.first_on <= day <= Q3.last_on and item.issued_on <= day),
            default=None,
        )
        for before, after in itertools.pairwise(chain):
            if known_to is not None and before < known_to:
                continue
            fall = item.open_on(before) - max(item.open_on(after), 0)
            if item.open_on(before) > 0 and fall > 0:
                possible = [
                    before + dt.timedelta(days=number) for number in range(1, (after - before).days + 1)
                ]
                paid_on = min(possible, key=lambda day: abs((day - item.due_on).days))
                sums[item.currency][0] += fall
                sums[item.currency][1] += fall * (paid_on - item.due_on).days
        if known_to is not None:
            day = Q3.first_on
            while day <= known_to:
                before_it = max(item.open_on(day - dt.timedelta(days=1)), 0)
                fall = before_it - max(item.open_on(day), 0)
                if fall > 0:
                    sums[item.currency][0] += fall
                    sums[item.currency][1] += fall * (day - item.due_on).days
                day += dt.timedelta(days=1)
        still_open, past_due = item.open_on(chain[-1]), (Q3.last_on - item.due_on).days
        if still_open > 0 and past_due > 0:
            sums[item.currency][2] += still_open
            sums[item.currency][3] += still_open * past_due
            oldest = max(oldest, past_due)
    return {"sums": {code: tuple(found) for code, found in sums.items() if any(found)}, "oldest": oldest}


@pytest.mark.parametrize("seed", range(24))
def test_generated_histories(seed: int) -> None:
    """Eight customers, reports on random days, some of them ledgers: SQL and the plain implementation agree."""
    chance = random.Random(seed)
    customers = [create_active_customer() for _number in range(8)]
    histories = {customer.pk: generated(chance) for customer in customers}
    possible = [dt.date(2026, 5, 20) + dt.timedelta(days=number) for number in range(160)]
    days = sorted(
        {
            *chance.sample(possible, chance.randint(1, 7)),
            Q3.first_on + dt.timedelta(days=chance.randint(0, 91)),
        }
    )
    ledgers = [day for day in days if chance.random() < 0.3]
    for day in days:
        report = create_report(
            as_of=day,
            lines=[
                Line(customer, item.due_on, str(item.open_on(day)), item.document, item.currency)
                for customer in customers
                for item in histories[customer.pk]
                if item.open_on(day)
            ],
        )
        for customer in customers if day in ledgers else ():
            for item in histories[customer.pk]:
                if item.issued_on <= day:
                    entries = [(item.document, item.due_on, item.issued_on, str(item.amount), False)]
                    entries += [
                        (item.document, item.due_on, paid_on, str(-amount), True)
                        for paid_on, amount in item.payments.items()
                    ]
                    store_entries(report, customer, entries, item.currency)
    found = quarter_facts([customer.pk for customer in customers], reports())
    for customer in customers:
        own = found.get(customer.pk, QuarterFacts())
        expected = plain_facts(histories[customer.pk], days, ledgers)
        told = {
            speed.currency: (
                speed.paid_amount, speed.paid_amount_days, speed.overdue_amount, speed.overdue_amount_days,
            )
            for speed in own.speeds
        }  # fmt: skip
        assert told == expected["sums"], (seed, customer.pk)
        assert (own.oldest.days_past_due if own.oldest else 0) == expected["oldest"]


def test_the_generated_histories_are_worth_it() -> None:
    """Payments early and late, several currencies, credits: otherwise the comparison would prove nothing."""
    items = [item for seed in range(24) for item in generated(random.Random(seed))]
    assert {item.currency for item in items} == {"CNY", "USD"}
    assert any(item.amount < 0 for item in items)
    late = [(paid - item.due_on).days for item in items for paid in item.payments]
    assert min(late) < 0 < max(late)

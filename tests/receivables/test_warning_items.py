"""Business and payments for early warnings, read in SQL (P5.1.1–P5.1.3): against the plain count, and by hand."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from creditrisk.dates import add_months, end_of_month
from creditrisk.policy.default import DEFAULT_POLICY
from customers.models import Customer
from receivables.models import FileKind, LedgerEntry, OpenItem, Report, ReportFlow, ReportState
from receivables.selectors.warning_items import (
    ItemFacts,
    average_by_report,
    horizon,
    item_facts,
    last_business_before,
)
from receivables.services.partitions import partition_for
from receivables.services.report_flows import store_flows
from tests.factories.customers import create_active_customer
from tests.factories.reports import Line, create_report
from tests.receivables.plain_warnings import Listed, Reports, business_of, late, newest_document

pytestmark = pytest.mark.django_db
RULES = DEFAULT_POLICY.warnings
ON = dt.date(2026, 11, 27)


def facts_of(customer: Customer, *, on: dt.date = ON) -> list[ItemFacts]:
    seen = horizon(on=on, rules=RULES)
    store_flows(seen)
    found = item_facts(seen, first_pk=customer.pk, last_pk=customer.pk)
    return found.get(customer.pk, [])


def store(customer: Customer, as_of: dt.date, lines: list[Listed]) -> Report:
    """Store a report with lines whose documents have dates of their own."""
    report = create_report(as_of=as_of)
    OpenItem.objects.bulk_create(
        OpenItem(
            report=report,
            as_of=as_of,
            customer=customer,
            row_number=row,
            document=line.document,
            document_on=line.document_on,
            due_on=line.due_on,
            currency="CNY",
            amount=line.amount,
            open_amount=line.open_amount,
        )
        for row, line in enumerate(lines, start=1)
    )
    return report


def made_up(seed: int) -> list[tuple[dt.date, list[Listed]]]:
    """Return 19 monthly reports of a made-up customer: partial payments, credits, documents entered late, paid before
    they were seen, or listed again after a gap."""
    chance = random.Random(seed)
    documents = []
    for number in range(chance.randint(20, 60)):
        written = dt.date(2025, 5, 1) + dt.timedelta(days=chance.randint(0, 570))
        amount = Decimal(chance.randint(-20_000, 200_000)) / 100 or Decimal(1)
        due = written + dt.timedelta(days=chance.choice([0, 30, 60]))
        entered = written + dt.timedelta(days=chance.choice([0, 0, 0, 20, 45]))
        paid = [
            (due + dt.timedelta(days=chance.randint(-40, 120)), amount * chance.choice([1, 2]) / 2)
            for _payment in range(chance.randint(0, 2))
        ]
        documents.append((f"D{number}", written, due, amount, entered, paid, chance.random() < 0.1))
    reports: list[tuple[dt.date, list[Listed]]] = []
    for back in range(18, -1, -1):
        as_of = end_of_month(add_months(dt.date(2026, 11, 15), -back - 1))
        lines = []
        for place, (name, written, due, amount, entered, paid, has_gap) in enumerate(documents):
            left = amount - sum((part for day, part in paid if day <= as_of), Decimal())
            is_over = left <= 0 if amount > 0 else left >= 0
            if entered > as_of or is_over or (has_gap and (as_of.month + place) % 3 == 0):
                continue
            lines.append(Listed(name, written, due, amount, left.quantize(Decimal("0.01"))))
        reports.append((as_of, lines))
    return reports


@pytest.mark.parametrize("seed", range(12))
def test_the_database_counts_as_a_person_with_paper_does(seed: int) -> None:
    """Business of the seven months to October, the newest document, and both sums of days late."""
    customer = create_active_customer()
    reports: Reports = made_up(seed)
    for as_of, lines in reports:
        store(customer, as_of, list(lines))
    (facts,) = facts_of(customer)
    recent_from = ON - dt.timedelta(days=90)
    assert [month for month, _amount in facts.months] == [dt.date(2026, number, 1) for number in range(4, 11)]
    for month, amount in facts.months:
        assert amount == business_of(reports, month), month
    assert facts.newest_on == newest_document(reports)
    assert (facts.recent.amount, facts.recent.amount_days) == late(reports, after=recent_from, until=ON)
    assert (facts.baseline.amount, facts.baseline.amount_days) == late(
        reports, after=add_months(recent_from, -12), until=recent_from
    )


def test_currencies_stay_apart_and_credits_are_no_business() -> None:
    """CNY 100 and a credit of 40, USD 70, all dated 2026-10-15: business 100 and 70."""
    customer = create_active_customer()
    due = dt.date(2026, 11, 14)
    create_report(
        as_of=dt.date(2026, 10, 31),
        lines=[
            Line(customer, due, "100.00"),
            Line(customer, due, "-40.00"),
            Line(customer, due, "70.00", currency="USD"),
        ],
    )
    amounts = {facts.currency: facts.months[-1][1] for facts in facts_of(customer)}
    assert amounts == {"CNY": Decimal("100.00"), "USD": Decimal("70.00")}


def test_a_document_without_a_date_was_written_when_it_was_seen_at_the_latest() -> None:
    """Due on 2026-12-20, listed on 2026-10-31 without a date: business of October, not of December."""
    customer = create_active_customer()
    report = create_report(as_of=dt.date(2026, 10, 31))
    OpenItem.objects.create(
        report=report, as_of=report.as_of, customer=customer, row_number=1, document="A",
        due_on=dt.date(2026, 12, 20), currency="CNY", amount=50, open_amount=50,
    )  # fmt: skip
    (facts,) = facts_of(customer)
    assert facts.newest_on == dt.date(2026, 10, 31)
    assert facts.months[-1] == (dt.date(2026, 10, 1), Decimal("50.00"))


def test_superseded_later_and_aged_reports_say_nothing() -> None:
    customer = create_active_customer()
    line = [Line(customer, dt.date(2026, 11, 14), "100.00")]
    create_report(as_of=dt.date(2026, 10, 31), lines=line, state=ReportState.SUPERSEDED)
    create_report(as_of=dt.date(2026, 11, 28), lines=line)
    aged = create_report(as_of=dt.date(2026, 10, 30), lines=line)
    Report.objects.filter(pk=aged.pk).update(file_kind=FileKind.AGED_TABLE)
    seen = horizon(on=ON, rules=RULES)
    assert (seen.reports, seen.last_on, seen.first_on, seen.knows_month) == ((), None, None, False)
    assert facts_of(customer) == []
    assert last_business_before(seen, [customer.pk]) == {}
    assert average_by_report(seen, [customer.pk]) == {}


@pytest.mark.parametrize(("as_of", "known"), [(dt.date(2026, 10, 30), False), (dt.date(2026, 10, 31), True)])
def test_a_month_is_known_once_a_report_shows_its_last_day(as_of: dt.date, known: bool) -> None:
    create_report(as_of=as_of)
    assert horizon(on=ON, rules=RULES).knows_month is known


def test_reports_before_the_baseline_are_read_only_for_the_last_business() -> None:
    """The baseline of 2026-11-27 begins on 2025-08-29; the report of 2025-07-31 is the one before, 2025-06-30 is
    older."""
    customer = create_active_customer()
    for as_of in (dt.date(2025, 6, 30), dt.date(2025, 7, 31), dt.date(2025, 8, 31)):
        lines = [Line(customer, dt.date(2025, 7, 15), "100.00", "A")] if as_of.month == 6 else []
        create_report(as_of=as_of, lines=lines)
    seen = horizon(on=ON, rules=RULES)
    assert [report.as_of.month for report in seen.reports] == [7, 8]
    assert [report.as_of.month for report in seen.older] == [6]
    assert seen.first_on == dt.date(2025, 6, 30)
    assert [facts.newest_on for facts in facts_of(customer)] == [None]  # only that it was paid since
    assert last_business_before(seen, [customer.pk]) == {customer.pk: dt.date(2025, 6, 15)}


def ledger(customer: Customer, as_of: dt.date, entries: list[tuple[str, str, str, str, str]]) -> Report:
    """Store a ledger: document, document date, due date, booked on, amount (negative: paid)."""
    report = create_report(as_of=as_of)
    Report.objects.filter(pk=report.pk).update(file_kind=FileKind.LEDGER)
    partition_for(LedgerEntry._meta.db_table, as_of)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            report=report, as_of=as_of, customer=customer, row_number=row, document=document,
            document_on=dt.date.fromisoformat(written), due_on=dt.date.fromisoformat(due), currency="CNY",
            amount=Decimal(amount), booked_on=dt.date.fromisoformat(booked), is_payment=Decimal(amount) < 0,
        )
        for row, (document, written, due, booked, amount) in enumerate(entries, start=1)
    )  # fmt: skip
    return report


def test_a_ledger_tells_invoices_and_payments_by_their_days() -> None:
    """A (100, due 2026-03-31) was paid 10 days late on 2026-04-10: baseline. B (200, due 2026-08-09) was open on
    2026-08-29 (90 days before the run), 20 days past due: baseline as well, and paid 40 days late on 2026-09-18:
    recent. Baseline 100·10 + 200·20 = 5,000 over 300; recent 200·40 = 8,000 over 200. No report listed either."""
    customer = create_active_customer()
    ledger(
        customer,
        dt.date(2026, 10, 31),
        [
            ("A", "2026-03-01", "2026-03-31", "2026-03-01", "100"),
            ("A", "2026-03-01", "2026-03-31", "2026-04-10", "-100"),
            ("B", "2026-07-10", "2026-08-09", "2026-07-10", "200"),
            ("B", "2026-07-10", "2026-08-09", "2026-09-18", "-200"),
        ],
    )
    (facts,) = facts_of(customer)
    assert (facts.baseline.amount, facts.baseline.amount_days) == (Decimal(300), Decimal(5_000))
    assert (facts.recent.amount, facts.recent.amount_days) == (Decimal(200), Decimal(8_000))
    assert (facts.oldest_on, facts.newest_on) == (dt.date(2026, 3, 1), dt.date(2026, 7, 10))
    assert dict(facts.months)[dt.date(2026, 7, 1)] == Decimal(200)


def test_what_a_ledger_tells_is_not_counted_again_from_the_reports() -> None:
    """C (300, dated 2026-08-15, due 2026-09-14) is in the ledger to 2026-09-30 and in the report of that ledger; it is
    gone on 2026-10-31. Its payment is after the ledger: seen between the two, 17 days late at least."""
    customer = create_active_customer()
    written, due = dt.date(2026, 8, 15), dt.date(2026, 9, 14)
    report = ledger(customer, dt.date(2026, 9, 30), [("C", "2026-08-15", "2026-09-14", "2026-08-15", "300")])
    OpenItem.objects.create(
        report=report, as_of=report.as_of, customer=customer, row_number=1, document="C", document_on=written,
        due_on=due, currency="CNY", amount=300, open_amount=300,
    )  # fmt: skip
    create_report(as_of=dt.date(2026, 10, 31))
    (facts,) = facts_of(customer)
    assert dict(facts.months)[dt.date(2026, 8, 1)] == Decimal(300)
    assert (facts.recent.amount, facts.recent.amount_days) == (Decimal(300), Decimal(300 * 17))


def test_a_ledger_without_entries_counts_as_a_report() -> None:
    customer = create_active_customer()
    ledger(customer, dt.date(2026, 10, 31), [])
    seen = horizon(on=ON, rules=RULES)
    assert (seen.ledger, seen.first_on) == (None, dt.date(2026, 10, 31))


def test_the_chart_shows_the_average_of_each_report() -> None:
    """Gone by 2026-09-30: due 2026-08-31, so 1 day late at least; by 2026-10-31: due 2026-08-31, 31 days."""
    customer = create_active_customer()
    due = dt.date(2026, 8, 31)
    both = [Line(customer, due, "100.00", "A"), Line(customer, due, "100.00", "B")]
    create_report(as_of=due, lines=both)
    create_report(as_of=dt.date(2026, 9, 30), lines=both[1:])
    create_report(as_of=dt.date(2026, 10, 31))
    seen = horizon(on=ON, rules=RULES)
    store_flows(seen)
    found: Any = average_by_report(seen, [customer.pk])
    assert found == {
        (customer.pk, "CNY"): [
            (dt.date(2026, 9, 30), Decimal("1.0")),
            (dt.date(2026, 10, 31), Decimal("31.0")),
        ]
    }


def test_as_many_queries_for_many_customers_as_for_one() -> None:
    customers = [create_active_customer() for _number in range(5)]
    create_report(
        as_of=dt.date(2026, 10, 31),
        lines=[Line(customer, dt.date(2026, 11, 14), "100.00") for customer in customers],
    )
    seen = horizon(on=ON, rules=RULES)
    store_flows(seen)
    with CaptureQueriesContext(connection) as queries:
        found = item_facts(seen, first_pk=customers[0].pk, last_pk=customers[-1].pk)
    assert (len(found), len(queries)) == (5, 1)


def test_flows_are_stored_once_for_a_report_and_anew_when_the_one_before_changes() -> None:
    """Three reports: three are stored, then none. A report in between changes what it and the next one stand beside."""
    for as_of in (dt.date(2026, 8, 31), dt.date(2026, 9, 30), dt.date(2026, 10, 31)):
        create_report(as_of=as_of)
    assert store_flows(horizon(on=ON, rules=RULES)) == 3
    assert store_flows(horizon(on=ON, rules=RULES)) == 0
    create_report(as_of=dt.date(2026, 10, 15))
    assert store_flows(horizon(on=ON, rules=RULES)) == 2
    assert store_flows(horizon(on=ON, rules=RULES)) == 0


def test_flows_of_two_files_that_become_one_add_up() -> None:
    customer, other = create_active_customer(), create_active_customer()
    due = dt.date(2026, 11, 14)
    create_report(
        as_of=dt.date(2026, 10, 31), lines=[Line(customer, due, "100.00"), Line(other, due, "30.00")]
    )
    assert facts_of(customer)[0].months[-1][1] == Decimal("100.00")
    with pgtrigger.ignore("receivables.ReportFlow:report_flows_are_final"):  # as the merge of two files does
        ReportFlow.objects.filter(customer=other).update(customer=customer)
    assert facts_of(customer)[0].months[-1][1] == Decimal("130.00")

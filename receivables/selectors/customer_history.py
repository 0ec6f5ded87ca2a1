"""How a customer's balance, and a single item, developed over the reports in force."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from customers.models import Customer
from receivables.models import AgingSum, LedgerEntry, OpenItem, Report, ReportState
from receivables.selectors.payment_record import PaymentRecord, payment_records
from receivables.selectors.reports import committed_reports

SHOWN_REPORTS = 24
TREND_MONTHS, YEAR_MONTHS = 3, 12
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Balance:
    """What was open on the day of a report, and how much of it was overdue, credits netted."""

    as_of: dt.date
    total_amount: Decimal
    overdue_amount: Decimal


def balance_history(customer: Customer, *, on: dt.date) -> dict[str, list[Balance]]:
    """Return currency → the balances of the last reports up to a day, oldest first; a report without the customer is a
    balance of nothing. Two queries.
    """
    reports = list(committed_reports().filter(as_of__lte=on)[:SHOWN_REPORTS])
    found: dict[str, dict[int, AgingSum]] = defaultdict(dict)
    for row in AgingSum.objects.filter(customer=customer, report__in=reports):
        found[row.currency][row.report_id] = row
    return {
        currency: [
            Balance(
                report.as_of,
                rows[report.pk].total_amount if report.pk in rows else NOTHING,
                rows[report.pk].overdue_amount if report.pk in rows else NOTHING,
            )
            for report in reversed(reports)
        ]
        for currency, rows in sorted(found.items())
    }


@dataclass(frozen=True)
class Behaviour:
    """How a customer pays in one currency: over a year, and over the last three months for the trend.

    `trend_days` is how many days later he paid in the last three months than over the year; negative: earlier.
    """

    year: PaymentRecord
    trend_days: Decimal | None


def payment_behaviour(customer: Customer, *, on: dt.date) -> list[Behaviour]:
    """Return how the customer pays, by currency, from the reports in force up to a day. Two queries."""
    year = payment_records([customer.pk], on=on, months=YEAR_MONTHS).get(customer.pk, [])
    recent = {
        record.currency: record.average_days_late
        for record in payment_records([customer.pk], on=on, months=TREND_MONTHS).get(customer.pk, [])
    }
    return [
        Behaviour(record, _difference(recent.get(record.currency), record.average_days_late))
        for record in year
    ]


def _difference(recent: Decimal | None, usual: Decimal | None) -> Decimal | None:
    return None if recent is None or usual is None else recent - usual


@dataclass(frozen=True)
class Sighting:
    """An item in one report in force; `open_amount` is None where it is not in it any more."""

    report: Report
    open_amount: Decimal | None
    days_past_due: int


def item_sightings(customer: Customer, *, document: str, due_on: dt.date, currency: str) -> list[Sighting]:
    """Return what the reports in force say of an item, from the first that knows it on, oldest first; empty where none
    does. Two queries.
    """
    lines = OpenItem.objects.filter(
        customer=customer,
        document=document,
        due_on=due_on,
        currency=currency,
        report__state=ReportState.COMMITTED,
    )
    amounts = dict(lines.values_list("report").annotate(open=Sum("open_amount")).order_by())
    if not amounts:
        return []
    reports = list(committed_reports().order_by("as_of"))
    first = next(place for place, report in enumerate(reports) if report.pk in amounts)
    return [
        Sighting(report, amounts.get(report.pk), (report.as_of - due_on).days) for report in reports[first:]
    ]


def item_entries(customer: Customer, *, document: str, due_on: dt.date, currency: str) -> list[LedgerEntry]:
    """Return the entries of an item in the latest ledger in force that knows it: invoice and payments. One query."""
    entries = LedgerEntry.objects.filter(
        customer=customer,
        document=document,
        due_on=due_on,
        currency=currency,
        report__state=ReportState.COMMITTED,
    ).order_by("-as_of", "booked_on", "pk")
    found = list(entries)
    return [entry for entry in found if entry.as_of == found[0].as_of]

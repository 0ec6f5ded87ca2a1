"""Reports with sums and totals for tests of supervision, and random histories of invoices and payments."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from customers.models import Customer
from receivables.models import AgingSum, AgingTotal, Report, ReportState
from tests.factories.reports import Line, create_report, store_sums

ENDS = tuple(
    dt.date(2026, month, day) for month, day in enumerate((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1)
)
"""The month ends of 2026."""


def committed(as_of: dt.date, lines: Iterable[Line], *, state: ReportState = ReportState.COMMITTED) -> Report:
    """Return a report with items, sums and totals, as a commit leaves it."""
    report = create_report(as_of=as_of, lines=lines, state=state)
    store_sums(report)
    rows = list(AgingSum.objects.filter(report=report))
    for currency in sorted({row.currency for row in rows}):
        own = [row for row in rows if row.currency == currency]
        AgingTotal.objects.create(
            report=report,
            currency=currency,
            debit_amounts=[sum(parts) for parts in zip(*(row.debit_amounts for row in own), strict=True)],
            credit_amounts=[sum(parts) for parts in zip(*(row.credit_amounts for row in own), strict=True)],
            total_amount=sum(row.total_amount for row in own),
            overdue_amount=sum(row.overdue_amount for row in own),
            items=sum(row.items for row in own),
            customers=len(own),
        )
    return report


@dataclass(frozen=True)
class MadeInvoice:
    """An invoice of a history: paid whole on `paid_on`, or (None) never."""

    customer: int
    document: str
    written_on: dt.date
    due_on: dt.date
    amount: Decimal
    paid_on: dt.date | None
    currency: str = "CNY"

    def is_open(self, day: dt.date) -> bool:
        """Return whether a report as of `day` lists it."""
        return self.written_on <= day and (self.paid_on is None or self.paid_on > day)


def made_history(
    seed: int, *, customers: int, invoices: int, currencies: Sequence[str] = ("CNY",)
) -> list[MadeInvoice]:
    """Return random invoices of 2026, the same for the same seed."""
    dice = random.Random(seed)
    made = []
    for number in range(invoices):
        written_on = dt.date(2026, 1, 1) + dt.timedelta(days=dice.randrange(200))
        paid_on = written_on + dt.timedelta(days=dice.randrange(5, 150)) if dice.random() < 0.8 else None
        made.append(
            MadeInvoice(
                customer=dice.randrange(customers),
                document=f"R{number}",
                written_on=written_on,
                due_on=written_on + dt.timedelta(days=dice.choice((30, 60))),
                amount=Decimal(dice.randrange(1, 10**6)) / 100,
                paid_on=paid_on,
                currency=dice.choice(currencies),
            )
        )
    return made


def reports_of(
    history: Sequence[MadeInvoice], customers: Sequence[Customer], days: Iterable[dt.date]
) -> list[Report]:
    """Return the reports of a history as of some days."""
    return [
        committed(
            day,
            [
                Line(customers[one.customer], one.due_on, str(one.amount), one.document, one.currency)
                for one in history
                if one.is_open(day)
            ],
        )
        for day in days
    ]


def sold_between(history: Sequence[MadeInvoice], first: dt.date, last: dt.date) -> dict[str, Decimal]:
    """Return currency → the invoices that are open on the last day and were not on the first, counted by hand."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for one in history:
        if one.is_open(last) and not one.is_open(first):
            found[one.currency] += one.amount
    return dict(found)

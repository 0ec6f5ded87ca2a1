"""What we owe customers, and what is left of their debts when both are weighed against each other (P3.4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from django.db.models import QuerySet

from customers.models import Customer
from receivables.models import AgingSum, PayableItem, PayableSum, Report, ReportKind
from receivables.selectors.reports import report_for

NOTHING = Decimal("0.00")
Row = TypeVar("Row", AgingSum, PayableSum)


@dataclass(frozen=True)
class NetExposure:
    """Both sides of one currency: `receivable_amount` is what the customer owes us, credits netted, the gross exposure;
    `payable_amount` what we owe him. A set-off has to be agreed: the credit check counts the gross exposure.
    """

    currency: str
    receivable_amount: Decimal
    overdue_amount: Decimal
    payable_amount: Decimal

    @property
    def net_amount(self) -> Decimal:
        """Receivables less payables: below zero where we owe more than we are owed."""
        return self.receivable_amount - self.payable_amount


@dataclass(frozen=True)
class Position:
    """What is open on both sides, by the latest reports up to a day; each has its own date, either may be missing."""

    receivables: Report | None
    payables: Report | None
    exposures: tuple[NetExposure, ...]


def position_of(customer: Customer, *, on: dt.date) -> Position:
    """Return the customer's receivables, payables and net exposure by currency, from the reports that describe the day
    `on`. At most four queries; currencies are never added.
    """
    return position_beside(report_for(on), customer=customer, on=on)


def position_beside(receivables: Report | None, *, customer: Customer, on: dt.date) -> Position:
    """Return the position with the receivables of one report, in force or superseded (None: there is none)."""
    payables = report_for(on, kind=ReportKind.PAYABLES)
    owed = _by_currency(AgingSum.objects.filter(report=receivables, customer=customer)) if receivables else {}
    owing = _by_currency(PayableSum.objects.filter(report=payables, customer=customer)) if payables else {}
    return Position(
        receivables=receivables,
        payables=payables,
        exposures=tuple(
            NetExposure(
                currency=currency,
                receivable_amount=owed[currency].total_amount if currency in owed else NOTHING,
                overdue_amount=owed[currency].overdue_amount if currency in owed else NOTHING,
                payable_amount=owing[currency].total_amount if currency in owing else NOTHING,
            )
            for currency in sorted({*owed, *owing})
        ),
    )


def _by_currency(sums: QuerySet[Row]) -> dict[str, Row]:
    return {row.currency: row for row in sums}


def payables_to(customer: Customer, *, report: Report) -> QuerySet[PayableItem]:
    """Return what we owe the customer by a report of payables, item by item."""
    return PayableItem.objects.filter(report=report, as_of=report.as_of, customer=customer)

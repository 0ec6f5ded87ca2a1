"""How fast a customer paid in a quarter, and what he owed longest at its end (P5.2.2). Plain facts, no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PaymentSpeed:
    """What was paid within a quarter, and what was open and past due at its end, in one currency.

    `paid_amount_days` and `overdue_amount_days` are the same amounts, each times the calendar days after its due date:
    negative for what was paid early. `payments` and `overdue_items` say how many there were.
    """

    currency: str
    paid_amount: Decimal
    paid_amount_days: Decimal
    payments: int
    overdue_amount: Decimal
    overdue_amount_days: Decimal
    overdue_items: int

    @property
    def average_days_late(self) -> Decimal:
        """The days late, weighted by amount: 100.00 paid on time and 300.00 open for 20 days are 6,000 / 400 = 15."""
        return (self.paid_amount_days + self.overdue_amount_days) / (self.paid_amount + self.overdue_amount)


@dataclass(frozen=True, slots=True)
class OldestItem:
    """The item that was open and past due longest at the end of a quarter; `days_past_due` are calendar days."""

    document: str
    due_on: date
    days_past_due: int
    currency: str
    open_amount: Decimal


@dataclass(frozen=True, slots=True)
class QuarterFacts:
    """How one customer paid in a quarter: one entry for each currency in which something was paid or past due, by
    currency; nothing was due where there is none. `oldest` is None where nothing was past due at the end.
    """

    speeds: tuple[PaymentSpeed, ...] = ()
    oldest: OldestItem | None = None


def slowest(speeds: Iterable[PaymentSpeed]) -> PaymentSpeed | None:
    """Return the currency in which a customer paid slowest: amounts in several are never added. None for none."""
    return max(speeds, key=lambda speed: speed.average_days_late, default=None)

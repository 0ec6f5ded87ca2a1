"""Whom to call first: overdue amount × days overdue × weight of the grade (P5.2.3). Pure rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from creditrisk.exchange_rates.conversion import Rates
from creditrisk.money import to_cents
from creditrisk.policy.schema import GradeWeights


@dataclass(frozen=True)
class Priority:
    """The number by which the work list is ordered, and what it is made of.

    `amount` is what is overdue, in the base currency; the amounts in `currencies_without_rate` count as they are.
    `days` is the age of the oldest item; `weight` that of the grade.
    """

    amount: Decimal
    days: int
    weight: Decimal
    currencies_without_rate: tuple[str, ...] = ()

    @property
    def value(self) -> Decimal:
        """The larger, the earlier; 0 where nothing is overdue."""
        return to_cents(self.amount * self.days * self.weight)


def priority(
    overdue: Mapping[str, Decimal], *, oldest_days: int, grade: str, weights: GradeWeights, rates: Rates
) -> Priority:
    """Return the priority of a customer who owes `overdue` (currency → amount), the oldest item for `oldest_days`.

    A balance in our disfavour (credits above what is overdue) counts nothing, and a future due date has no days.
    """
    total, without_rate = Decimal(0), []
    for currency, amount in sorted(overdue.items()):
        if amount <= 0:
            continue
        if currency in rates.by_currency:
            total += rates.in_base(amount, currency)
        else:
            total += amount
            without_rate.append(currency)
    return Priority(total, max(oldest_days, 0), weights.of(grade), tuple(without_rate))

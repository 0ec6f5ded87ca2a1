"""Aging: how old an open item is on a date, and which bucket that is ("Aging" of the policy, P5.2.2).

Pure rules. The product sums in SQL when a report is committed; `aged_totals` is the slow, plain statement of
the same rule that the SQL is compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditrisk.policy.schema import AgingBucket


@dataclass(frozen=True)
class AgedItem:
    """One open item. `open_amount` is in `currency`; credit notes and advances are negative."""

    customer: str
    currency: str
    due_on: date
    open_amount: Decimal


@dataclass(frozen=True)
class AgedTotals:
    """The sums of one customer in one currency: one entry per bucket, in the order of the policy's buckets.

    `credit_amounts` are negative or zero. Credits in their own column or netted: the total is the same.
    """

    debit_amounts: tuple[Decimal, ...]
    credit_amounts: tuple[Decimal, ...]

    @property
    def net_amounts(self) -> tuple[Decimal, ...]:
        """Debits less credits, per bucket."""
        return tuple(
            debit + credit for debit, credit in zip(self.debit_amounts, self.credit_amounts, strict=True)
        )

    @property
    def total_amount(self) -> Decimal:
        """Everything open, credits netted."""
        return sum(self.debit_amounts, Decimal()) + sum(self.credit_amounts, Decimal())

    @property
    def overdue_amount(self) -> Decimal:
        """The total less the first bucket (not due), credits netted."""
        return sum(self.net_amounts[1:], Decimal())


def days_past_due(due_on: date, as_of: date) -> int:
    """Return the age of an item in calendar days: 0 on the due date, negative before it."""
    return (as_of - due_on).days


def bucket_index(days: int, buckets: Sequence[AgingBucket]) -> int:
    """Return the position of the bucket that holds `days` past due; an upper bound belongs to its bucket.

    The policy guarantees that the bounds rise and that the last bucket has none.
    """
    return sum(bucket.up_to_days is not None and days > bucket.up_to_days for bucket in buckets)


def bucket_label(index: int, buckets: Sequence[AgingBucket]) -> str:
    """Return the days that bucket `index` covers, readable in every language: "≤ 0", "1–30", "> 365"."""
    upper = buckets[index].up_to_days
    lower = buckets[index - 1].up_to_days if index else None
    if lower is None:
        return f"≤ {upper}"
    if upper is None:
        return f"> {lower}"
    return f"{lower + 1}–{upper}"


def aged_totals(
    items: Iterable[AgedItem], as_of: date, buckets: Sequence[AgingBucket]
) -> dict[tuple[str, str], AgedTotals]:
    """Return the sums per (customer, currency); balances in several currencies are never added."""
    debits: dict[tuple[str, str], list[Decimal]] = {}
    credits_: dict[tuple[str, str], list[Decimal]] = {}
    for item in items:
        key = (item.customer, item.currency)
        debit = debits.setdefault(key, [Decimal()] * len(buckets))
        credit = credits_.setdefault(key, [Decimal()] * len(buckets))
        column = credit if item.open_amount < 0 else debit
        column[bucket_index(days_past_due(item.due_on, as_of), buckets)] += item.open_amount
    return {key: AgedTotals(tuple(debits[key]), tuple(credits_[key])) for key in debits}

"""Liquidated damages 违约金 on overdue items: simple, by calendar day, capped (P5.2.3). Pure rules.

Which days count. A day counts when it lies after the due date and up to and including the day D that is asked for:
days = D − due date, as in the aging. What changes an item's balance on a day (a payment, a credit, an entry that is
taken back) counts **from the day after**: the day on which the customer pays is the last one for which he owes damages
on what he paid. What is paid on the due date or before it was paid in time: it lowers the amount that damages start
from.

    100.00 due on 1 March, 40.00 paid on 11 March, asked for 21 March, 0.05 % a day:
    2–11 March, 10 days on 100.00: 0.50; 12–21 March, 10 days on 60.00: 0.30; together 0.80.

The cap is a share of the item, and the item is what was open when it fell due: later payments do not lower a cap, as
they do not clear what has accrued. Where a balance rises later (a cheque bounced, an entry came late), the highest one
since the due date counts. A balance of nothing or a credit bears no damages, and nothing is taken off for it.

Amounts are added unrounded and rounded half-up to the cent once per item, so that cutting an item's days into periods
changes nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TypeVar

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
DAY = timedelta(days=1)
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Change:
    """By how much an item's balance changed on a day, in its currency: what is invoiced is above zero, what is paid or
    credited below.
    """

    on: date
    amount: Decimal


@dataclass(frozen=True)
class Period:
    """Days on which the balance was the same: from `from_on` to `to_on`, **both inclusive**, `days` of them.

    `amount` is what accrued in them, not rounded. A period in which the cap is reached ends on that day; its amount is
    what was left up to the cap, and no period follows unless the balance rises.
    """

    from_on: date
    to_on: date
    days: int
    balance_amount: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Damages:
    """The damages on one item, in its currency: `amount` to the cent, at most `cap_amount` (not rounded).

    `base_amount` is the balance that the cap is a share of; `capped_on` the day on which the cap was reached, None
    while it is not.
    """

    periods: tuple[Period, ...]
    base_amount: Decimal
    cap_amount: Decimal
    amount: Decimal
    capped_on: date | None = None


def damages_of(
    changes: Iterable[Change], *, due_on: date, on: date, daily_ratio: Decimal, cap_ratio: Decimal
) -> Damages:
    """Return the damages that accrued on an item up to and including the day `on` (P5.2.3).

    `changes` in any order; those after `on` do not count. 1,000.00 due on 1 January, 600.00 paid on 11 January, 0.05 %
    a day capped at 20 %: 10 days on 1,000.00 are 5.00; the rest up to the cap of 200.00 accrues on 400.00, 0.20 a day,
    so that the cap is reached after 195 / 0.20 = 975 more days.
    """
    periods: list[Period] = []
    base_amount = accrued = cap_amount = NOTHING
    capped_on: date | None = None
    for first_on, end_on, balance in _stretches(changes, due_on=due_on, on=on):
        base_amount = max(base_amount, balance)
        cap_amount = cap_ratio * base_amount
        left = cap_amount - accrued
        if balance <= 0 or left <= 0:
            continue
        capped_on = None
        days, a_day = (end_on - first_on).days, balance * daily_ratio
        amount = a_day * days
        if amount >= left:
            days = int((left / a_day).to_integral_value(rounding=ROUND_CEILING))
            amount, capped_on = left, first_on + (days - 1) * DAY
        periods.append(Period(first_on, first_on + (days - 1) * DAY, days, balance, amount))
        accrued += amount
    total = accrued.quantize(CENT, rounding=ROUND_HALF_UP)
    return Damages(tuple(periods), base_amount, cap_amount, total, capped_on)


def exact(amount: Decimal) -> str:
    """Return an amount that is not rounded, in threes, with all its places and at least two: 1,234.50, 0.0495."""
    digits = amount.normalize().as_tuple().exponent
    assert isinstance(digits, int)  # never an infinity
    return f"{amount:,.{max(-digits, 2)}f}"


def balance_on(changes: Iterable[Change], on: date) -> Decimal:
    """Return what is open of an item at the end of the day `on`."""
    return sum((change.amount for change in changes if change.on <= on), NOTHING)


def liquidated_damages(
    open_amount: Decimal, *, days: int, daily_ratio: Decimal, cap_ratio: Decimal
) -> Decimal:
    """Return the damages on an item of which nothing was paid after it fell due, after `days` past due, to the cent.

    The short form of `damages_of` for such an item: simple, capped at `cap_ratio` of the item, rounded half-up; nothing
    before the due date or on a credit (P5.2.3).
    """
    if days <= 0 or open_amount <= 0:
        return NOTHING
    ratio = min(daily_ratio * days, cap_ratio)
    return (open_amount * ratio).quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Credit:
    """What was received, forfeited or waived in one currency; `item` where it was for one item, else for all of them.

    Below zero where such an entry was reversed.
    """

    amount: Decimal
    item: Hashable = None


def allocated(damages: Mapping[Key, Decimal], credits_: Sequence[Credit]) -> dict[Key, Decimal]:
    """Return how much of each item's damages is settled, for display; `damages` of one currency, oldest item first.

    What was for one item goes there first. The rest, and what an item's own credits exceed it by, goes to the oldest
    items first. Together that is all credits, or all damages where the credits are more. 5.00, 3.00 and 2.00 accrued,
    2.50 waived of the second, 6.00 received: settled 5.00, 2.50 + 0.50 and 0.50.
    """
    own: dict[Hashable, Decimal] = {}
    for credit in credits_:
        own[credit.item] = own.get(credit.item, NOTHING) + credit.amount
    settled = {key: max(min(own.get(key, NOTHING), amount), NOTHING) for key, amount in damages.items()}
    rest = sum(own.values(), NOTHING) - sum(settled.values(), NOTHING)
    for key, amount in damages.items():
        share = max(min(rest, amount - settled[key]), NOTHING)
        settled[key] += share
        rest -= share
    return settled


def _stretches(changes: Iterable[Change], *, due_on: date, on: date) -> list[tuple[date, date, Decimal]]:
    """Return the stretches of days with one balance after the due date: first day, the day after the last, balance."""
    by_day: dict[date, Decimal] = {}
    balance = NOTHING
    for change in changes:
        if change.on <= due_on:
            balance += change.amount
        elif change.on < on:
            by_day[change.on] = by_day.get(change.on, NOTHING) + change.amount
    cuts = [day for day, amount in sorted(by_day.items()) if amount]
    edges = [due_on + DAY, *(day + DAY for day in cuts), on + DAY]
    stretches = []
    for (first_on, end_on), day in zip(pairwise(edges), [None, *cuts], strict=True):
        balance += by_day[day] if day else NOTHING
        if first_on < end_on:
            stretches.append((first_on, end_on, balance))
    return stretches

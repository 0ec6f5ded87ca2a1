"""How well collection works: what notices recover, which promises are kept, and the collection effectiveness index (CEI
回收效率指数; P5.2.3, glossary). Pure rules.

Every figure is in one currency: two currencies are never added, for there is no rate here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, Self

WINDOW_DAYS = (7, 14, 30, 60)
"""Within how many days after a notice what was paid is looked at."""
USUAL_MONTHS = 6
MOST_MONTHS = 24

NOTHING = Decimal("0.00")
HUNDRED = Decimal(100)
TENTH = Decimal("0.1")

IndexGap = Literal["no_report", "no_report_before", "no_items", "nothing_to_collect"]
"""Why a month has no index: no report in force is as of a day in it, or in the month before; one of the two has no
items (an aging table, or lines dropped with age), so that nobody knows what was invoiced; nothing was to be collected.
"""


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Return the ratio of a part to the whole, not rounded; None where there is no whole above nothing.

    30 of 120 is 0.25; 0 of 120 is 0; anything of 0, or of a whole below 0, is no share.
    """
    return Decimal(part) / Decimal(whole) if whole > 0 else None


def percent(ratio: Decimal | None) -> Decimal | None:
    """Return a ratio as a percentage, half-up to a tenth: 0.6665 is 66.7, -0.0005 is -0.1; None stays None."""
    return None if ratio is None else (ratio * HUNDRED).quantize(TENTH, ROUND_HALF_UP)


@dataclass(frozen=True)
class Money:
    """Amounts or counts that belong to one currency and are added to others of the same."""

    currency: str

    def __add__(self, other: Self) -> Self:
        """Return the sums, field by field. Raises ValueError for another currency."""
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} are not added without a rate.")
        names = [field.name for field in fields(self) if field.name != "currency"]
        return type(self)(self.currency, *(getattr(self, name) + getattr(other, name) for name in names))


@dataclass(frozen=True)
class Receivables(Money):
    """What a month began and ended with: `opening_amount` and `closing_amount` are the receivables of the two month
    ends, credits netted; `current_amount` is the part of the closing ones that was not due yet; `invoiced_amount` are
    the invoices of the month.
    """

    opening_amount: Decimal = NOTHING
    invoiced_amount: Decimal = NOTHING
    closing_amount: Decimal = NOTHING
    current_amount: Decimal = NOTHING

    @property
    def collected_amount(self) -> Decimal:
        """What went out of the receivables: opening + invoiced − closing. Below nothing where balances rose that nobody
        invoiced.
        """
        return self.opening_amount + self.invoiced_amount - self.closing_amount

    @property
    def collectable_amount(self) -> Decimal:
        """What could have been collected: opening + invoiced − closing current."""
        return self.opening_amount + self.invoiced_amount - self.current_amount

    @property
    def index_ratio(self) -> Decimal | None:
        """The collection effectiveness index (CEI) as a ratio; None where nothing was to be collected.

        Opening 1,000, invoiced 500, closing 600, of it 450 not due: (1,000 + 500 − 600) ÷ (1,000 + 500 − 450) =
        900 ÷ 1,050 = 0.857. Everything that was due is paid where closing and closing current are the same: 1.
        """
        return share(self.collected_amount, self.collectable_amount)


@dataclass(frozen=True)
class Recovered(Money):
    """What notices demanded, and how much of it had fallen from the items' balances within some days.

    `known_amount` is the part of `demanded_amount` about which reports or ledgers can tell it; the rest counts neither
    for nor against.
    """

    demanded_amount: Decimal = NOTHING
    known_amount: Decimal = NOTHING
    recovered_amount: Decimal = NOTHING

    @property
    def ratio(self) -> Decimal | None:
        """The recovered share of what is known; None while nothing is. 300 of 400 known (1,000 demanded) is 0.75."""
        return share(self.recovered_amount, self.known_amount)


@dataclass(frozen=True)
class PromisesDecided(Money):
    """Promises that reports decided, by what became of them. `paid_amount` is what was paid of `promised_amount`."""

    kept: int = 0
    partly: int = 0
    broken: int = 0
    promised_amount: Decimal = NOTHING
    paid_amount: Decimal = NOTHING

    @property
    def decided(self) -> int:
        """How many were decided."""
        return self.kept + self.partly + self.broken

    @property
    def kept_ratio(self) -> Decimal | None:
        """The share that was kept, partly kept ones not: 2 kept, 1 partly, 1 broken is 0.5."""
        return share(self.kept, self.decided)

    @property
    def paid_ratio(self) -> Decimal | None:
        """The share of the promised amount that was paid: 1,200 of 2,000 is 0.6."""
        return share(self.paid_amount, self.promised_amount)


def reports_around(days: Sequence[date], issued_on: date, *, within: int) -> tuple[date, date] | None:
    """Return the days of the two reports that tell what fell within `within` days after a notice: the last one at its
    date or before, and the last one in the time after it. `days` are those of the reports in force, rising.

    None where they cannot tell: no report is as of the notice's date or before, none is as of a day in the time (the
    first day after the notice to the last, both counted), or the latest report is older than the last day. Whether the
    items are paid plays no part in it: that would flatter or spoil the ratio.
    """
    last_day = issued_on + timedelta(days=within)
    before, after = bisect_right(days, issued_on), bisect_right(days, last_day)
    if not before or before == after or days[-1] < last_day:
        return None
    return days[before - 1], days[after - 1]


def months_between(first: date, last: date) -> tuple[date, ...]:
    """Return the first days of the months from that of `first` to that of `last`, both counted."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return tuple(date(index // 12, index % 12 + 1, 1) for index in range(start, end + 1))


def usual_months(today: date) -> tuple[date, date]:
    """Return the first days of the first and the last of the whole months that are over before `today`."""
    last = date(today.year, today.month, 1) - timedelta(days=1)
    index = last.year * 12 + last.month - USUAL_MONTHS
    return date(index // 12, index % 12 + 1, 1), last.replace(day=1)

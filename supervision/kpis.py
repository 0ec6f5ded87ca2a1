"""The figures by which leaders watch credit (P3.1 e, P3.2.4, glossary): days sales outstanding, migration of grades,
roll rates, concentration. Pure rules.

Every amount is in one currency. Ratios are not rounded; None means that the figure does not exist, never nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from creditrisk.policy.schema import GRADES
from receivables.effectiveness import share

UNGRADED = ""
DSO_MONTHS = 3
"""Over how many months of sales the days sales outstanding are reckoned."""
COUNT_BACK_MONTHS = 12
"""How many months of sales are counted back at most."""
TOP_CUSTOMERS = 10
MONTH_DAYS_MIN, MONTH_DAYS_MAX = 27, 35
"""Two month ends lie that many days apart: only then a roll rate says how much grew older by a month."""


@dataclass(frozen=True)
class Sales:
    """The credit sales of `days` calendar days: the invoices that came in a period."""

    amount: Decimal
    days: int


def dso(receivables_amount: Decimal, sales: Sequence[Sales]) -> Decimal | None:
    """Return the days sales outstanding (DSO 应收账款周转天数): receivables at the end ÷ credit sales of the time
    before × its days. None without sales.

    Receivables 400, sales of 600 in 90 days: 400 ÷ 600 × 90 = 60 days. Receivables below nothing (customers have paid
    ahead) give days below nothing.
    """
    amount = sum((one.amount for one in sales), Decimal(0))
    ratio = share(receivables_amount, amount)
    return None if ratio is None else ratio * sum(one.days for one in sales)


def dso_by_count_back(receivables_amount: Decimal, sales: Sequence[Sales]) -> Decimal | None:
    """Return the days sales outstanding by counting back: `sales` are of single months, the latest first; whole months
    are taken off the receivables until the rest is less than a month's sales, of which it is a share.

    Receivables 250, sales 100 in 30 days, before 200 in 31: 30 + (250 − 100) ÷ 200 × 31 = 53.25 days. None where the
    known months sold less than is open; nothing open is 0 days.
    """
    left, days = receivables_amount, Decimal(0)
    for month in sales:
        if left <= 0:
            break
        if left < month.amount:
            return days + left / month.amount * month.days
        left -= month.amount
        days += month.days
    return days if left <= 0 else None


def concentration(largest: Iterable[Decimal], whole_amount: Decimal) -> Decimal | None:
    """Return the share of the largest exposures in the whole; None where nothing is open altogether.

    50 and 30 of 200 are 0.4. Customers whom we owe something make the whole smaller: the share may be above 1.
    """
    return share(sum(largest, Decimal(0)), whole_amount)


@dataclass(frozen=True)
class RollRate:
    """How much of one bucket had grown into the next a month later; `ratio` None where the bucket was empty."""

    bucket: int
    ratio: Decimal | None


def roll_rates(
    before: Sequence[Decimal], now: Sequence[Decimal], *, up_to_days: Sequence[int | None], days_between: int
) -> tuple[RollRate, ...]:
    """Return the roll rates (迁徙率) of buckets, by the number of the bucket that was left: what stands now in the next
    bucket ÷ what stood in the bucket a month before.

    `before` and `now` are debits by bucket, `up_to_days` the last day of each bucket. Only the steps into a bucket of
    about a month say something: in a wider one older debts stand beside those that came. 1–30 held 200, a month later
    31–60 holds 50: 0.25. None at all where the reports do not lie a month apart.
    """
    if not MONTH_DAYS_MIN <= days_between <= MONTH_DAYS_MAX:
        return ()
    found = []
    for bucket in range(len(up_to_days) - 1):
        last, end = up_to_days[bucket], up_to_days[bucket + 1]
        if last is not None and end is not None and MONTH_DAYS_MIN <= end - last <= MONTH_DAYS_MAX:
            found.append(RollRate(bucket, share(now[bucket + 1], before[bucket])))
    return tuple(found)


@dataclass(frozen=True)
class Migration:
    """Grades at two times: `counts` maps (grade then, grade now) to how many customers; UNGRADED is no grade."""

    counts: Mapping[tuple[str, str], int]

    def count(self, was: str, now: str) -> int:
        """Return how many customers went from one grade to the other."""
        return self.counts.get((was, now), 0)

    @property
    def graded_twice(self) -> int:
        """How many had a grade both times."""
        return sum(count for (was, now), count in self.counts.items() if was and now)

    @property
    def downgraded(self) -> int:
        """How many are worse than they were."""
        return sum(count for (was, now), count in self.counts.items() if was and now and now > was)

    @property
    def upgraded(self) -> int:
        """How many are better than they were."""
        return sum(count for (was, now), count in self.counts.items() if was and now and now < was)

    @property
    def downgraded_ratio(self) -> Decimal | None:
        """The share of those with a grade both times that are worse: 2 of 8 is 0.25; None where there are none."""
        return share(self.downgraded, self.graded_twice)

    def mix(self) -> dict[str, int]:
        """Return grade → how many have it now, from A to D, then those without one."""
        found = dict.fromkeys((*GRADES, UNGRADED), 0)
        for (_was, now), count in self.counts.items():
            found[now] += count
        return found

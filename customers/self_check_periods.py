"""Which stretch of time a contract's self-check is about (P3.2.3). Pure rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from creditrisk.dates import add_months


@dataclass(frozen=True, order=True)
class SelfCheckPeriod:
    """A stretch of the calendar, both days inclusive: with six months a half-year."""

    starts_on: dt.date
    ends_on: dt.date


def self_check_period(day: dt.date, months: int) -> SelfCheckPeriod:
    """Return the period of `months` calendar months, counted from January, that `day` lies in (P3.2.3).

    `months` divides the year: with 6 the year has its two halves. Raises ValueError for any other number.
    """
    if months < 1 or 12 % months:
        raise ValueError(f"self-checks every {months} months do not fit into a year")
    first_month = (day.month - 1) // months * months + 1
    starts_on = dt.date(day.year, first_month, 1)
    return SelfCheckPeriod(starts_on, add_months(starts_on, months) - dt.timedelta(days=1))


def is_to_be_checked(performing_on: dt.date, period: SelfCheckPeriod) -> bool:
    """Return whether a contract performed since `performing_on` is checked in `period`: from the first whole
    period on, so that nobody is asked about a contract that has only just begun (P3.2.3)."""
    return performing_on <= period.starts_on

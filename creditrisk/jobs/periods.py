"""The periods of jobs: days, months, quarters, years, as they are written in the ledger."""

from __future__ import annotations

import datetime as dt
from enum import Enum

from creditrisk.dates import add_months, end_of_month


class Cadence(Enum):
    """How long a job's periods are. They are written 2026-11-27, 2026-11, 2026Q4 and 2026."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


MONTHS = {Cadence.MONTH: 1, Cadence.QUARTER: 3, Cadence.YEAR: 12}


def period_of(day: dt.date, cadence: Cadence) -> str:
    """Return the period that `day` lies in."""
    if cadence is Cadence.DAY:
        return day.isoformat()
    if cadence is Cadence.MONTH:
        return f"{day:%Y-%m}"
    if cadence is Cadence.QUARTER:
        return f"{day.year:04d}Q{(day.month - 1) // 3 + 1}"
    return f"{day.year:04d}"


def starts_on(period: str, cadence: Cadence) -> dt.date:
    """Return the first day of a period. Raises ValueError where it is not written as one."""
    if cadence is Cadence.DAY:
        first = dt.date.fromisoformat(period)
    elif cadence is Cadence.MONTH:
        first = dt.date.fromisoformat(f"{period}-01")
    elif cadence is Cadence.QUARTER:
        year, quarter = period.split("Q")
        first = dt.date(int(year), 3 * int(quarter) - 2, 1)
    else:
        first = dt.date(int(period), 1, 1)
    if period_of(first, cadence) != period:
        raise ValueError(f"{period} is no {cadence.value}")
    return first


def ends_on(period: str, cadence: Cadence) -> dt.date:
    """Return the last day of a period."""
    first = starts_on(period, cadence)
    return first if cadence is Cadence.DAY else end_of_month(add_months(first, MONTHS[cadence] - 1))


def next_period(period: str, cadence: Cadence) -> str:
    """Return the period after this one."""
    return period_of(ends_on(period, cadence) + dt.timedelta(days=1), cadence)


def period_before(period: str, cadence: Cadence) -> str:
    """Return the period before this one."""
    return period_of(starts_on(period, cadence) - dt.timedelta(days=1), cadence)

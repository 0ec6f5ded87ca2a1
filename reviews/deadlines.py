"""When the time of a step is nearly up, and when it is over. Days are business days; the day on which a step was opened
does not count.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from creditrisk.business_days.calendar import BusinessCalendar


def due_on(*, opened_on: dt.date, limit_days: int | None, calendar: BusinessCalendar) -> dt.date | None:
    """Return the last day of the time of a step opened on `opened_on`; None where the stage has no deadline."""
    return None if limit_days is None else calendar.after(opened_on, limit_days)


def is_nearly_due(
    *, opened_on: dt.date, due_on: dt.date, on: dt.date, ratio: Decimal, calendar: BusinessCalendar
) -> bool:
    """Return whether at least the share `ratio` of the step's business days has begun on `on`."""
    limit = calendar.days_between(opened_on, due_on)
    return calendar.days_between(opened_on, on) >= ratio * limit


def is_overdue(*, due_on: dt.date, on: dt.date) -> bool:
    """Return whether the step's last day is past."""
    return on > due_on

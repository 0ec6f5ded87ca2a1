"""Dates in the company's time zone; the only place that asks the clock which day it is."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone


def local_today() -> dt.date:
    """Return the current calendar date in the company's time zone (for views and commands; rules take dates)."""
    return timezone.localdate()


def end_of_month(day: dt.date) -> dt.date:
    """Return the last calendar day of the month of `day`."""
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the date `months` calendar months after `day`, at most the last day of that month."""
    index = day.year * 12 + day.month - 1 + months
    first = dt.date(index // 12, index % 12 + 1, 1)
    return min(first.replace(day=28) + dt.timedelta(days=day.day - 28), end_of_month(first))

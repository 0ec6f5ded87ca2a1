"""When the annual reviews of a year are launched and spoken of (P3.2.6, P4.2). Pure rules."""

from __future__ import annotations

import datetime as dt

from creditrisk.business_days.calendar import BusinessCalendar
from creditrisk.policy.schema import ReviewCycleRules


def launch_day(year: int, rules: ReviewCycleRules) -> dt.date:
    """Return the day on which the annual reviews of `year` are launched: the first of the policy's month."""
    return dt.date(year, rules.annual_review_launch_month, 1)


def reminder_days(year: int, rules: ReviewCycleRules, calendar: BusinessCalendar) -> list[dt.date]:
    """Return the days on which those are reminded who have something to do, in order: so many calendar days after the
    launch, or on the next business day. None lies on or after the day of the year's account.
    """
    launched_on, end_on = launch_day(year, rules), year_end_day(year, calendar)
    days = [
        _on_or_after(launched_on + dt.timedelta(days=days), calendar) for days in rules.annual_reminder_days
    ]
    return [day for day in dict.fromkeys(days) if day < end_on]


def year_end_day(year: int, calendar: BusinessCalendar) -> dt.date:
    """Return the day on which it is told what is missing: the first business day after the year."""
    return calendar.after(dt.date(year, 12, 31), 1)


def _on_or_after(day: dt.date, calendar: BusinessCalendar) -> dt.date:
    return day if calendar.is_business_day(day) else calendar.after(day, 1)

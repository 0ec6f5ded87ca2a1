"""The company's calendar as it is now."""

from __future__ import annotations

from creditrisk.business_days.calendar import BusinessCalendar
from creditrisk.business_days.models import CalendarDay
from creditrisk.memo import asked_once


@asked_once
def business_calendar() -> BusinessCalendar:
    """Return the calendar with the company's exceptions; one query."""
    return BusinessCalendar(dict(CalendarDay.objects.values_list("day", "is_business_day")))

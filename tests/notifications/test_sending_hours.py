"""When mails to customers leave: 08:00 to 20:00 on business days, in Shanghai, which knows no summer time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from creditrisk.business_days.calendar import BusinessCalendar
from creditrisk.notifications.sending_hours import SendingHours

SHANGHAI = ZoneInfo("Asia/Shanghai")
EIGHT, TWENTY = dt.time(8), dt.time(20)


def hours(zone: ZoneInfo = SHANGHAI, **exceptions: bool) -> SendingHours:
    days = {dt.date.fromisoformat(day[1:].replace("_", "-")): works for day, works in exceptions.items()}
    return SendingHours(EIGHT, TWENTY, zone, BusinessCalendar(days).is_business_day)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        # Tuesday, 24 November 2026: an ordinary week.
        ("2026-11-24T07:59:59", "2026-11-24T08:00:00"),
        ("2026-11-24T08:00:00", None),
        ("2026-11-24T12:00:00", None),
        ("2026-11-24T19:59:59", None),
        ("2026-11-24T20:00:00", "2026-11-25T08:00:00"),
        ("2026-11-24T23:59:59", "2026-11-25T08:00:00"),
        ("2026-11-25T00:00:00", "2026-11-25T08:00:00"),
        # Friday evening and the weekend wait for Monday.
        ("2026-11-27T20:00:00", "2026-11-30T08:00:00"),
        ("2026-11-28T12:00:00", "2026-11-30T08:00:00"),
        ("2026-11-29T23:59:59", "2026-11-30T08:00:00"),
        # The National Day week of 2025: 1 to 8 October are free, Saturday 11 October is worked.
        ("2025-09-30T20:00:00", "2025-10-09T08:00:00"),
        ("2025-10-01T12:00:00", "2025-10-09T08:00:00"),
        ("2025-10-11T12:00:00", None),
        ("2025-10-10T21:00:00", "2025-10-11T08:00:00"),
        ("2025-10-11T20:00:00", "2025-10-13T08:00:00"),
        # Sunday 28 September 2025 was worked, too.
        ("2025-09-27T12:00:00", "2025-09-28T08:00:00"),
        # New Year's Eve: the first of January is free.
        ("2025-12-31T20:00:00", "2026-01-04T08:00:00"),
    ],
)
def test_the_next_opening(now: str, opening: str | None) -> None:
    moment = at(now)
    assert hours().next_opening(moment) == (at(opening) if opening else moment)


def test_a_moment_is_told_in_any_zone() -> None:
    """23:59 UTC on Monday is 07:59 on Tuesday in Shanghai; midnight UTC is 08:00."""
    monday = dt.datetime(2026, 11, 23, 23, 59, tzinfo=dt.UTC)
    midnight = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    assert hours().next_opening(monday) == midnight
    assert hours().next_opening(midnight) == midnight


def test_the_company_s_own_calendar_counts() -> None:
    """A company holiday on Wednesday, a worked Saturday."""
    own = hours(_2026_11_25=False, _2026_11_28=True)
    assert own.next_opening(at("2026-11-24T20:00:00")) == at("2026-11-26T08:00:00")
    assert own.next_opening(at("2026-11-28T09:00:00")) == at("2026-11-28T09:00:00")


def test_where_the_clocks_change_it_opens_by_the_clock_on_the_wall() -> None:
    """Berlin, 29 March 2026: 20:00 before is 19:00 UTC, 08:00 after is 06:00 UTC."""
    berlin = ZoneInfo("Europe/Berlin")
    opening = hours(berlin).next_opening(at("2026-03-27T20:00:00", berlin))
    assert opening == dt.datetime(2026, 3, 30, 6, tzinfo=dt.UTC)


def test_a_calendar_without_business_days_holds_nothing_for_ever() -> None:
    closed = SendingHours(EIGHT, TWENTY, SHANGHAI, lambda _day: False)
    assert closed.next_opening(at("2026-11-24T12:00:00")) == at("2026-11-24T12:00:00")

"""Business days: Monday to Friday but for China's holidays and make-up days, and the company's exceptions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from creditrisk.accounts.roles import Role
from creditrisk.business_days import services
from creditrisk.business_days.calendar import BusinessCalendar, special_days
from creditrisk.business_days.models import CalendarDay
from creditrisk.business_days.selectors import business_calendar
from creditrisk.exceptions import NotAllowedError
from tests.factories.people import create_user

PUBLIC = BusinessCalendar()


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-03-06", True),  # a Friday
        ("2026-03-07", False),  # a Saturday
        ("2026-02-14", True),  # a Saturday worked for the Spring Festival
        ("2026-02-16", False),  # New Year's Eve, a Monday
        ("2026-02-23", False),  # its last free day
        ("2026-02-24", True),
        ("2026-10-01", False),
        ("2026-10-10", True),  # a Saturday worked for National Day
        ("2027-01-01", False),  # a year whose make-up days may not be known
        ("2031-07-01", True),
    ],
)
def test_public_holidays_and_make_up_days(day: str, works: bool) -> None:
    assert PUBLIC.is_business_day(dt.date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-03-02", 1, "2026-03-03"),
        ("2026-03-05", 1, "2026-03-06"),
        ("2026-03-06", 1, "2026-03-09"),  # over a weekend
        ("2026-03-07", 1, "2026-03-09"),  # from a Saturday
        ("2026-03-02", 5, "2026-03-09"),
        ("2026-02-13", 1, "2026-02-14"),  # the make-up Saturday counts
        ("2026-02-13", 2, "2026-02-24"),  # the festival does not
    ],
)
def test_so_many_business_days_later(day: str, count: int, expected: str) -> None:
    assert PUBLIC.after(dt.date.fromisoformat(day), count) == dt.date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-09-30", "2026-09-30"),
        # 2026-10-10 is a Saturday that is worked, the day after is free.
        ("2026-10-11", "2026-10-10"),
        # The National Day holidays.
        ("2026-10-07", "2026-09-30"),
    ],
)
def test_the_last_business_day_up_to_a_day(day: str, expected: str) -> None:
    assert PUBLIC.on_or_before(dt.date.fromisoformat(day)) == dt.date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-03-02", "2026-03-02", 0),
        ("2026-03-02", "2026-03-01", 0),
        ("2026-03-02", "2026-03-03", 1),
        ("2026-03-06", "2026-03-08", 0),
        ("2026-03-06", "2026-03-09", 1),
        ("2026-02-13", "2026-02-24", 2),
    ],
)
def test_business_days_between(start: str, end: str, days: int) -> None:
    assert PUBLIC.days_between(dt.date.fromisoformat(start), dt.date.fromisoformat(end)) == days


def test_the_companys_exceptions_outweigh_the_public_calendar() -> None:
    founding_day, saturday = dt.date(2026, 3, 4), dt.date(2026, 3, 7)
    calendar = BusinessCalendar({founding_day: False, saturday: True})
    assert calendar.after(dt.date(2026, 3, 3), 1) == dt.date(2026, 3, 5)
    assert calendar.after(dt.date(2026, 3, 6), 1) == saturday


def test_the_special_days_of_a_year() -> None:
    """Weekdays that are free, weekends that are worked, and every exception: nothing else."""
    exceptions = {dt.date(2026, 3, 4): (False, "Founding day"), dt.date(2026, 10, 10): (False, "")}
    found = {special.day: special for special in special_days(2026, exceptions, language="zh-hans")}
    assert found[dt.date(2026, 3, 4)].name == "Founding day"
    assert found[dt.date(2026, 3, 4)].is_exception
    assert not found[dt.date(2026, 10, 10)].is_business_day
    assert found[dt.date(2026, 2, 14)].is_business_day
    assert found[dt.date(2026, 10, 1)].name == "国庆节"
    assert dt.date(2026, 3, 7) not in found
    assert dt.date(2026, 3, 6) not in found
    assert all((day.weekday() >= 5) == one.is_business_day or one.is_exception for day, one in found.items())


# The page ---------------------------------------------------------------------------------------


def logged_in(*roles: Role) -> Client:
    client = Client()
    client.force_login(create_user(*roles))
    return client


@pytest.mark.django_db
def test_an_administrator_enters_and_removes_an_exception() -> None:
    client = logged_in(Role.ADMINISTRATOR)
    answer = client.post("/calendar/", {"day": "2026-03-04", "is_business_day": "no", "name": "Founding day"})
    assert answer.status_code == 302
    assert answer.url == "/calendar/2026/"  # type: ignore[attr-defined]
    assert "Founding day" in client.get("/calendar/2026/").content.decode()
    assert not business_calendar().is_business_day(dt.date(2026, 3, 4))
    client.post("/calendar/", {"day": "2026-03-04", "is_business_day": "yes", "name": ""})
    assert business_calendar().is_business_day(dt.date(2026, 3, 4))
    assert CalendarDay.objects.count() == 1
    client.post("/calendar/2026-03-04/clear/")
    assert not CalendarDay.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.GROUP_LEADER, Role.ACCOUNT_MANAGER])
def test_everybody_reads_the_calendar_and_nobody_else_changes_it(role: Role) -> None:
    client = logged_in(role)
    page = client.get("/calendar/2026/").content.decode()
    assert "2026-02-14" in page
    assert '<form method="post" novalidate' not in page
    data = {"day": "2026-03-04", "is_business_day": "no", "name": ""}
    assert client.post("/calendar/", data).status_code == 403
    assert client.post("/calendar/2026-03-04/clear/").status_code == 403
    with pytest.raises(NotAllowedError):
        services.clear_day(day=dt.date(2026, 3, 4), by=create_user(role))


@pytest.mark.django_db
def test_what_is_no_day_or_year_is_not_found(django_assert_num_queries: Any) -> None:
    client = logged_in(Role.ADMINISTRATOR)
    assert client.get("/calendar/1999/").status_code == 404
    assert client.post("/calendar/yesterday/clear/").status_code == 404
    assert client.post("/calendar/", {"day": "x"}).context["form"].errors["day"]

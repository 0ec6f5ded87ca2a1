"""The annual reviews as jobs (P3.2.6, P4.2): launched once a year, spoken of until they are done."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import people_with
from creditrisk.business_days.calendar import BusinessCalendar
from creditrisk.business_days.selectors import business_calendar
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, run_job
from creditrisk.notifications.services import notify
from creditrisk.policy.schema import ReviewCycleRules
from creditrisk.policy.selectors import policy_version_on
from reviews.annual_cycle import launch_day, reminder_days, year_end_day
from reviews.annual_progress import (
    NOT_STARTED,
    AnnualProgress,
    annual_progress,
    customers_to_assess,
    unfinished_of,
)
from reviews.services.annual import launch_annual_reviews

JOB = "annual_reviews"
REMINDERS = "annual_review_reminders"


def _rules(year: int) -> ReviewCycleRules:
    return policy_version_on(dt.date(year, 12, 31)).policy.review_cycle


def launch_on(period: str, _calendar: BusinessCalendar) -> dt.date:
    """Return the day on which the annual reviews of the year `period` are launched: the first of the policy's month."""
    return launch_day(int(period), _rules(int(period)))


def launch_once(period: str) -> JobRun:
    """Start the annual reviews of the year `period` for every customer with business in it, unless the ledger says that
    it is done; return the ledger's row, whose result has how many were started and who was left out why. Its units are
    the customers whose review of the year is begun; one for whom that failed is named and makes the run `failed`.

    Raises ConflictError where another process is at it, InvalidInputError for a year that has not begun.
    """
    return run_job(job=JOB, period=period, work=lambda: _launch(int(period)))


def _launch(year: int) -> JobOutcome:
    launched = launch_annual_reviews(year=year, now=timezone.now())
    result = {"started": len(launched.started), "left_out": launched.left_out}
    # Also what an attempt that was interrupted started, or a person by hand: all of it is the year's.
    begun = customers_to_assess(year).exclude(standing=NOT_STARTED).count()
    errors = tuple(f"customer {number}: {error}" for number, error in launched.failed.items())
    return JobOutcome(result, units_done=begun, errors=errors)


def remind_on(period: str, calendar: BusinessCalendar) -> dt.date | None:
    """Return the day `period` where it is one on which the annual reviews are spoken of, None for any other."""
    day = dt.date.fromisoformat(period)
    return day if _year_spoken_of(day, calendar) else None


def _year_spoken_of(day: dt.date, calendar: BusinessCalendar) -> int | None:
    """Return the year whose reviews are spoken of on `day`, None on any other day."""
    for year in (day.year, day.year - 1):
        if day == year_end_day(year, calendar) or day in reminder_days(year, _rules(year), calendar):
            return year
    return None


def remind_once(*, on: dt.date, calendar: BusinessCalendar) -> JobRun:
    """Remind account and service managers of what is missing, on a year's last reminder also the leaders, once for the
    day `on`; return the ledger's row. Each person is told once, whatever interrupts it.

    Raises ConflictError where another process is at it, ValueError for a day on which nobody is reminded.
    """
    year = _year_spoken_of(on, calendar)
    if year is None:
        raise ValueError(f"nobody is reminded on {on}")
    is_end = on == year_end_day(year, calendar)
    return run_job(job=REMINDERS, period=on.isoformat(), work=lambda: _remind(year, on=on, is_end=is_end))


def remind_on_day(period: str) -> JobRun:
    """Remind on the day `period` (2026-12-15) by the company's calendar; see `remind_once`."""
    return remind_once(on=dt.date.fromisoformat(period), calendar=business_calendar())


def _remind(year: int, *, on: dt.date, is_end: bool) -> JobOutcome:
    told = []
    for person, count in unfinished_of(year):
        _tell(person, count, year=year, on=on)
        told.append(person.username)
    missing = 0
    if is_end:
        progress = annual_progress(year, everybody=True)
        missing = progress.total.missing
        if missing:
            _tell_leaders(progress, on=on)
    return JobOutcome({"year": year, "told": told, "missing": missing}, units_done=len(told))


@transaction.atomic
def _tell(person: User, count: int, *, year: int, on: dt.date) -> None:
    def text() -> str:
        told = ngettext(
            "%(count)s annual review of %(year)s waits for you.",
            "%(count)s annual reviews of %(year)s wait for you.",
            count,
        )
        return told % {"count": count, "year": year}

    notify(
        users=[person],
        title=lazy(text, str)(),
        url=f"{reverse('reviews:annual_missing')}?year={year}",
        key=f"annual-reminder:{on}",
    )


@transaction.atomic
def _tell_leaders(progress: AnnualProgress, *, on: dt.date) -> None:
    def text() -> str:
        told = ngettext(
            "%(count)s customer with business in %(year)s has no finished annual review.",
            "%(count)s customers with business in %(year)s have no finished annual review.",
            progress.total.missing,
        )
        return told % {"count": progress.total.missing, "year": progress.year}

    notify(
        users=people_with(Role.GROUP_LEADER, Role.DEPUTY_LEADER),
        title=lazy(text, str)(),
        url=f"{reverse('reviews:annual_missing')}?year={progress.year}",
        key=f"annual-missing:{on}",
    )

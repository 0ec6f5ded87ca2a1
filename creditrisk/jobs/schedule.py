"""Which jobs there are, and when each of their periods is due. An app registers its jobs in `AppConfig.ready`.

Beat only wakes: what is due follows from the calendar, what is done from the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.utils import timezone
from django.utils.functional import Promise

from creditrisk.business_days.calendar import BusinessCalendar
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.periods import Cadence, ends_on, next_period, period_before, period_of, starts_on

LOOK_BACK = {
    Cadence.DAY: dt.timedelta(days=366),
    Cadence.MONTH: dt.timedelta(days=3 * 366),
    Cadence.QUARTER: dt.timedelta(days=5 * 366),
    Cadence.YEAR: dt.timedelta(days=10 * 366),
}
"""What was due longer ago is not made up for."""
STEPS_AHEAD = {Cadence.DAY: 400, Cadence.MONTH: 14, Cadence.QUARTER: 5, Cadence.YEAR: 3}
"""A job is due again within so many of its periods: a day's work may be wanted on some days of the year only."""

DueOn = Callable[[str, BusinessCalendar], dt.date | None]


class Missed(Enum):
    """What becomes of periods that passed while the system was down."""

    EACH = "each"
    """Every one is made up for, in order."""
    COVERED = "covered"
    """The next run says all there is to say."""
    DROPPED = "dropped"
    """Nobody wants them any more (yesterday's morning mail)."""


def on_its_day(period: str, _calendar: BusinessCalendar) -> dt.date | None:
    """A day's work on the day."""
    return dt.date.fromisoformat(period)


def on_business_days(period: str, calendar: BusinessCalendar) -> dt.date | None:
    """A day's work on the day, where the company works on it."""
    day = dt.date.fromisoformat(period)
    return day if calendar.is_business_day(day) else None


def on_the_first(period: str, _calendar: BusinessCalendar) -> dt.date | None:
    """A month's work on its first day."""
    return starts_on(period, Cadence.MONTH)


def on_first_business_day_after_month(period: str, calendar: BusinessCalendar) -> dt.date | None:
    """A month's summary on the first business day after it (P3.2.5)."""
    return calendar.after(ends_on(period, Cadence.MONTH), 1)


def on_first_day_after_quarter(period: str, _calendar: BusinessCalendar) -> dt.date | None:
    """A quarter's work on the first day of the next one (P5.2.2)."""
    return ends_on(period, Cadence.QUARTER) + dt.timedelta(days=1)


@dataclass(frozen=True)
class Job:
    """One job: `run` does the work of a period once and returns the ledger's row.

    `since` names the migration (app, name) that brought the job: what was due before it was applied is not made up
    for. `due_on` returns the day on which a period is due, None for one that has no work; from `not_before`, local
    time. `is_possible` tells whether there is anything to work on (a report). A period that is not settled `grace`
    after it was due is late; one that there is nothing to work on for is trouble after `patience` (None: never).
    `catch_up` makes up for missed periods where no general rule says how.
    """

    code: str
    label: str | Promise
    rhythm: str | Promise
    cadence: Cadence
    since: tuple[str, str]
    run: Callable[[str], JobRun]
    due_on: DueOn
    missed: Missed = Missed.COVERED
    not_before: Callable[[], dt.time] = lambda: dt.time.min
    is_possible: Callable[[str], bool] = lambda _period: True
    catch_up: Callable[[dt.datetime], list[JobRun]] | None = None
    grace: dt.timedelta = dt.timedelta(hours=2)
    patience: dt.timedelta | None = None


_jobs: dict[str, Job] = {}


def register_job(job: Job) -> None:
    """Let the ledger's page, the health check and the catch-up know of `job`."""
    _jobs[job.code] = job


def jobs() -> list[Job]:
    """Return all jobs by code."""
    return [_jobs[code] for code in sorted(_jobs)]


def job_named(code: str) -> Job | None:
    """Return the job with this code; None where there is none (any more)."""
    return _jobs.get(code)


def due_at(job: Job, period: str, calendar: BusinessCalendar) -> dt.datetime | None:
    """Return the moment from which a period is due; None where it has no work."""
    day = job.due_on(period, calendar)
    return None if day is None else timezone.make_aware(dt.datetime.combine(day, job.not_before()))


def due_periods(job: Job, *, since: dt.date, now: dt.datetime, calendar: BusinessCalendar) -> list[str]:
    """Return the periods that became due from the day `since` up to the moment `now`, in order."""
    today = timezone.localdate(now)
    since = max(since, today - LOOK_BACK[job.cadence])
    period = period_before(period_of(since, job.cadence), job.cadence)
    found = []
    while starts_on(period, job.cadence) <= today:
        moment = due_at(job, period, calendar)
        if moment is not None and since <= timezone.localdate(moment) and moment <= now:
            found.append(period)
        period = next_period(period, job.cadence)
    return found


def next_due(job: Job, *, now: dt.datetime, calendar: BusinessCalendar) -> tuple[str, dt.datetime] | None:
    """Return the next period that is not due yet, and from when it is; None where none is in sight."""
    period = period_before(period_of(timezone.localdate(now), job.cadence), job.cadence)
    for _step in range(STEPS_AHEAD[job.cadence]):
        moment = due_at(job, period, calendar)
        if moment is not None and moment > now:
            return period, moment
        period = next_period(period, job.cadence)
    return None

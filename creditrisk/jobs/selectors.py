"""Reads of the ledger of jobs: what ran, what is due, what should have run and did not."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q, QuerySet
from django.utils import timezone

from creditrisk.business_days.calendar import BusinessCalendar
from creditrisk.business_days.selectors import business_calendar
from creditrisk.jobs.models import JobEvent, JobRun
from creditrisk.jobs.periods import period_of, starts_on
from creditrisk.jobs.schedule import LOOK_BACK, Job, Missed, due_at, due_periods, jobs, next_due
from creditrisk.memo import answers_kept, asked_once

RECENT = dt.timedelta(days=70)
"""Of a job whose last period speaks for all, nothing older is asked for: two months, and a holiday."""


def job_runs() -> QuerySet[JobRun]:
    """Return all runs, newest period first."""
    return JobRun.objects.all()


def log_of(run: JobRun) -> QuerySet[JobEvent]:
    """Return the events of a run, oldest first."""
    return run.log.select_related("by")


def runs_asked_for() -> QuerySet[JobRun]:
    """Return the runs that a person wants to be run again, oldest request first."""
    return JobRun.objects.filter(asked_at__isnull=False).order_by("asked_at", "pk")


@asked_once
def jobs_at_work() -> frozenset[str]:
    """Return the jobs that some process is running at this moment, by the locks that PostgreSQL holds for
    them.

    A run that is `running` in the ledger and whose job is not among them was interrupted.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT run.job FROM jobs_jobrun run JOIN pg_locks held"
            " ON held.locktype = 'advisory' AND held.granted"
            " AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND held.classid = hashtext('creditrisk.job')::bigint::bit(32)::bigint::oid"
            " AND held.objid = hashtext(run.job)::bigint::bit(32)::bigint::oid"
            " WHERE run.state = 'running'"
        )
        return frozenset(job for (job,) in cursor.fetchall())


@dataclass(frozen=True)
class Due:
    """What is due of a job: `waiting` are the periods that are not settled, in order; `last` is the one that became due
    last, settled or not, empty where none did.
    """

    waiting: tuple[str, ...] = ()
    last: str = ""


def what_is_due(job: Job, *, now: dt.datetime) -> Due:
    """Return the periods of `job` that are due at the moment `now`. Three queries.

    What was due before the job's migration was applied here is not made up for, nor what lies before its first settled
    period.
    """
    first_on = timezone.localdate(now) - LOOK_BACK[job.cadence]
    runs, applied = _runs_of({job: first_on})[job.code], _applied_at([job])
    return _due(
        job,
        runs,
        now=now,
        first_on=first_on,
        applied_at=applied.get(job.code),
        calendar=business_calendar(),
    )


def _due(
    job: Job,
    runs: Collection[JobRun],
    *,
    now: dt.datetime,
    first_on: dt.date,
    applied_at: dt.datetime | None,
    calendar: BusinessCalendar,
) -> Due:
    if applied_at is None:
        return Due()
    applied_on = timezone.localdate(applied_at)
    present = period_of(timezone.localdate(now), job.cadence)
    settled = {run.period for run in runs if run.state in JobRun.SETTLED and run.period <= present}
    # Of a job whose missed periods nobody wants, those before the last settled one are gone for good.
    first = (max if job.missed is Missed.DROPPED else min)(settled, default="")
    since = min(applied_on, starts_on(first, job.cadence)) if first else applied_on
    due = due_periods(job, since=max(since, first_on), now=now, calendar=calendar)
    waiting = tuple(period for period in due if period not in settled and period > first)
    return Due(waiting, due[-1] if due else "")


def _runs_of(chosen: Mapping[Job, dt.date]) -> dict[str, list[JobRun]]:
    """Return job → its runs from the period of a day on, in order. One query."""
    wanted = Q(pk__in=[])
    for job, first_on in chosen.items():
        wanted |= Q(job=job.code, period__gte=period_of(first_on, job.cadence))
    found: dict[str, list[JobRun]] = defaultdict(list)
    for run in JobRun.objects.filter(wanted).defer("result").order_by("period"):
        found[run.job].append(run)
    return found


def _applied_at(chosen: Collection[Job]) -> dict[str, dt.datetime]:
    """Return job → when its migration was applied to this database. One query."""
    wanted = MigrationRecorder.Migration.objects.filter(app__in={job.since[0] for job in chosen})
    applied = {(row.app, row.name): row.applied for row in wanted}
    return {job.code: applied[job.since] for job in chosen if job.since in applied}


@dataclass(frozen=True)
class JobState:
    """How a job stands at a moment. `last` is its newest run, `waiting` what is due and not settled, in order.

    `trouble` is empty, or "failed" (its last attempt did), "interrupted" (its process is gone), "late" (it should have
    run and did not) or "starved" (for too long there has been nothing to work on); `is_blocked`: there is nothing to
    work on yet. `late_since` is when the oldest of them that can be worked on was due; the oldest where none can.
    """

    job: Job
    last: JobRun | None
    waiting: tuple[str, ...]
    is_at_work: bool
    is_blocked: bool
    trouble: str
    late_since: dt.datetime | None
    next_period: str
    next_due_at: dt.datetime | None


def job_states(now: dt.datetime) -> list[JobState]:
    """Return how every job stands at the moment `now`. A few queries, however many runs there are."""
    with answers_kept():
        return _job_states(now)


def _job_states(now: dt.datetime) -> list[JobState]:
    today = timezone.localdate(now)
    first_on = {
        job: today - (LOOK_BACK[job.cadence] if job.missed is Missed.EACH else RECENT) for job in jobs()
    }
    runs, applied, at_work = _runs_of(first_on), _applied_at(list(first_on)), jobs_at_work()
    calendar = business_calendar()
    return [
        _state(
            job,
            runs[job.code],
            due=_due(
                job,
                runs[job.code],
                now=now,
                first_on=first_on[job],
                applied_at=applied.get(job.code),
                calendar=calendar,
            ),
            applied_at=applied.get(job.code, now),
            now=now,
            is_at_work=job.code in at_work,
            calendar=calendar,
        )
        for job in first_on
    ]


def _state(
    job: Job,
    runs: list[JobRun],
    *,
    due: Due,
    applied_at: dt.datetime,
    now: dt.datetime,
    is_at_work: bool,
    calendar: BusinessCalendar,
) -> JobState:
    waiting = due.waiting
    if job.missed is not Missed.EACH:
        # The last due period speaks for the earlier ones: where it is settled, nothing waits.
        waiting = tuple(period for period in waiting if period == due.last)
    begun = {run.period for run in runs}
    possible = [period for period in waiting if period in begun or job.is_possible(period)]
    # What was due before the product was here could not have run then.
    oldest = next(iter(possible or waiting), None)
    due_since = max(due_at(job, oldest, calendar) or now, applied_at) if oldest else None
    coming = next_due(job, now=now, calendar=calendar)
    return JobState(
        job=job,
        last=runs[-1] if runs else None,
        waiting=waiting,
        is_at_work=is_at_work,
        is_blocked=bool(waiting) and not possible,
        trouble="" if is_at_work else _trouble(job, runs, possible, due_since, now),
        late_since=due_since,
        next_period=coming[0] if coming else "",
        next_due_at=coming[1] if coming else None,
    )


def _trouble(
    job: Job, runs: list[JobRun], possible: list[str], due_since: dt.datetime | None, now: dt.datetime
) -> str:
    if due_since is None:
        return ""
    if not possible:
        return "starved" if job.patience is not None and now >= due_since + job.patience else ""
    run = next((run for run in runs if run.period == possible[0]), None)
    if run is not None and run.state == JobRun.State.FAILED:
        return "failed"
    if run is not None and run.state == JobRun.State.RUNNING:
        return "interrupted"
    return "late" if now >= due_since + job.grace else ""


def jobs_in_trouble(now: dt.datetime) -> list[JobState]:
    """Return the jobs that should have run and did not, or failed."""
    return [state for state in job_states(now) if state.trouble]

"""Running a job once per period, and catching up what was missed while the system was down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import ConflictError
from creditrisk.jobs.models import JobEvent, JobRun
from creditrisk.jobs.permissions import run_again_refusal
from creditrisk.jobs.schedule import Job, Missed
from creditrisk.jobs.selectors import Due, jobs_at_work, what_is_due

ERROR_MAX_LENGTH = 2000
NAMED_ERRORS = 10


@dataclass(frozen=True)
class JobOutcome:
    """What a job did: its result as JSON-ready data, how many units went well, and one error for each that
    did not.
    """

    result: dict[str, Any]
    units_done: int = 0
    errors: tuple[str, ...] = field(default=())


@contextmanager
def _job_lock(job: str) -> Iterator[bool]:
    """Hold a PostgreSQL advisory lock on the job, if it is free: the server lets go of it when this process
    dies.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('creditrisk.job'), hashtext(%s))", [job])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            # Where the connection is gone, so is the lock.
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('creditrisk.job'), hashtext(%s))", [job])


@contextmanager
def alone(job: str) -> Iterator[None]:
    """Hold the job's lock, also for work beside its periods (a run that a person asked for). Raises ConflictError where
    another process is running the job now."""
    with _job_lock(job) as held:
        if not held:
            raise ConflictError("job.running", _("This job is being run by another process right now."))
        yield


def run_job(*, job: str, period: str, work: Callable[[], JobOutcome]) -> JobRun:
    """Run `work` for `period` unless that is done already; return the ledger's row.

    `work` must be made of idempotent units in their own transactions: after a kill it is called again and
    does the rest. A unit that failed makes the run `failed`, with the result of the others: the next call
    tries again. Raises ConflictError where another process is running this job now. An error of `work` is
    recorded and raised.
    """
    with alone(job):
        run, _created = JobRun.objects.get_or_create(job=job, period=period)
        if run.state in JobRun.SETTLED:
            return run
        _start(run)
        try:
            outcome = work()
        except Exception as error:
            # Where the database is gone the row stays `running`, and the error that matters is the first one.
            with suppress(DatabaseError):
                _finish(run, state=JobRun.State.FAILED, error=f"{type(error).__name__}: {error}")
            raise
        _record(run, outcome)
        return run


@transaction.atomic
def _start(run: JobRun) -> None:
    run.state = JobRun.State.RUNNING
    run.attempts += 1
    run.started_at = timezone.now()
    run.finished_at = None
    run.error = ""
    run.asked_at = run.asked_by = None
    run.save()
    JobEvent.objects.create(run=run, kind=JobEvent.Kind.STARTED)


def _record(run: JobRun, outcome: JobOutcome) -> None:
    run.result = outcome.result
    run.units_done = outcome.units_done
    run.units_failed = len(outcome.errors)
    error = "\n".join(outcome.errors[:NAMED_ERRORS])
    _finish(run, state=JobRun.State.FAILED if outcome.errors else JobRun.State.DONE, error=error)


@transaction.atomic
def _finish(run: JobRun, *, state: JobRun.State, error: str) -> None:
    run.state = state
    run.error = error[:ERROR_MAX_LENGTH]
    run.finished_at = timezone.now()
    run.save()
    JobEvent.objects.create(
        run=run,
        kind=JobEvent.Kind(state),
        units_done=run.units_done,
        units_failed=run.units_failed,
        error=run.error,
    )


def missed_days(*, job: str, first_on: dt.date, today: dt.date) -> list[dt.date]:
    """Return the days from `first_on` to `today` (inclusive) that the ledger does not show as settled, in
    order.

    What lies before the job's first settled day is not made up for; a job that never ran starts with `today`.
    Days after `today` (a run asked for by hand, a clock set back) say nothing about the days before.
    """
    periods = JobRun.objects.filter(job=job, state__in=JobRun.SETTLED, period__lte=today.isoformat())
    settled = set(periods.values_list("period", flat=True))
    if not settled:
        return [today]
    start = max(first_on, dt.date.fromisoformat(min(settled)))
    days = [start + dt.timedelta(days=offset) for offset in range((today - start).days + 1)]
    return [day for day in days if day.isoformat() not in settled]


@transaction.atomic
def cover_periods(*, job: str, periods: Iterable[str], by: JobRun) -> None:
    """Record missed `periods` as covered by the later run `by` (a job that catches up in one run, such as
    dunning).

    A run of such a period that failed or was killed is covered too; one that is settled stays as it is.
    """
    covered = {
        "state": JobRun.State.COVERED,
        "finished_at": timezone.now(),
        "result": {"covered_by": by.period},
    }
    wanted = list(periods)
    JobRun.objects.filter(job=job, period__in=wanted).exclude(state__in=JobRun.SETTLED).update(
        **covered, asked_at=None, asked_by=None
    )
    JobRun.objects.bulk_create(
        [JobRun(job=job, period=period, **covered) for period in wanted], ignore_conflicts=True
    )


def note_progress(*, job: str, period: str, units_done: int) -> None:
    """Show how many units of a run are done while it is at work; the end of the run says it for good."""
    JobRun.objects.filter(job=job, period=period, state=JobRun.State.RUNNING).update(units_done=units_done)


def catch_up(job: Job, *, now: dt.datetime) -> list[JobRun]:
    """Run what is due of `job` up to the moment `now` and not settled; return the ledger's rows, none where nothing was
    due.

    Of a job that makes up for every period all are run, in order, up to the first that fails; one that cannot be worked
    on is covered once a later one is settled. Of any other the last due one alone, which covers the earlier ones where
    it says what they would have. Raises ConflictError where another process is running the job right now, and what the
    job itself raises.
    """
    if job.catch_up is not None:
        return job.catch_up(now)
    due = what_is_due(job, now=now)
    if job.missed is Missed.EACH:
        return _run_each(job, due)
    return _run_last(job, due)


def _run_each(job: Job, due: Due) -> list[JobRun]:
    settled = JobRun.objects.filter(job=job.code, state__in=JobRun.SETTLED).order_by("-period").first()
    if settled is not None:
        overtaken = [
            period for period in due.waiting if period < settled.period and not job.is_possible(period)
        ]
        cover_periods(job=job.code, periods=overtaken, by=settled)
    runs = []
    for period in due.waiting:
        if not job.is_possible(period):
            continue
        runs.append(job.run(period))
        if runs[-1].state not in JobRun.SETTLED:
            break
    return runs


def _run_last(job: Job, due: Due) -> list[JobRun]:
    """An older day is never run after a newer one: where the last due one is settled, it covers what still waits."""
    if not due.waiting:
        return []
    if due.last in due.waiting:
        if not job.is_possible(due.last):
            return []
        run = job.run(due.last)
        runs = [run]
    else:
        run, runs = JobRun.objects.get(job=job.code, period=due.last), []
    if job.missed is Missed.COVERED and run.state in JobRun.SETTLED:
        cover_periods(job=job.code, periods=[period for period in due.waiting if period < due.last], by=run)
    return runs


@transaction.atomic
def ask_to_run_again(*, run: JobRun, by: User, now: dt.datetime) -> JobRun:
    """Ask that a run that failed or was interrupted is run again; a worker does so within a minute, whatever happens to
    the broker. A second click changes nothing. Return the ledger's row.

    Raises NotAllowedError (not his to ask, settled, at work, or of a day whose work nobody wants any more).
    """
    locked = JobRun.objects.select_for_update().get(pk=run.pk)
    if locked.asked_at is not None:
        return locked
    if refused := run_again_refusal(by, locked, is_at_work=locked.job in jobs_at_work(), now=now):
        raise refused
    locked.asked_at, locked.asked_by = now, by
    locked.save()
    JobEvent.objects.create(run=locked, kind=JobEvent.Kind.ASKED, by=by)
    return locked


@transaction.atomic
def drop_request(*, run: JobRun, error: str) -> JobRun:
    """Take back the request to run again: it could not even begin, for `error`. Return the ledger's row."""
    locked = JobRun.objects.select_for_update().get(pk=run.pk)
    locked.asked_at = locked.asked_by = None
    locked.save()
    JobEvent.objects.create(run=locked, kind=JobEvent.Kind.FAILED, error=error[:ERROR_MAX_LENGTH])
    return locked

"""Running a job once per period, and catching up what was missed while the system was down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from creditrisk.exceptions import ConflictError
from creditrisk.jobs.models import JobRun

JobResult = dict[str, Any]


class _JobLock:
    """A PostgreSQL advisory lock on the job: one process at a time, released by the server when that process dies."""

    def __init__(self, job: str) -> None:
        self.job = job

    def __enter__(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext('creditrisk.job'), hashtext(%s))", [self.job])
            self.held = bool(cursor.fetchone()[0])
        return self.held

    def __exit__(self, *_error: object) -> None:
        if self.held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('creditrisk.job'), hashtext(%s))", [self.job])


def run_job(*, job: str, period: str, work: Callable[[], JobResult]) -> JobRun:
    """Run `work` for `period` unless that is done already; return the ledger's row.

    `work` must be made of idempotent units in their own transactions: after a kill it is called again and does the rest.
    Raises ConflictError where another process is running this job now. An error of `work` is recorded and raised.
    """
    with _JobLock(job) as held:
        if not held:
            raise ConflictError("job.running", _("This job is being run by another process right now."))
        run, _created = JobRun.objects.get_or_create(job=job, period=period)
        if run.state in {JobRun.State.DONE, JobRun.State.COVERED}:
            return run
        _start(run)
        try:
            result = work()
        except Exception as error:
            _finish(run, state=JobRun.State.FAILED, error=f"{type(error).__name__}: {error}"[:2000])
            raise
        _finish(run, state=JobRun.State.DONE, result=result)
        return run


@transaction.atomic
def _start(run: JobRun) -> None:
    run.state = JobRun.State.RUNNING
    run.attempts += 1
    run.started_at = timezone.now()
    run.finished_at = None
    run.error = ""
    run.save()


@transaction.atomic
def _finish(run: JobRun, *, state: JobRun.State, result: JobResult | None = None, error: str = "") -> None:
    run.state = state
    run.result = result
    run.error = error
    run.units_done = int((result or {}).get("units_done", 0))
    run.units_failed = int((result or {}).get("units_failed", 0))
    run.finished_at = timezone.now()
    run.save()


def missed_days(*, job: str, first_on: dt.date, today: dt.date) -> list[dt.date]:
    """Return the days from `first_on` to `today` (inclusive) that the ledger does not show as done, in order.

    A job that never ran starts with `today`: what lies before the product was there is not made up for.
    """
    settled = JobRun.objects.filter(job=job, state__in=[JobRun.State.DONE, JobRun.State.COVERED])
    done = set(settled.filter(period__gte=first_on.isoformat()).values_list("period", flat=True))
    last_before = settled.order_by("-period").values_list("period", flat=True).first()
    if last_before is None:
        return [today]
    start = max(first_on, dt.date.fromisoformat(last_before))
    days = [start + dt.timedelta(days=offset) for offset in range((today - start).days + 1)]
    return [day for day in days if day.isoformat() not in done]


@transaction.atomic
def cover_periods(*, job: str, periods: Iterable[str], by: JobRun) -> None:
    """Record missed `periods` as covered by the later run `by` (a job that catches up in one run, such as dunning)."""
    now = timezone.now()
    for period in periods:
        JobRun.objects.get_or_create(
            job=job,
            period=period,
            defaults={
                "state": JobRun.State.COVERED,
                "finished_at": now,
                "result": {"covered_by": by.period},
            },
        )

"""The quarterly adjustment as a job: one run per quarter (2026Q3), in the order of the quarters."""

from __future__ import annotations

import datetime as dt

from creditrisk.business_days.selectors import business_calendar
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, run_job
from creditrisk.quarters import Quarter
from receivables.selectors.reports import committed_reports
from reviews.adjustment_selectors import JOB as JOB
from reviews.adjustment_selectors import adjusted_after
from reviews.services.adjustments import AdjustmentRun, adjust_grades, require_adjustable


def adjust_grades_once(*, quarter: Quarter, now: dt.datetime | None = None) -> JobRun:
    """Adjust the grades for `quarter` unless the ledger says that it is done; return the ledger's row. `now` None: now.

    The row's result holds counts and warnings. Raises ConflictError where another process does so right now or a later
    quarter has been adjusted, InvalidInputError as `adjust_grades`: then nothing is recorded.
    """
    settled = JobRun.objects.filter(job=JOB, period=str(quarter), state__in=JobRun.SETTLED).first()
    if settled is not None:
        return settled
    require_adjustable(quarter, now=now)
    return run_job(
        job=JOB, period=str(quarter), work=lambda: _outcome(adjust_grades(quarter=quarter, now=now))
    )


def adjust_quarter(period: str) -> JobRun:
    """Adjust the grades for the quarter that the ledger writes as `period` (2026Q3), now; see `adjust_grades_once`."""
    return adjust_grades_once(quarter=Quarter.parse(period))


def is_quarter_told(period: str) -> bool:
    """Return whether the quarter `period` can be adjusted by itself: a report is as of a day in its last month, and one
    of its last business day or later is there (before, finance's file of its end may still come, and nobody knows what
    was paid by then); or it was begun by hand. And no later quarter has been adjusted.
    """
    quarter = Quarter.parse(period)
    if adjusted_after(quarter) is not None:
        return False
    if JobRun.objects.filter(job=JOB, period=period).exists():
        return True
    last_on = quarter.last_on
    within = committed_reports().filter(as_of__range=(last_on.replace(day=1), last_on))
    at_end = committed_reports().filter(as_of__gte=business_calendar().on_or_before(last_on))
    return within.exists() and at_end.exists()


def _outcome(run: AdjustmentRun) -> JobOutcome:
    return JobOutcome(
        {"counts": dict(run.counts), "report": run.report, "warnings": run.warnings()},
        units_done=run.counts.total(),
        errors=tuple(run.errors),
    )

"""The quarterly adjustment as a job: one run per quarter (2026Q3), in the order of the quarters."""

from __future__ import annotations

import datetime as dt

from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, run_job
from creditrisk.quarters import Quarter
from reviews.adjustment_selectors import JOB as JOB
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


def _outcome(run: AdjustmentRun) -> JobOutcome:
    return JobOutcome(
        {"counts": dict(run.counts), "report": run.report, "warnings": run.warnings()},
        units_done=run.units_done,
        errors=tuple(run.errors),
    )

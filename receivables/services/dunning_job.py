"""Dunning as a job: one run per day, and one run that makes up for all days on which the system was down."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, cover_periods, missed_days, run_job
from receivables.dunning_result import DunningResult
from receivables.selectors.reports import report_for
from receivables.services.dunning import require_report, run_dunning

JOB = "dunning"
LOOK_BACK = dt.timedelta(days=366)


def run_dunning_once(*, on: dt.date) -> JobRun:
    """Run dunning for the date `on` unless the ledger says that it is done; return the ledger's row.

    The row's result holds counts and warnings; what was done is `dunning_result_on(on)`. Raises
    ConflictError where another process runs dunning right now, InvalidInputError without a report: then
    nothing is recorded.
    """
    require_report(on)
    return run_job(job=JOB, period=on.isoformat(), work=lambda: _outcome(run_dunning(on=on, by=None)))


def _outcome(result: DunningResult) -> JobOutcome:
    return JobOutcome(
        {"counts": result.counts(), "warnings": [warning.as_json() for warning in result.warnings]},
        units_done=result.units_done,
        errors=result.errors,
    )


def catch_up_dunning(*, now: dt.datetime) -> JobRun | None:
    """Run dunning for the day of `now` if it is due and not done yet; return the ledger's row, None if
    nothing was due.

    It is due from CREDITRISK_DUNNING_NOT_BEFORE, local time, as soon as there is a report. Days missed
    before are covered by this one run: stages go by the days past due, so that today's run says all there
    is to say (P5.2.3: a missed reminder is not made up for). Raises ConflictError where another process
    runs dunning right now.
    """
    local = timezone.localtime(now)
    today = local.date()
    if local.time() < settings.CREDITRISK_DUNNING_NOT_BEFORE or report_for(today) is None:
        return None
    missed = missed_days(job=JOB, first_on=today - LOOK_BACK, today=today)
    if not missed:
        return None
    run = run_dunning_once(on=today)
    if run.state in JobRun.SETTLED:
        cover_periods(job=JOB, periods=[day.isoformat() for day in missed if day < today], by=run)
    return run

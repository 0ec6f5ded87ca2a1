"""Self-checks as a job: one run per day, and for missed days one run for each half-year among them."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, cover_periods, missed_days, run_job
from customers.services.self_check import open_self_checks, self_check_period_on

JOB = "contract_self_checks"
LOOK_BACK = dt.timedelta(days=366)


def open_self_checks_once(*, on: dt.date) -> JobRun:
    """Open the self-checks of the day `on` unless the ledger says that it is done; return the ledger's row.

    Raises ConflictError where another process does so right now.
    """
    return run_job(job=JOB, period=on.isoformat(), work=lambda: _outcome(on))


def _outcome(on: dt.date) -> JobOutcome:
    run = open_self_checks(on=on)
    return JobOutcome({"opened": len(run.opened)}, units_done=len(run.opened))


def catch_up_self_checks(*, now: dt.datetime) -> list[JobRun]:
    """Open the self-checks of the day of `now`, and of the days missed before it; return the ledger's rows of the
    runs, none where all is done.

    What a day would have opened, a later day of the same period opens as well: of each period the last missed day
    is run, in order, and covers the others. Raises ConflictError where another process does so right now.
    """
    today = timezone.localtime(now).date()
    missed = missed_days(job=JOB, first_on=today - LOOK_BACK, today=today)
    by_period: dict[dt.date, list[dt.date]] = {}
    for day in missed:
        by_period.setdefault(self_check_period_on(day).starts_on, []).append(day)
    runs = []
    for days in by_period.values():
        run = open_self_checks_once(on=days[-1])
        cover_periods(job=JOB, periods=[day.isoformat() for day in days[:-1]], by=run)
        runs.append(run)
    return runs

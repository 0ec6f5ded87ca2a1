"""Early warnings as a job: one run per day. A later day says all that the days before it would have said, so that one
run covers those on which the system was down."""

from __future__ import annotations

import datetime as dt

from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, run_job
from receivables.services.warnings import raise_warnings
from receivables.warning_result import WarningsResult

JOB = "early_warnings"


def raise_warnings_once(*, on: dt.date) -> JobRun:
    """Raise the warnings of the day `on` unless the ledger says that it is done; return the ledger's row.

    The row's result holds counts; what was done is in the cases. Raises ConflictError where another process raises
    warnings right now.
    """
    return run_job(job=JOB, period=on.isoformat(), work=lambda: _outcome(raise_warnings(on=on)))


def _outcome(result: WarningsResult) -> JobOutcome:
    return JobOutcome(
        {
            "counts": result.counts(),
            "raised": len(result.raised),
            "worse": len(result.worse),
            "escalated": len(result.escalated),
            "as_of": result.as_of.isoformat() if result.as_of else None,
            "is_stale": result.is_stale,
        },
        units_done=len(result.raised) + len(result.worse) + len(result.escalated),
        errors=result.errors,
    )

"""Reads of the ledger of jobs."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from creditrisk.jobs.models import JobRun


def job_runs() -> QuerySet[JobRun]:
    """Return all runs, newest period first."""
    return JobRun.objects.all()


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

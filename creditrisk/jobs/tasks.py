"""What the schedule wakes: a job that is due, and the runs that a person asked for."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from creditrisk.exceptions import ConflictError
from creditrisk.jobs.schedule import job_named
from creditrisk.jobs.selectors import runs_asked_for
from creditrisk.jobs.services import catch_up, drop_request

logger = logging.getLogger(__name__)


@shared_task
def catch_up_job(code: str) -> None:
    """Run what is due of a job: woken often, it works once per period."""
    job = job_named(code)
    if job is None:
        logger.error("The schedule wakes the job %s, which nobody registered.", code)
        return
    try:
        catch_up(job, now=timezone.now())
    except ConflictError:
        logger.info("The job %s is being run by another process: nothing to do.", code)


@shared_task
def run_asked_again() -> None:
    """Run again what somebody asked for; the database knows it, whatever the broker forgot."""
    for run in runs_asked_for():
        job = job_named(run.job)
        if job is None:
            continue
        try:
            job.run(run.period)
        except ConflictError:
            logger.info("The job %s is being run by another process: it waits.", run.job)
        except Exception as error:
            # One request that cannot be met must not keep the others waiting.
            logger.exception("The run %s could not be run again.", run)
            drop_request(run=run, error=f"{type(error).__name__}: {error}")

"""Who sees the ledger of jobs, and who may have a job run again."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.business_days.selectors import business_calendar
from creditrisk.exceptions import NotAllowedError
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.periods import starts_on
from creditrisk.jobs.schedule import Missed, due_periods, job_named


def list_refusal(user: User) -> NotAllowedError | None:
    """Administrators keep the system running, the leaders answer for what it does."""
    if user.has_role(Role.ADMINISTRATOR, Role.GROUP_LEADER, Role.DEPUTY_LEADER):
        return None
    return NotAllowedError("jobs.not_allowed", _("Only administrators and the leaders see the jobs."))


def run_again_refusal(
    user: User, run: JobRun, *, is_at_work: bool, now: dt.datetime
) -> NotAllowedError | None:
    """Return why `user` may not have `run` run again at the moment `now`; None for a run that failed or was
    interrupted, and that no later period has made superfluous."""
    if refused := list_refusal(user):
        return refused
    if run.state in JobRun.SETTLED:
        return NotAllowedError("jobs.settled", _("This period is done: it is never run twice."))
    if run.state == JobRun.State.RUNNING and is_at_work:
        return NotAllowedError("jobs.at_work", _("The job is being run right now."))
    job = job_named(run.job)
    if job is None:
        return NotAllowedError("jobs.unknown", _("There is no such job any more."))
    if job.missed is not Missed.EACH:
        period_on = starts_on(run.period, job.cadence)
        due = due_periods(job, since=period_on, now=now, calendar=business_calendar())
        if due and due[-1] > run.period:
            return NotAllowedError(
                "jobs.later_period", _("A later period is due: its run says what this one would have said.")
            )
    return None

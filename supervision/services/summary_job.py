"""Monthly summaries as jobs: made once a month, looked after once a day."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import deputies_of, holders_of
from creditrisk.business_days.selectors import business_calendar
from creditrisk.dates import end_of_month
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, run_job
from creditrisk.notifications.selectors import told_keys
from creditrisk.notifications.services import notify
from customers.services.messages import filled
from supervision.models import MonthlySummary
from supervision.selectors.summaries import unsigned_by
from supervision.services.summaries import make_summaries
from supervision.services.summary_addenda import add_addenda

JOB = "monthly_summary"
CARE_JOB = "summary_care"


def summaries_due_on(month: dt.date) -> dt.date:
    """Return the day on which the summaries of `month` (its first day) are made: the first business day after it."""
    return business_calendar().after(end_of_month(month), 1)


def make_summaries_once(*, month: dt.date, now: dt.datetime) -> JobRun:
    """Make the summaries of a month (its first day) unless the ledger says that it is done; return the ledger's row,
    with the period "2026-10". Raises ConflictError where another process does so right now, InvalidInputError for a
    month that is not over.
    """
    return run_job(job=JOB, period=f"{month:%Y-%m}", work=lambda: _made(month, now))


def make_summaries_of(period: str) -> JobRun:
    """Make the summaries of the month that the ledger writes as `period` (2026-10), now; see `make_summaries_once`."""
    return make_summaries_once(month=dt.date.fromisoformat(f"{period}-01"), now=timezone.now())


def _made(month: dt.date, now: dt.datetime) -> JobOutcome:
    done = make_summaries(month=month, now=now)
    result = {"made": done.made, "kept": done.kept}
    return JobOutcome(result, units_done=len(done.made) + len(done.kept), errors=tuple(done.errors))


def look_after_summaries_once(*, now: dt.datetime) -> JobRun:
    """Do the day's care of `now` unless the ledger says that it is done: write addenda for later reports, remind of
    what is not signed. Raises ConflictError where another process does so right now.
    """
    on = timezone.localdate(now)
    return run_job(job=CARE_JOB, period=on.isoformat(), work=lambda: _cared(on, now))


def look_after_summaries_on(period: str) -> JobRun:
    """Do the care of the day `period` (2026-11-27) with what is known now; see `look_after_summaries_once`."""
    now = timezone.now()
    return run_job(job=CARE_JOB, period=period, work=lambda: _cared(dt.date.fromisoformat(period), now))


def _cared(on: dt.date, now: dt.datetime) -> JobOutcome:
    added = add_addenda(now=now)
    reminded = remind_of_summaries(on=on)
    result = {"addenda": added.changed, "unchanged": added.unchanged, "reminded": reminded}
    return JobOutcome(result, units_done=added.changed + reminded, errors=tuple(added.errors))


def remind_of_summaries(*, on: dt.date) -> int:
    """Remind the author of each draft, and who stands in for him, on the last day for its signature; once that day is
    over, tell them and the deputy leader that it is late. Each of the two once for each summary; return how many drafts
    were spoken of that were not before.
    """
    drafts = list(unsigned_by(on))
    deputies = list(holders_of(Role.DEPUTY_LEADER))
    managers = [summary.service_manager for summary in drafts if summary.service_manager is not None]
    standing_in = deputies_of(managers, day=on)
    told = told_keys(_key(summary, on) for summary in drafts)
    for summary in drafts:
        manager = summary.service_manager
        # The group's has no manager, and who has left signs nothing: it is the deputy's own.
        author = deputies if manager is None or summary.has_no_author else [manager]
        _remind(summary, [*author, *standing_in.get(manager.pk if manager else 0, ())], deputies, on=on)
    return sum(_key(summary, on) not in told for summary in drafts)


def _key(summary: MonthlySummary, on: dt.date) -> str:
    return f"summary_late:{summary.pk}" if summary.is_overdue(on=on) else f"summary_remind:{summary.pk}"


def _remind(summary: MonthlySummary, author: list[User], deputies: list[User], *, on: dt.date) -> None:
    values = {"month": f"{summary.month:%Y-%m}", "date": summary.sign_by_on.isoformat()}
    notify(
        users=author,
        title=filled(
            gettext_lazy("The monthly summary %(month)s is to be analysed and signed by %(date)s"), **values
        ),
        url=summary.get_absolute_url(),
        key=f"summary_remind:{summary.pk}",
    )
    if summary.is_overdue(on=on):
        whose = gettext_lazy("Whole group") if summary.is_group else summary.whose
        notify(
            users={person.pk: person for person in [*author, *deputies]}.values(),
            title=filled(
                gettext_lazy(
                    "The monthly summary %(month)s was to be signed by %(date)s and is not: %(whose)s"
                ),
                **values,
                whose=whose,
            ),
            url=summary.get_absolute_url(),
            key=_key(summary, on),
        )

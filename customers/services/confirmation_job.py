"""Asking for confirmations as a job (P4.3): once a month, one message for each person, whatever the number of files."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.dates import add_months
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, cover_periods, run_job
from creditrisk.notifications.services import notify
from customers.models import Customer
from customers.portfolio_selectors import files_to_ask_for

JOB = "file_confirmations"


@dataclass(frozen=True)
class Digest:
    """What one person is asked to confirm: (customer number, due on), the most urgent first."""

    person: User
    files: tuple[tuple[str, dt.date], ...]
    overdue: int

    def as_json(self) -> dict[str, Any]:
        """Return the digest as JSON-ready data."""
        return {
            "person": self.person.username,
            "overdue": self.overdue,
            "files": [{"customer": number, "due_on": due_on.isoformat()} for number, due_on in self.files],
        }


@dataclass(frozen=True)
class Asked:
    """Whom the job asks on a day for which files; `unassigned` are files that nobody manages."""

    on: dt.date
    digests: tuple[Digest, ...]
    unassigned: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the result as the command prints it and the ledger keeps it."""
        return {
            "on": self.on.isoformat(),
            "period": period_of(self.on),
            "asked": [digest.as_json() for digest in self.digests],
            "unassigned": list(self.unassigned),
        }


def period_of(day: dt.date) -> str:
    """Return the job's period, the month of `day`: 2026-11."""
    return f"{day:%Y-%m}"


def confirmations_to_ask(*, on: dt.date) -> Asked:
    """Return whom to ask on `on`: both managers of every file that is overdue or due within the policy's notice.

    A manager who has left or lost the role is asked for nothing; a file without a present manager is `unassigned`.
    """
    wanted: dict[int, list[Customer]] = {}
    people: dict[int, User] = {}
    unassigned = []
    account_managers = {person.pk: person for person in holders_of(Role.ACCOUNT_MANAGER)}
    service_managers = {person.pk: person for person in holders_of(Role.SERVICE_MANAGER)}
    for customer in files_to_ask_for(on=on):
        managers = [
            person
            for person in (
                account_managers.get(customer.account_manager_id or 0),
                service_managers.get(customer.service_manager_id or 0),
            )
            if person is not None
        ]
        if not managers:
            unassigned.append(customer.number)
        for person in managers:
            people[person.pk] = person
            wanted.setdefault(person.pk, []).append(customer)
    digests = [_digest(people[pk], files, on=on) for pk, files in wanted.items()]
    return Asked(on, tuple(sorted(digests, key=lambda digest: digest.person.username)), tuple(unassigned))


def _digest(person: User, files: list[Customer], *, on: dt.date) -> Digest:
    due = tuple((customer.number, _due_on(customer)) for customer in files)
    return Digest(person, due, overdue=sum(due_on < on for _number, due_on in due))


def _due_on(customer: Customer) -> dt.date:
    due_on: dt.date = customer.confirmation_due_on  # type: ignore[attr-defined]  # annotated by the selector
    return due_on


def ask_confirmations(*, on: dt.date) -> JobRun:
    """Ask everybody for the files he has to confirm, once for the month of `on`; return the ledger's row.

    Each person is a unit of his own: his message carries the month as its key, so that a run after a kill tells only
    those who were not told. Raises ConflictError where another process runs the job right now.
    """
    return run_job(job=JOB, period=period_of(on), work=lambda: _ask(on))


def ask_confirmations_of(period: str) -> JobRun:
    """Ask for the month `period` (2026-11), as on its first day; see `ask_confirmations`."""
    return ask_confirmations(on=dt.date.fromisoformat(f"{period}-01"))


def _ask(on: dt.date) -> JobOutcome:
    asked = confirmations_to_ask(on=on)
    for digest in asked.digests:
        _tell(digest, on=on)
    return JobOutcome(asked.as_json(), units_done=len(asked.digests))


@transaction.atomic
def _tell(digest: Digest, *, on: dt.date) -> None:
    notify(
        users=[digest.person],
        title=lazy(_please_confirm, str)(len(digest.files), digest.overdue),
        url=f"{reverse('portfolio:confirmation_list')}?mine=on",
        key=f"confirmations:{period_of(on)}",
    )


def _please_confirm(files: int, overdue: int) -> str:
    asked = ngettext(
        "%(count)s customer file asks to be confirmed.",
        "%(count)s customer files ask to be confirmed.",
        files,
    ) % {"count": files}
    if not overdue:
        return asked
    late = ngettext("%(count)s of them is overdue.", "%(count)s of them are overdue.", overdue)
    return f"{asked} {late % {'count': overdue}}"


def catch_up_confirmations(*, now: dt.datetime) -> JobRun | None:
    """Ask for the month of `now` if that is not done yet; return the ledger's row, None if nothing was due.

    Months missed before are covered by this one run: what was due then is overdue now and asked for. Raises
    ConflictError where another process runs the job right now.
    """
    today = timezone.localdate(now)
    settled = set(
        JobRun.objects.filter(job=JOB, state__in=JobRun.SETTLED, period__lte=period_of(today)).values_list(
            "period", flat=True
        )
    )
    if period_of(today) in settled:
        return None
    run = ask_confirmations(on=today)
    if run.state in JobRun.SETTLED and settled:
        cover_periods(job=JOB, periods=_months_between(min(settled), today) - settled, by=run)
    return run


def _months_between(first: str, today: dt.date) -> set[str]:
    """Return the months from `first` to the one before that of `today`."""
    month = dt.date.fromisoformat(f"{first}-01")
    months = set()
    while period_of(month) < period_of(today):
        months.add(period_of(month))
        month = add_months(month, 1)
    return months

"""Reminding account and service managers of qualifications that end (P4.3): a daily job, each reminder once."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from creditrisk.exceptions import BusinessError
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, cover_periods, missed_days, run_job
from creditrisk.notifications.services import notify
from creditrisk.policy.schema import FileRules
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, Qualification, QualificationReminder
from customers.selectors import qualification_reminders_on, qualifications_ending
from customers.validity import days_left, due_reminder

JOB = "qualification_reminders"
LOOK_BACK = dt.timedelta(days=366)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reminder:
    """One reminder: what ends when, how many calendar days before that it counts as, and who is told."""

    customer: str
    kind: str
    label: str
    number: str
    valid_to_on: dt.date
    days_left: int
    days_before: int
    told: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            "customer": self.customer,
            "kind": self.kind,
            "name": self.label,
            "number": self.number,
            "valid_to": self.valid_to_on.isoformat(),
            "days_left": self.days_left,
            "days_before": self.days_before,
            "told": list(self.told),
        }


@dataclass(frozen=True)
class Reminders:
    """What a run did: `reminders` sent (or, in a dry run, due), `unattended` ones that nobody looks after and that are
    tried again the next day, and one error for each that failed."""

    reminders: tuple[Reminder, ...]
    unattended: tuple[Reminder, ...] = ()
    errors: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            "reminders": [reminder.as_json() for reminder in self.reminders],
            "unattended": [reminder.as_json() for reminder in self.unattended],
            "errors": list(self.errors),
        }


def remind_of_qualifications(*, on: dt.date, dry_run: bool = False) -> Reminders:
    """Send the reminders that the day `on` calls for, by the policy in force on it; return what was done.

    Each in a transaction of its own with a unique row: again, it does the rest. A dry run writes nothing.
    """
    rules = policy_version_on(on).policy.customer_file
    sent: list[Reminder] = []
    unattended: list[Reminder] = []
    errors: list[str] = []
    for qualification in qualifications_ending(on=on, within_days=rules.qualification_reminder_days[0]):
        reminder = _due(qualification, rules, on)
        if reminder is None:
            continue
        try:
            if not dry_run:
                reminder = _remind(qualification.pk, rules=rules, on=on)
        except (BusinessError, DatabaseError) as error:
            logger.exception("The reminder of qualification %s failed.", qualification.pk)
            errors.append(f"{qualification.customer.number}: {type(error).__name__}")
            continue
        if reminder is not None:
            (sent if reminder.told else unattended).append(reminder)
    return Reminders(tuple(sent), tuple(unattended), tuple(errors))


@transaction.atomic
def _remind(pk: int, *, rules: FileRules, on: dt.date) -> Reminder | None:
    """Tell the managers of one qualification, as it is stored now; return the reminder, None where none is due."""
    owner = Qualification.objects.values_list("customer_id", flat=True).get(pk=pk)
    Customer.objects.select_for_update().get(pk=owner)
    stored = (
        qualifications_ending(on=on, within_days=rules.qualification_reminder_days[0]).filter(pk=pk).first()
    )
    if stored is None:
        return None
    reminder = _due(stored, rules, on)
    if reminder is None or not reminder.told:
        return reminder
    QualificationReminder.objects.create(
        qualification=stored,
        days_before=reminder.days_before,
        valid_to_on=reminder.valid_to_on,
        sent_on=on,
    )
    notify(
        users=_managers(stored.customer),
        title=_ends_soon(stored, reminder),
        url=f"{stored.customer.get_absolute_url()}#qualifications",
        key=f"qualification:{pk}:{reminder.valid_to_on}:{reminder.days_before}",
    )
    return reminder


def _due(qualification: Qualification, rules: FileRules, on: dt.date) -> Reminder | None:
    valid_to_on = qualification.valid_to_on
    assert valid_to_on is not None  # the selector asks for it
    sent = [row.days_before for row in qualification.reminders.all() if row.valid_to_on == valid_to_on]
    days_before = due_reminder(
        valid_to_on=valid_to_on, on=on, reminder_days=rules.qualification_reminder_days, sent=sent
    )
    if days_before is None:
        return None
    return _reminder(qualification, valid_to_on=valid_to_on, days_before=days_before, on=on)


def _reminder(
    qualification: Qualification, *, valid_to_on: dt.date, days_before: int, on: dt.date
) -> Reminder:
    return Reminder(
        customer=qualification.customer.number,
        kind=qualification.kind,
        label=qualification.label,
        number=qualification.number,
        valid_to_on=valid_to_on,
        days_left=days_left(valid_to_on, on),
        days_before=days_before,
        told=tuple(manager.username for manager in _managers(qualification.customer)),
    )


def _managers(customer: Customer) -> list[User]:
    """Return the active ones of the customer's account manager and service manager."""
    managers = (customer.account_manager, customer.service_manager)
    return [manager for manager in managers if manager is not None and manager.is_active]


def _ends_soon(qualification: Qualification, reminder: Reminder) -> Any:
    """Return the message, each reader's in his own language."""

    def text() -> str:
        values = {
            "customer": str(qualification.customer),
            "qualification": qualification.label,
            "date": reminder.valid_to_on.isoformat(),
            "days": reminder.days_left,
        }
        if reminder.days_left == 0:
            return _("%(customer)s: %(qualification)s ends today (%(date)s).") % values
        return (
            ngettext(
                "%(customer)s: %(qualification)s ends in %(days)s day (%(date)s).",
                "%(customer)s: %(qualification)s ends in %(days)s days (%(date)s).",
                reminder.days_left,
            )
            % values
        )

    return lazy(text, str)()


def reminded_on(day: dt.date) -> Reminders:
    """Return the reminders that were sent on `day`, as they stand in the ledger."""
    return Reminders(
        tuple(
            _reminder(row.qualification, valid_to_on=row.valid_to_on, days_before=row.days_before, on=day)
            for row in qualification_reminders_on(day)
        )
    )


def remind_once(*, on: dt.date) -> JobRun:
    """Send the reminders of the day `on` unless the ledger says that it is done; return the ledger's row.

    Raises ConflictError where another process is sending them right now.
    """
    return run_job(job=JOB, period=on.isoformat(), work=lambda: _outcome(remind_of_qualifications(on=on)))


def _outcome(result: Reminders) -> JobOutcome:
    counts = {"reminders": len(result.reminders), "unattended": len(result.unattended)}
    return JobOutcome(counts, units_done=len(result.reminders), errors=result.errors)


def catch_up_reminders(*, now: dt.datetime) -> JobRun | None:
    """Send the reminders of the day of `now` if they are due and not sent yet; return the ledger's row, None if nothing
    was due.

    They are due from CREDITRISK_REMINDERS_NOT_BEFORE, local time. Days missed before are covered by this one run: the
    nearest reminder says all there is to say. Raises ConflictError where another process is at it.
    """
    local = timezone.localtime(now)
    today = local.date()
    if local.time() < settings.CREDITRISK_REMINDERS_NOT_BEFORE:
        return None
    missed = missed_days(job=JOB, first_on=today - LOOK_BACK, today=today)
    if not missed:
        return None
    run = remind_once(on=today)
    if run.state in JobRun.SETTLED:
        cover_periods(job=JOB, periods=[day.isoformat() for day in missed if day < today], by=run)
    return run

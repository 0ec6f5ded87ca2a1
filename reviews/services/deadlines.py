"""Speaking of deadlines: a reminder when most of the time is gone, a notice to the next stage when it is over. Never an
approval by itself.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from creditrisk.business_days.selectors import business_calendar
from creditrisk.exceptions import BusinessError
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, run_job
from reviews.deadlines import is_nearly_due, is_overdue
from reviews.models import ApprovalStep, Review, StepState
from reviews.selectors import people_told_of_delay, steps_with_deadline
from reviews.services.locked_review import lock_review
from reviews.services.messages import tell_nearly_due, tell_overdue

JOB = "review_deadlines"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Spoken:
    """What was said of one step: `kind` is "reminder" or "escalation", `told` are user names."""

    review: str
    role: str
    due_on: dt.date
    kind: str
    told: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            "review": self.review,
            "role": self.role,
            "due_on": self.due_on.isoformat(),
            "kind": self.kind,
            "told": list(self.told),
        }


def speak_of_deadlines(*, on: dt.date, now: dt.datetime) -> tuple[list[Spoken], list[str]]:
    """Remind and escalate what the day `on` calls for, each step once; return what was said, and one error for each
    review that failed. A transaction for each review: again, it does the rest.
    """
    spoken: list[Spoken] = []
    errors: list[str] = []
    for review_id in steps_with_deadline(on).values_list("review", flat=True).distinct().order_by("review"):
        try:
            spoken += _speak_of(review_id, on=on, now=now)
        except (BusinessError, DatabaseError) as error:
            logger.exception("Speaking of the deadlines of review %s failed.", review_id)
            errors.append(f"{review_id}: {type(error).__name__}")
    return spoken, errors


@transaction.atomic
def _speak_of(review_id: int, *, on: dt.date, now: dt.datetime) -> list[Spoken]:
    review = lock_review(review_id)
    spoken = []
    for step in review.steps.filter(state=StepState.PENDING).select_related("assignee").order_by("pk"):
        step.review = review
        kind = _kind(review, step, on)
        if kind == "escalation":
            step.escalated_at = now
            people = people_told_of_delay(step)
            tell_overdue(review, step, people)
        elif kind == "reminder":
            people = tell_nearly_due(review, step, on=on)
        else:
            continue
        step.reminded_at = step.reminded_at or now
        step.save()
        assert step.due_on is not None  # else there is no kind
        told = tuple(person.username for person in people)
        spoken.append(Spoken(review.number, step.role, step.due_on, kind, told))
    return spoken


def _kind(review: Review, step: ApprovalStep, on: dt.date) -> str:
    """Return what is to be said of the step: "escalation", "reminder" or "" for nothing."""
    if step.due_on is None or step.opened_at is None or review.policy_version is None:
        return ""
    if is_overdue(due_on=step.due_on, on=on):
        return "" if step.escalated_at else "escalation"
    is_near = is_nearly_due(
        opened_on=timezone.localdate(step.opened_at),
        due_on=step.due_on,
        on=on,
        ratio=review.policy_version.policy.approvals.reminder_after_ratio,
        calendar=business_calendar(),
    )
    return "reminder" if is_near and not step.reminded_at else ""


def speak_once(*, on: dt.date, now: dt.datetime) -> JobRun:
    """Speak of the day's deadlines unless the ledger says that it is done; return the ledger's row, whose result has
    what was said. Raises ConflictError where another process is at it.
    """
    return run_job(job=JOB, period=on.isoformat(), work=lambda: _outcome(*speak_of_deadlines(on=on, now=now)))


def speak_on(period: str) -> JobRun:
    """Speak of the deadlines of the day `period` (2026-11-27) at this moment; see `speak_once`."""
    return speak_once(on=dt.date.fromisoformat(period), now=timezone.now())


def _outcome(spoken: list[Spoken], errors: list[str]) -> JobOutcome:
    result = {"spoken": [said.as_json() for said in spoken]}
    return JobOutcome(result, units_done=len(spoken), errors=tuple(errors))


def catch_up_deadlines(*, now: dt.datetime) -> JobRun | None:
    """Speak of the deadlines of the day of `now` if it is a business day, due (from CREDITRISK_REMINDERS_NOT_BEFORE,
    local time) and not done; return the ledger's row, None if nothing was to do. What a missed day would have said, the
    next one says. Raises ConflictError where another process is at it.
    """
    local = timezone.localtime(now)
    too_early = local.time() < settings.CREDITRISK_REMINDERS_NOT_BEFORE
    if too_early or not business_calendar().is_business_day(local.date()):
        return None
    return speak_once(on=local.date(), now=now)

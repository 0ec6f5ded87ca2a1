"""What is to be done after a case review: asked of somebody, done, reminded of (P3.1 d)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.accounts.selectors import people_at_work
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, run_job
from creditrisk.notifications.selectors import told_keys
from creditrisk.notifications.services import notify
from customers.models import Customer
from customers.portfolio_selectors import people_who_see
from customers.services.messages import filled
from supervision.models import CaseFollowUp, CaseReview
from supervision.permissions import change_review_refusal, complete_follow_up_refusal
from supervision.selectors.case_reviews import follow_ups_to_remind_of
from supervision.services.case_reviews import lock_review, raise_version

JOB = "case_follow_ups"
REMIND_DAYS_BEFORE = 2
"""Calendar days before its day on which somebody is reminded of a follow-up."""
RESULT_MAX_LENGTH = 500
ASKED = gettext_lazy("To do after “%(title)s” by %(date)s: %(what)s")
DUE_SOON = gettext_lazy("Due on %(date)s, from “%(title)s”: %(what)s")
OVERDUE = gettext_lazy("Overdue since %(date)s, from “%(title)s”: %(what)s")


@transaction.atomic
def ask_follow_up(
    *,
    review: CaseReview,
    text: str,
    responsible: User,
    due_on: dt.date,
    by: User,
    customer: Customer | None = None,
    submission_key: UUID | None = None,
) -> CaseFollowUp:
    """Note what `responsible` is to do by `due_on`, about a customer or none; return it. He is told. A form sent twice
    is one.

    Raises NotAllowedError, ConflictError where the minutes are signed off, InvalidInputError where the text is missing,
    the day lies before the meeting, or the person is not at work or does not see the customer.
    """
    locked = lock_review(review)
    if submission_key is not None:
        sent_before: CaseFollowUp | None = CaseFollowUp.objects.filter(
            submission_key=submission_key, review=locked
        ).first()
        if sent_before is not None:
            return sent_before
    require(change_review_refusal(by, locked))
    text = " ".join(text.split())
    if not text:
        raise InvalidInputError("case_follow_up.text_missing", _("Say what is to be done."))
    if due_on < locked.held_on:
        raise InvalidInputError(
            "case_follow_up.due_before_meeting", _("A follow-up is due on the day of the meeting or later.")
        )
    if not (people_who_see(customer) if customer else people_at_work()).filter(pk=responsible.pk).exists():
        reason = (
            _("%(person)s does not see this customer: choose somebody who does.")
            if customer
            else _("%(person)s is not at work any more: choose somebody else.")
        )
        raise InvalidInputError("case_follow_up.responsible", reason % {"person": responsible})
    with acting(by):
        follow_up = CaseFollowUp.objects.create(
            review=locked,
            customer=customer,
            text=text,
            responsible=responsible,
            due_on=due_on,
            created_by=by,
            submission_key=submission_key,
        )
        raise_version(locked)
    if responsible.pk != by.pk:
        _tell(follow_up, ASKED, key=f"case-follow-up:{follow_up.pk}:asked")
    return follow_up


@transaction.atomic
def leave_follow_up_out(*, follow_up: CaseFollowUp, by: User) -> None:
    """Take a follow-up that nobody has done yet out of minutes that are being written. Twice is once.

    Raises NotAllowedError, ConflictError where the minutes are signed off.
    """
    locked = lock_review(follow_up.review)
    require(change_review_refusal(by, locked))
    with acting(by):
        for stored in CaseFollowUp.objects.filter(pk=follow_up.pk, done_at__isnull=True):
            stored.delete()
            raise_version(locked)


@transaction.atomic
def complete_follow_up(*, follow_up: CaseFollowUp, result: str, by: User, now: dt.datetime) -> CaseFollowUp:
    """Tick a follow-up off at `now`, with what came of it; return it. One that is done keeps who did it and when.

    Raises NotAllowedError (see `complete_follow_up_refusal`).
    """
    lock_review(follow_up.review)
    stored: CaseFollowUp = CaseFollowUp.objects.select_for_update().get(pk=follow_up.pk)
    require(complete_follow_up_refusal(by, stored))
    if stored.done_at is None:
        stored.done_at, stored.done_by = now, by
        stored.result = " ".join(result.split())[:RESULT_MAX_LENGTH]
        with acting(by):
            stored.save()
    return stored


def remind_follow_ups_once(*, on: dt.date) -> JobRun:
    """Remind of the follow-ups that are due soon or overdue on `on`, unless the ledger says that it is done; return the
    ledger's row.

    Each is spoken of once before its day and once when it is overdue, whichever days the job runs on: a missed day is
    made up for by the next. Raises ConflictError where another process does so right now.
    """
    return run_job(job=JOB, period=on.isoformat(), work=lambda: _outcome(on))


def _outcome(on: dt.date) -> JobOutcome:
    follow_ups = list(follow_ups_to_remind_of(on, days_before=REMIND_DAYS_BEFORE))
    told = told_keys(_key(follow_up, on) for follow_up in follow_ups)
    for follow_up in follow_ups:
        _remind(follow_up, on)
    reminded = sum(_key(follow_up, on) not in told for follow_up in follow_ups)
    return JobOutcome({"reminded": reminded}, units_done=reminded)


def _key(follow_up: CaseFollowUp, on: dt.date) -> str:
    return f"case-follow-up:{follow_up.pk}:{'overdue' if follow_up.is_overdue(on=on) else 'soon'}"


@transaction.atomic
def _remind(follow_up: CaseFollowUp, on: dt.date) -> None:
    # The message's key, not this job, keeps it from being told twice.
    _tell(follow_up, OVERDUE if follow_up.is_overdue(on=on) else DUE_SOON, key=_key(follow_up, on))


def _tell(follow_up: CaseFollowUp, text: Promise, *, key: str) -> None:
    notify(
        users=[follow_up.responsible],
        title=filled(
            text,
            title=follow_up.review.title,
            date=f"{follow_up.due_on:%Y-%m-%d}",
            what=follow_up.text,
        ),
        url=follow_up.get_absolute_url(),
        key=key,
    )

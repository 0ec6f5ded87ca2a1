"""Deciding a step: approve, return to the initiator, reject."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError
from customers.models import StateReasonCode
from customers.services import leave_review
from reviews.models import ApprovalStep, Decision, DecisionKind, Review, ReviewKind, StepState
from reviews.permissions import Action, absent_signer, require
from reviews.services import messages
from reviews.services.locked_review import (
    OPINION_MAX_LENGTH,
    Done,
    load_step,
    lock_review,
    person_now,
    require_form_version,
    require_round,
)
from reviews.services.log import record_decision
from reviews.services.outcome import conclude_review
from reviews.services.service_levels import confirm_service_level
from reviews.services.steps import close_open_steps, close_stages_after, open_stage


@transaction.atomic
def approve_step(
    *,
    step: ApprovalStep,
    by: User,
    seen_round: int,
    seen_form_version: int,
    now: dt.datetime,
    opinion: str = "",
    grade: str = "",
    grade_reason: str = "",
    service_level: str = "",
    service_level_reason: str = "",
) -> Done:
    """Approve a step. The last one of a stage opens the next stage; the last of all approves the review, and
    the customer becomes active with grade, limit and the form's data (P4.1).

    Only the last approver of a new-customer review may give a `grade` other than the proposal, with a reason; only the
    group leader confirms the `service_level` in an annual one (P3.1 f). A second click of the same person changes
    nothing (`repeated`). Raises NotAllowedError, ConflictError (decided by somebody else,
    changed form, other round, ended), InvalidInputError for a grade that cannot be given.
    """
    opened = _open_step(step, Action.APPROVE, by, seen_round, seen_form_version, now)
    if isinstance(opened, Done):
        return opened
    with acting(opened.by):
        if opened.step.role == Role.GROUP_LEADER and opened.review.kind == ReviewKind.ANNUAL:
            confirm_service_level(
                opened.review, level=service_level, reason=service_level_reason, by=opened.by, now=now
            )
        elif service_level:
            reason = _("The group leader confirms the service level, in an annual review (P3.1 f).")
            raise InvalidInputError("service_level.not_asked", reason)
        _decide(opened.step, opened.step.approve, opened.by, now)
        due = _stage_due(opened.review)
        if due is None:
            decision = conclude_review(
                review=opened.review,
                step=opened.step,
                by=opened.by,
                on_behalf_of=opened.absent,
                opinion=cleaned(opinion),
                grade=grade,
                grade_reason=grade_reason.strip(),
                now=now,
            )
            messages.tell_approved(opened.review, decision)
            messages.tell_absent(opened.review, decision)
            return Done(opened.review)
        if grade:
            reason = _("The grade is given with the last approval.")
            raise InvalidInputError("grade.not_last", reason)
        _log(opened, DecisionKind.APPROVE, cleaned(opinion), now)
        if due != opened.step.stage:
            open_stage(opened.review, due, now=now)
    return Done(opened.review)


@transaction.atomic
def return_step(
    *,
    step: ApprovalStep,
    by: User,
    opinion: str,
    seen_round: int,
    seen_form_version: int,
    now: dt.datetime,
) -> Done:
    """Return the form to its initiator, with the reason; every step that is still open is superseded, and all
    will be asked again in the next round. Finished steps keep their opinions.

    Raises as `approve_step`, and InvalidInputError without a reason.
    """
    opened = _open_step(step, Action.RETURN, by, seen_round, seen_form_version, now)
    if isinstance(opened, Done):
        return opened
    reason = required(opinion)
    with acting(opened.by):
        _decide(opened.step, opened.step.send_back, opened.by, now)
        close_open_steps(opened.review, StepState.SUPERSEDED)
        opened.review.send_back()
        opened.review.save()
        decision = _log(opened, DecisionKind.RETURN, reason, now)
    messages.tell_initiator(opened.review, messages.RETURNED, decision)
    return Done(opened.review)


@transaction.atomic
def reject_step(
    *,
    step: ApprovalStep,
    by: User,
    opinion: str,
    seen_round: int,
    seen_form_version: int,
    now: dt.datetime,
) -> Done:
    """Reject the review, with the reason: it ends, every open step is cancelled, and the customer leaves the
    review.

    Raises as `approve_step`, and InvalidInputError without a reason.
    """
    opened = _open_step(step, Action.REJECT, by, seen_round, seen_form_version, now)
    if isinstance(opened, Done):
        return opened
    reason = required(opinion)
    with acting(opened.by):
        _decide(opened.step, opened.step.reject, opened.by, now)
        close_open_steps(opened.review, StepState.CANCELLED)
        opened.review.reject()
        opened.review.ended_at = now
        opened.review.save()
        decision = _log(opened, DecisionKind.REJECT, reason, now)
        leave_review(
            customer=opened.review.customer,
            by=opened.by,
            code=StateReasonCode.REVIEW_REJECTED,
            number=opened.review.number,
        )
    messages.tell_initiator(opened.review, messages.REJECTED, decision)
    return Done(opened.review)


@transaction.atomic
def take_back_step(*, step: ApprovalStep, by: User, now: dt.datetime) -> Done:
    """Take one's own approval back while nobody of the next stage has decided: the step is to be decided anew, and the
    steps of the next stage wait again. A second click changes nothing.

    Raises NotAllowedError (not an approval of his), ConflictError (the next stage has decided, the review was returned
    or has ended).
    """
    review = lock_review(step.review_id)
    stored = load_step(review, step.pk)
    person = person_now(by, now)
    last = review.decisions.filter(step=stored).order_by("-sequence").first()
    if last is not None and last.kind == DecisionKind.TAKE_BACK and last.by_id == person.pk:
        return Done(review, repeated=True)
    require(Action.TAKE_BACK, user=person, review=review, step=stored)
    absent = absent_signer(person, review, stored)
    with acting(person):
        stored.take_back()
        stored.decided_by = stored.decided_at = None
        stored.save()
        closed = close_stages_after(stored)
        decision = record_decision(
            review=review, kind=DecisionKind.TAKE_BACK, by=person, on_behalf_of=absent, now=now, step=stored
        )
    messages.tell_taken_back(review, closed, decision)
    messages.tell_absent(review, decision)
    return Done(review)


@dataclass(frozen=True)
class _Opened:
    """A step that may be decided: its review is locked, its person has been asked for his roles. `absent` is the
    colleague on whose behalf he decides, None where the step is his own.
    """

    review: Review
    step: ApprovalStep
    by: User
    absent: User | None


DECIDED_AS = {
    Action.APPROVE: StepState.APPROVED,
    Action.RETURN: StepState.RETURNED,
    Action.REJECT: StepState.REJECTED,
}


def _open_step(
    step: ApprovalStep, action: Action, by: User, seen_round: int, seen_form_version: int, now: dt.datetime
) -> _Opened | Done:
    review = lock_review(step.review_id)
    stored = load_step(review, step.pk)
    person = person_now(by, now)
    if stored.state == DECIDED_AS[action] and stored.decided_by_id == person.pk:
        return Done(review, repeated=True)
    require(action, user=person, review=review, step=stored)
    require_round(review, seen_round)
    require_form_version(review, seen_form_version)
    return _Opened(review, stored, person, absent_signer(person, review, stored))


def _decide(step: ApprovalStep, transition: Callable[[], None], by: User, now: dt.datetime) -> None:
    transition()
    step.decided_by = by
    step.decided_at = now
    step.save()


def _stage_due(review: Review) -> int | None:
    """Return the stage that must decide next (the same while one of its parallel steps is open); None at the
    end.
    """
    undecided = review.steps.filter(round=review.round, state__in=(StepState.WAITING, StepState.PENDING))
    return undecided.order_by("stage").values_list("stage", flat=True).first()


def _log(opened: _Opened, kind: DecisionKind, opinion: str, now: dt.datetime) -> Decision:
    decision = record_decision(
        review=opened.review,
        kind=kind,
        by=opened.by,
        on_behalf_of=opened.absent,
        now=now,
        opinion=opinion,
        step=opened.step,
    )
    messages.tell_absent(opened.review, decision)
    return decision


def cleaned(opinion: str) -> str:
    """Return the opinion without blanks around it. Raises InvalidInputError where it is too long."""
    text = opinion.strip()
    if len(text) > OPINION_MAX_LENGTH:
        reason = _("An opinion has at most %(length)s characters.") % {"length": OPINION_MAX_LENGTH}
        raise InvalidInputError("opinion.too_long", reason)
    return text


def required(opinion: str, missing: str = "") -> str:
    """Return the text without blanks around it. Raises InvalidInputError where it is too long, or where there is none:
    `missing` is what the person is told.
    """
    text = cleaned(opinion)
    if not text:
        reason = missing or _("Give a reason: the initiator must know why.")
        raise InvalidInputError("opinion.missing", reason)
    return text

"""Binding a step to one person: claimed by himself, or transferred to a colleague with a reason (转办)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from reviews.models import ApprovalStep, DecisionKind, StepState
from reviews.permissions import Action, refusal_to_receive, require
from reviews.services.decisions import required
from reviews.services.locked_review import Done, load_step, lock_review, person_now
from reviews.services.log import record_decision
from reviews.services.messages import tell_transferred


@transaction.atomic
def claim_step(*, step: ApprovalStep, by: User, now: dt.datetime) -> Done:
    """Take a step on that waits for every holder of the role: it leaves the inbox of the others. A second click
    changes nothing.

    Raises NotAllowedError (another role's step, or one that waits for him alone), ConflictError where a colleague was
    faster or the step is decided.
    """
    review = lock_review(step.review_id)
    stored = load_step(review, step.pk)
    person = person_now(by, now)
    if stored.assignee_id == person.pk and stored.state == StepState.PENDING:
        return Done(review, repeated=True)
    require(Action.CLAIM, user=person, review=review, step=stored)
    with acting(person):
        stored.assignee = person
        stored.save()
    return Done(review)


@transaction.atomic
def release_step(*, step: ApprovalStep, by: User, now: dt.datetime) -> Done:
    """Give a step back that one had claimed or had transferred to him: it waits for the role again.

    Raises NotAllowedError where he has not taken it on, ConflictError where it is decided.
    """
    review = lock_review(step.review_id)
    stored = load_step(review, step.pk)
    person = person_now(by, now)
    require(Action.RELEASE, user=person, review=review, step=stored)
    with acting(person):
        stored.assignee = None
        stored.save()
    return Done(review)


@transaction.atomic
def transfer_step(*, step: ApprovalStep, to: User, reason: str, by: User, now: dt.datetime) -> Done:
    """Hand a step over to `to`, who holds its role, with a reason that goes on record; he is told. A second click
    changes nothing.

    Raises NotAllowedError (not his step, or nobody who may have it), ConflictError where it is decided or a colleague
    has taken it on, InvalidInputError without a reason.
    """
    review = lock_review(step.review_id)
    stored = load_step(review, step.pk)
    person, receiver = person_now(by, now), person_now(to)
    last = review.decisions.filter(step=stored, kind=DecisionKind.TRANSFER).order_by("-sequence").first()
    if last is not None and last.by_id == person.pk and stored.assignee_id == receiver.pk != person.pk:
        return Done(review, repeated=True)
    require(Action.TRANSFER, user=person, review=review, step=stored)
    if refused := refusal_to_receive(user=receiver, review=review, step=stored, by=person):
        raise refused
    text = required(reason, _("Give a reason: your colleague must know why."))
    with acting(person):
        stored.assignee = receiver
        stored.save()
        decision = record_decision(
            review=review,
            kind=DecisionKind.TRANSFER,
            by=person,
            now=now,
            opinion=text,
            step=stored,
            to={"username": receiver.username, "name": receiver.display_name},
        )
    tell_transferred(review, receiver, decision)
    return Done(review)

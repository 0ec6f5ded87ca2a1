"""Asking a colleague for an opinion without giving the step up, and answering (加签)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError
from reviews.models import ApprovalStep, Consultation, DecisionKind
from reviews.permissions import Action, absent_signer, refusal_to_advise, refusal_to_be_asked, require
from reviews.services.decisions import required
from reviews.services.locked_review import load_step, lock_review, person_now
from reviews.services.log import record_decision
from reviews.services.messages import tell_advised, tell_consulted


@transaction.atomic
def ask_colleague(
    *, step: ApprovalStep, asked: User, question: str, by: User, now: dt.datetime
) -> Consultation:
    """Ask `asked` for an opinion on an open step and keep the step; return the question. He may read the review from
    now on. The decision does not wait for the answer.

    Raises NotAllowedError (not his step, or nobody who can be asked), ConflictError where the step is decided or this
    colleague has been asked already, InvalidInputError without a question.
    """
    review = lock_review(step.review_id)
    stored = load_step(review, step.pk)
    person, colleague = person_now(by, now), person_now(asked)
    require(Action.CONSULT, user=person, review=review, step=stored)
    if refused := refusal_to_be_asked(user=colleague, review=review, by=person):
        raise refused
    text = required(question, _("Write what you want to know."))
    if stored.consultations.filter(asked=colleague, answered_at__isnull=True).exists():
        reason = _("%(name)s has been asked already and has not answered yet.")
        raise ConflictError("consult.asked", reason % {"name": colleague.display_name})
    with acting(person):
        consultation = Consultation.objects.create(
            step=stored, by=person, asked=colleague, question=text, asked_at=now
        )
        decision = record_decision(
            review=review,
            kind=DecisionKind.CONSULT,
            by=person,
            on_behalf_of=absent_signer(person, review, stored),
            now=now,
            opinion=text,
            step=stored,
            to={"username": colleague.username, "name": colleague.display_name},
        )
    tell_consulted(review, colleague, decision)
    return consultation


@transaction.atomic
def give_opinion(*, consultation: Consultation, by: User, opinion: str, now: dt.datetime) -> Consultation:
    """Answer a question; return it. Who asked is told.

    Raises NotAllowedError where somebody else was asked, ConflictError where it is answered or the step decided,
    InvalidInputError without an opinion.
    """
    review = lock_review(consultation.step.review_id)
    stored: Consultation = Consultation.objects.select_related("step", "by").get(pk=consultation.pk)
    person = person_now(by)
    if refused := refusal_to_advise(user=person, consultation=stored):
        raise refused
    text = required(opinion, _("Write your opinion."))
    with acting(person):
        stored.answer = text
        stored.answered_at = now
        stored.save()
        decision = record_decision(
            review=review, kind=DecisionKind.ADVISE, by=person, now=now, opinion=text, step=stored.step
        )
    tell_advised(review, stored.by, decision)
    return stored

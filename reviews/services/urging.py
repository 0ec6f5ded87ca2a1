"""Urging those who are to decide (催办)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError
from reviews.models import Review, StepState, Urging
from reviews.permissions import Action, require
from reviews.services.locked_review import lock_review, person_now
from reviews.services.messages import tell_urged


@transaction.atomic
def urge_deciders(*, review: Review, by: User, now: dt.datetime) -> list[Urging]:
    """Remind those who may decide the open steps of the review; return what was urged. Each step at most once on a day
    (the company's calendar day of `now`).

    Raises NotAllowedError (not the initiator), ConflictError where the review is not in approval, or every open step
    was urged today (`review.urged_today`).
    """
    locked = lock_review(review.pk)
    person = person_now(by)
    require(Action.URGE, user=person, review=locked)
    today = timezone.localdate(now)
    steps = locked.steps.filter(state=StepState.PENDING).exclude(urgings__urged_on=today)
    with acting(person):
        urged = [
            Urging.objects.create(step=step, by=person, urged_on=today, urged_at=now)
            for step in steps.select_related("assignee").order_by("pk")
        ]
    if not urged:
        raise ConflictError("review.urged_today", _("You have urged today already: once a day is the most."))
    tell_urged(locked, urged)
    return urged

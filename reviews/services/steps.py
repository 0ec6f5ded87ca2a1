"""Opening the steps of a stage, and closing those that will never be asked."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from creditrisk.business_days.selectors import business_calendar
from reviews.approval_chain import thaw
from reviews.deadlines import due_on
from reviews.models import ApprovalStep, Review, StepState
from reviews.services.messages import tell_deciders


def open_stage(review: Review, stage: int, *, now: dt.datetime) -> None:
    """Open every step of `stage` in the current round of the locked review, with its deadline, and tell who may
    decide.
    """
    steps = list(review.steps.filter(round=review.round, stage=stage, state=StepState.WAITING))
    limit_days = thaw(review.chain)[stage].limit_days
    opened_on = timezone.localdate(now)
    for step in steps:
        step.open()
        step.opened_at = now
        step.due_on = due_on(opened_on=opened_on, limit_days=limit_days, calendar=business_calendar())
        step.save()
    tell_deciders(review, steps, now=now)


def close_stages_after(step: ApprovalStep) -> list[ApprovalStep]:
    """Let the open steps of the stages after that of `step` wait again; return them. Who had taken one on keeps it."""
    later = step.review.steps.filter(round=step.round, stage__gt=step.stage, state=StepState.PENDING)
    closed = []
    for open_step in later.select_related("assignee").order_by("stage", "pk"):
        open_step.close()
        open_step.opened_at = open_step.due_on = open_step.reminded_at = open_step.escalated_at = None
        open_step.save()
        closed.append(open_step)
    return closed


def close_open_steps(review: Review, state: StepState) -> None:
    """Make the steps that are not decided yet `superseded` (after a return) or `cancelled` (after
    the end).
    """
    for step in review.steps.filter(state__in=(StepState.WAITING, StepState.PENDING)):
        if state == StepState.SUPERSEDED:
            step.supersede()
        else:
            step.cancel()
        step.save()

"""Deciding the steps of a review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from reviews import services
from reviews.forms import DecisionForm
from reviews.models import ApprovalStep
from reviews.views.page import place, review_page
from reviews.views.requests import acted, changing, review_or_404

CONFLICT, NOT_ALLOWED = 409, 403


@require_GET
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """The whole form as it was handed in, how far it has come, and what this person can do."""
    return review_page(request, review_or_404(request, number))


@changing
def approve(request: HttpRequest, number: str, step_id: int) -> HttpResponse:
    """Approve a step; with the last one a grade may be given."""
    return _decide(
        request, number, step_id, _approve, _("You have already approved this step."), _("Approved.")
    )


@changing
def send_back(request: HttpRequest, number: str, step_id: int) -> HttpResponse:
    """Return the form to its initiator."""
    return _decide(
        request, number, step_id, _return, _("You have already returned this review."), _("Returned.")
    )


@changing
def reject(request: HttpRequest, number: str, step_id: int) -> HttpResponse:
    """Reject the review."""
    return _decide(
        request, number, step_id, _reject, _("You have already rejected this review."), _("Rejected.")
    )


@changing
def urge(request: HttpRequest, number: str) -> HttpResponse:
    """Remind those who are to decide."""
    review = review_or_404(request, number)
    return acted(
        request,
        review,
        lambda: services.urge_deciders(review=review, by=person_of(request), now=timezone.now()),
        _("They have been asked for their decision."),
    )


@changing
def take_back(request: HttpRequest, number: str, step_id: int) -> HttpResponse:
    """Take one's own approval back while the next stage is untouched."""
    review = review_or_404(request, number)
    step = get_object_or_404(review.steps, pk=step_id)
    try:
        done = services.take_back_step(step=step, by=person_of(request), now=timezone.now())
    except (ConflictError, NotAllowedError) as refused:
        messages.error(request, str(refused))
        return redirect(review)
    if done.repeated:
        messages.info(request, _("You have already taken this approval back."))
    else:
        messages.success(request, _("Your approval is taken back: the step waits for a decision again."))
    return redirect(review)


def _approve(step: ApprovalStep, by: User, answers: dict[str, Any]) -> services.Done:
    return services.approve_step(step=step, by=by, now=timezone.now(), **answers)


def _return(step: ApprovalStep, by: User, answers: dict[str, Any]) -> services.Done:
    return services.return_step(step=step, by=by, now=timezone.now(), **_without_grade(answers))


def _reject(step: ApprovalStep, by: User, answers: dict[str, Any]) -> services.Done:
    return services.reject_step(step=step, by=by, now=timezone.now(), **_without_grade(answers))


GIVEN_WITH_APPROVAL = {"grade", "grade_reason", "service_level", "service_level_reason"}


def _without_grade(answers: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answers.items() if name not in GIVEN_WITH_APPROVAL}


def _decide(
    request: HttpRequest,
    number: str,
    step_id: int,
    service: Callable[[ApprovalStep, User, dict[str, Any]], services.Done],
    repeated: str,
    done: str,
) -> HttpResponse:
    review = review_or_404(request, number)
    step = get_object_or_404(review.steps, pk=step_id)
    key = place("step", step)
    form = DecisionForm(request.POST, auto_id=key)
    if not form.is_valid():
        return review_page(request, review, typed={key: form})
    try:
        outcome = service(step, person_of(request), form.cleaned_data)
    except InvalidInputError as refused:
        form.add_error(FIELD_OF_REFUSAL.get(refused.code), str(refused))
        return review_page(request, review, typed={key: form})
    except (ConflictError, NotAllowedError) as refused:
        messages.error(request, str(refused))
        status = CONFLICT if isinstance(refused, ConflictError) else NOT_ALLOWED
        now = review_or_404(request, number)
        form.see(now)
        return review_page(request, now, typed={key: form}, status=status)
    messages.info(request, repeated) if outcome.repeated else messages.success(request, done)
    return redirect(_came_from(request) or review)


def _came_from(request: HttpRequest) -> str:
    """Return the page of ours that the form names as the one to go on with; "" where it names none."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else ""


FIELD_OF_REFUSAL = {
    "opinion.missing": "opinion",
    "opinion.too_long": "opinion",
    "grade.reason_missing": "grade_reason",
    "grade.unknown": "grade",
    "grade.not_last": "grade",
    "service_level.reason_missing": "service_level_reason",
    "service_level.unknown": "service_level",
    "service_level.not_asked": "service_level",
}

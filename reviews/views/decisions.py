"""The page of one review, and deciding its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.policy.selectors import policy_version_on
from creditrisk.policy.wording import CONSEQUENCES
from customers.credit_facts import credit_facts
from customers.models import ServiceLevel
from reviews import selectors, services
from reviews.forms import DecisionForm, WithdrawForm
from reviews.grading import Outcome, new_customer_outcome
from reviews.models import ApprovalStep, Review, ReviewKind, ReviewState, StepState
from reviews.paper_form import labels_of, shown_sections
from reviews.permissions import (
    Action,
    Refusal,
    may_see_bank_account,
    refusal,
    refusal_to_copy,
    refusal_to_create,
)
from reviews.progress import log_by_round, stages
from reviews.views.annual import annual_context
from reviews.views.requests import changing, review_or_404

CONFLICT, NOT_ALLOWED = 409, 403


@require_GET
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """The whole form as it was handed in, how far it has come, and what this person can do."""
    return _page(request, review_or_404(request, number))


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
    try:
        services.urge_deciders(review=review, by=person_of(request), now=timezone.now())
    except (ConflictError, NotAllowedError) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("They have been asked for their decision."))
    return redirect(review)


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
    form = DecisionForm(request.POST, auto_id=f"step{step.pk}_%s")
    if not form.is_valid():
        return _page(request, review, typed=(step, form))
    try:
        outcome = service(step, person_of(request), form.cleaned_data)
    except InvalidInputError as refused:
        form.add_error(FIELD_OF_REFUSAL.get(refused.code), str(refused))
        return _page(request, review, typed=(step, form))
    except (ConflictError, NotAllowedError) as refused:
        messages.error(request, str(refused))
        status = CONFLICT if isinstance(refused, ConflictError) else NOT_ALLOWED
        now = review_or_404(request, number)
        form.see(now)
        return _page(request, now, typed=(step, form), status=status)
    messages.info(request, repeated) if outcome.repeated else messages.success(request, done)
    return redirect(review)


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


@dataclass(frozen=True)
class DecisionPanel:
    """What a person can do with one open step: a form, or the reason why not."""

    step: ApprovalStep
    refusal: Refusal
    form: DecisionForm
    gives_grade: bool
    gives_service_level: bool


def _page(
    request: HttpRequest,
    review: Review,
    *,
    typed: tuple[ApprovalStep, DecisionForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    person = person_of(request)
    is_annual = review.kind == ReviewKind.ANNUAL
    form = review.annual_form if is_annual else review.new_customer_form
    panels = _panels(review, person, typed)
    shown = annual_context(request, review) if is_annual else _new_customer_context(review, person)
    context = shown | {
        "is_annual": is_annual,
        "stages": stages(review, planned=selectors.chain_of(form)),
        "rounds": log_by_round(review.decisions.all()),
        "panels": [panel for panel in panels if panel.refusal is None] or panels[:1],
        "waiting_for": _waiting_for(review),
        "taken_back": [
            step
            for step in review.steps.all()
            if refusal(Action.TAKE_BACK, user=person, review=review, step=step) is None
        ],
        "final": _final(review),
        "score_refusal": refusal(Action.SCORE, user=person, review=review),
        "edit_refusal": refusal(Action.EDIT, user=person, review=review),
        "submit_refusal": refusal(Action.SUBMIT, user=person, review=review),
        "withdraw_refusal": refusal(Action.WITHDRAW, user=person, review=review),
        "withdraw_form": WithdrawForm(auto_id="withdraw_%s"),
        "may_copy": _may_copy(review, person),
        "may_urge": refusal(Action.URGE, user=person, review=review) is None,
        "is_mine": person.pk == review.initiator_id,
    }
    return render(request, "reviews/review_detail.html", context, status=status)


def _may_copy(review: Review, person: User) -> bool:
    """Return whether the person may start anew with the answers of this ended review."""
    if refusal_to_copy(user=person, review=review) is not None:
        return False
    found = selectors.open_review_of(review.customer)
    return refusal_to_create(user=person, customer=review.customer, open_review=found) is None


def _new_customer_context(review: Review, person: User) -> dict[str, Any]:
    form = review.new_customer_form
    proposal = _proposal(review)
    return {
        "review": review,
        "form": form,
        "sections": shown_sections(form, is_masked=not may_see_bank_account(person, review)),
        "proposal": proposal,
        "excess_exposure_amount": _excess_exposure(review, proposal) if proposal else None,
    }


def _panels(
    review: Review, person: User, typed: tuple[ApprovalStep, DecisionForm] | None
) -> list[DecisionPanel]:
    current = [step for step in review.steps.all() if step.round == review.round]
    undecided = [step for step in current if step.state in {StepState.WAITING, StepState.PENDING}]
    panels = []
    for step in undecided:
        if step.state != StepState.PENDING:
            continue
        step.review = review
        form = typed[1] if typed and typed[0].pk == step.pk else DecisionForm.for_review(review, step)
        panels.append(
            DecisionPanel(
                step,
                refusal(Action.APPROVE, user=person, review=review, step=step),
                form,
                gives_grade=undecided == [step] and review.kind == ReviewKind.NEW_CUSTOMER,
                gives_service_level=step.role == Role.GROUP_LEADER and review.kind == ReviewKind.ANNUAL,
            )
        )
    return panels


def _waiting_for(review: Review) -> list[tuple[ApprovalStep, str]]:
    """Return the open steps with the names of those who may decide them."""
    return [
        (step, ", ".join(person.display_name for person in selectors.deciders(review, step.role)))
        for step in review.steps.all()
        if step.state == StepState.PENDING
    ]


def _proposal(review: Review) -> Outcome | None:
    """Return what an approval today would give; None where nothing is asked for yet, or the review
    has ended.
    """
    form = review.new_customer_form
    if review.ended_at is not None or form.expected_monthly_amount is None:
        return None
    today = local_today()
    version = review.policy_version or policy_version_on(today)
    return new_customer_outcome(
        monthly_amount=form.expected_monthly_amount,
        payment_term_days=form.payment_term_days,
        approved_on=today,
        policy=version.policy,
    )


def _excess_exposure(review: Review, proposal: Outcome) -> Decimal | None:
    """Return what is open today in the currency of the proposed limit, where that is more than the limit; else None."""
    receivables = credit_facts(review.customer, on=local_today()).receivables
    if receivables is None:
        return None
    amount = receivables.own_amounts.get(review.new_customer_form.currency)
    return amount if amount is not None and amount > proposal.credit_limit_amount else None


def _final(review: Review) -> dict[str, Any] | None:
    """Return the outcome as the last decision logged it."""
    if review.state != ReviewState.APPROVED:
        return None
    last = max(review.decisions.all(), key=lambda decision: decision.sequence)
    outcome: dict[str, Any] | None = last.snapshot.get("outcome")
    return outcome and outcome | {
        "limit_amount": outcome["credit_limit_amount"] and Decimal(outcome["credit_limit_amount"]),
        "consequence_label": CONSEQUENCES[outcome["consequence"]],
        "service_level_label": outcome.get("service_level") and ServiceLevel(outcome["service_level"]).label,
        "kept_labels": labels_of(outcome.get("kept_fields", ())),
    }

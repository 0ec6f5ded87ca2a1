"""The page of one review: the form as it was handed in, how far it has come, and what this person can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from creditrisk.policy.selectors import policy_version_on
from customers.credit_facts import credit_facts
from reviews import selectors
from reviews.deadlines import is_overdue
from reviews.forms import AdviceForm, ConsultForm, CopyForm, DecisionForm, TransferForm, WithdrawForm
from reviews.grading import Outcome, new_customer_outcome
from reviews.models import ApprovalStep, Consultation, Review, ReviewKind, ReviewState, StepState
from reviews.outcome_view import final_outcome
from reviews.paper_form import label_of, shown_sections
from reviews.permissions import (
    Action,
    Refusal,
    absent_signer,
    may_see_bank_account,
    refusal,
    refusal_to_advise,
    refusal_to_copy,
    refusal_to_correct,
    refusal_to_create,
)
from reviews.progress import log_by_round, stages
from reviews.views.annual import annual_context


@dataclass(frozen=True)
class DecisionPanel:
    """What a person can do with one open step: a form, or the reason why not."""

    step: ApprovalStep
    refusal: Refusal
    form: DecisionForm
    gives_grade: bool
    gives_service_level: bool
    absent: User | None = None
    may_claim: bool = False
    may_release: bool = False
    transfer_form: TransferForm | None = None
    consult_form: ConsultForm | None = None


Typed = Mapping[str, forms.Form]
"""What was typed and refused: the form's place on the page (`place`) → the bound form."""


def place(kind: str, thing: ApprovalStep | Consultation | Review) -> str:
    """Return the place of a form on the page: beginning of the ids of its fields."""
    return f"{kind}{thing.pk}_%s"


def review_page(
    request: HttpRequest, review: Review, *, typed: Typed | None = None, status: int = 200
) -> HttpResponse:
    """Return the page, with what was typed and refused in its place."""
    context = page_context(request, review, typed=typed or {})
    return render(request, "reviews/review_detail.html", context, status=status)


def page_context(request: HttpRequest, review: Review, *, typed: Typed) -> dict[str, Any]:
    """Return all that the page of a review shows, and the panel beside the inbox."""
    person = person_of(request)
    is_annual = review.kind == ReviewKind.ANNUAL
    panels = _panels(review, person, typed)
    shown = annual_context(request, review) if is_annual else _new_customer_context(review, person)
    return shown | {
        "is_annual": is_annual,
        "stages": stages(review, planned=selectors.chain_shown(review, on=local_today())),
        "rounds": log_by_round(review.decisions.all()),
        "panels": [panel for panel in panels if panel.refusal is None] or panels[:1],
        "waiting_for": _waiting_for(review),
        "taken_back": [
            step
            for step in review.steps.all()
            if refusal(Action.TAKE_BACK, user=person, review=review, step=step) is None
        ],
        "final": final_outcome(review),
        "score_refusal": refusal(Action.SCORE, user=person, review=review),
        "edit_refusal": refusal(Action.EDIT, user=person, review=review),
        "submit_refusal": refusal(Action.SUBMIT, user=person, review=review),
        "withdraw_refusal": refusal(Action.WITHDRAW, user=person, review=review),
        "withdraw_form": WithdrawForm(auto_id="withdraw_%s"),
        "may_copy": _may_copy(review, person),
        "may_correct": _may_correct(review, person),
        "may_urge": refusal(Action.URGE, user=person, review=review) is None,
        "questions": _questions(review, person, typed),
        "copies": review.copies.all(),
        "copy_form": _copy_form(review, person, typed),
        "is_mine": person.pk == review.initiator_id,
        "phrases": list(selectors.phrases_of(person)) if any(not one.refusal for one in panels) else [],
    }


def _may_copy(review: Review, person: User) -> bool:
    """Return whether the person may start anew with the answers of this ended review."""
    if refusal_to_copy(user=person, review=review) is not None:
        return False
    found = selectors.open_review_of(review.customer)
    return refusal_to_create(user=person, customer=review.customer, open_review=found) is None


def _may_correct(review: Review, person: User) -> bool:
    """Return whether the person may correct this review by a new one; asks nothing where it is not approved."""
    if review.state != ReviewState.APPROVED:
        return False
    refused = refusal_to_correct(
        user=person,
        review=review,
        open_review=selectors.open_review_of_kind(review),
        latest=selectors.latest_approved(review.customer),
    )
    return refused is None


def _new_customer_context(review: Review, person: User) -> dict[str, Any]:
    form = review.new_customer_form
    proposal = _proposal(review)
    return {
        "review": review,
        "form": form,
        "sections": shown_sections(form, is_masked=not may_see_bank_account(person, review)),
        "proposal": proposal,
        "items_past": [label_of(name) for name in form.items_past(review.review_on)],
        "excess_exposure_amount": _excess_exposure(review, proposal) if proposal else None,
    }


def _panels(review: Review, person: User, typed: Typed) -> list[DecisionPanel]:
    current = [step for step in review.steps.all() if step.round == review.round]
    undecided = [step for step in current if step.state in {StepState.WAITING, StepState.PENDING}]
    panels = []
    for step in undecided:
        if step.state != StepState.PENDING:
            continue
        step.review = review
        refused = refusal(Action.APPROVE, user=person, review=review, step=step)
        panels.append(
            DecisionPanel(
                step,
                refused,
                _decision_form(review, step, typed),
                gives_grade=undecided == [step] and review.kind == ReviewKind.NEW_CUSTOMER,
                gives_service_level=step.role == Role.GROUP_LEADER and review.kind == ReviewKind.ANNUAL,
                **({} if refused else _tools(review, step, person, typed)),
            )
        )
    return panels


def _decision_form(review: Review, step: ApprovalStep, typed: Typed) -> DecisionForm:
    form = typed.get(place("step", step))
    return form if isinstance(form, DecisionForm) else DecisionForm.for_review(review, step)


def _tools(review: Review, step: ApprovalStep, person: User, typed: Typed) -> dict[str, Any]:
    """Return what a person can do with his step beside deciding it."""

    def may(action: Action) -> bool:
        return refusal(action, user=person, review=review, step=step) is None

    transfer, consult = place("transfer", step), place("consult", step)
    receivers = selectors.possible_receivers(step, by=person)
    return {
        "absent": absent_signer(person, review, step),
        "may_claim": may(Action.CLAIM),
        "may_release": may(Action.RELEASE),
        "transfer_form": (typed.get(transfer) or TransferForm(people=receivers, auto_id=transfer))
        if may(Action.TRANSFER) and receivers.exists()
        else None,
        "consult_form": typed.get(consult)
        or ConsultForm(people=selectors.possible_advisers(review, by=person), auto_id=consult),
    }


def _questions(review: Review, person: User, typed: Typed) -> list[tuple[Consultation, forms.Form]]:
    """Return the questions that this person can answer now, each with its form."""
    waiting = []
    for step in review.steps.all():
        for consultation in step.consultations.all():
            consultation.step = step
            if refusal_to_advise(user=person, consultation=consultation) is None:
                key = place("advise", consultation)
                waiting.append((consultation, typed.get(key) or AdviceForm(auto_id=key)))
    return waiting


def _copy_form(review: Review, person: User, typed: Typed) -> forms.Form | None:
    """Return the form that sends copies, where this person may."""
    if refusal(Action.SEND_COPY, user=person, review=review) is not None:
        return None
    key = place("copy", review)
    readers = selectors.possible_advisers(review, by=person)
    return typed.get(key) or CopyForm(people=readers, auto_id=key)


def _waiting_for(review: Review) -> list[tuple[ApprovalStep, str, bool]]:
    """Return the open steps with the names of those who may decide them today, deputies marked as such, and whether
    their time is over.
    """
    today = local_today()
    pending = [step for step in review.steps.all() if step.state == StepState.PENDING]
    waiting = []
    for asked in selectors.people_asked(review, pending, day=today):
        names = [person.display_name for person in asked.signers]
        names += [_("%(name)s (deputy)") % {"name": deputy.display_name} for deputy in asked.deputies]
        due = asked.step.due_on
        waiting.append((asked.step, ", ".join(names), due is not None and is_overdue(due_on=due, on=today)))
    return waiting


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

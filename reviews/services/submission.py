"""Handing a form in, and taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError
from creditrisk.policy.selectors import policy_version_on
from customers.models import StateReasonCode
from customers.selectors import master_data_of
from customers.services import enter_review, leave_review
from reviews.approval_chain import Chain, freeze
from reviews.models import (
    AnnualForm,
    ApprovalStep,
    DecisionKind,
    NewCustomerForm,
    Review,
    ReviewState,
    StepState,
)
from reviews.permissions import Action, refusal_of_gap, require
from reviews.selectors import chain_of, form_of, questions_before_submission, roles_nobody_can_sign
from reviews.services.locked_review import (
    Done,
    lock_review,
    person_now,
    require_form_version,
)
from reviews.services.log import record_decision
from reviews.services.messages import tell_withdrawn
from reviews.services.steps import close_open_steps, open_stage


class IncompleteFormError(InvalidInputError):
    """The form cannot be submitted yet; `fields` tells for each field why."""

    def __init__(self, fields: Mapping[str, str | Promise]) -> None:
        super().__init__("review.incomplete", _("The form is not complete yet."))
        self.fields = dict(fields)


@transaction.atomic
def submit_review(*, review: Review, by: User, seen_form_version: int, now: dt.datetime) -> Done:
    """Hand the form in: the chain is frozen, all steps of the round are made anew, the first stage opens, and
    the customer is in review. After a return this begins the next round. A second click changes nothing.

    Raises NotAllowedError (also where a stage has nobody to decide it: the reason names the remedy),
    ConflictError where the form was changed since `seen_form_version`, IncompleteFormError with a reason per
    field.
    """
    locked = lock_review(review.pk)
    person = person_now(by)
    if (
        locked.state == ReviewState.IN_APPROVAL
        and person.pk == locked.initiator_id
        and locked.form_version == seen_form_version
    ):
        return Done(locked, repeated=True)
    require(Action.SUBMIT, user=person, review=locked)
    require_form_version(locked, seen_form_version)
    form = form_of(locked)
    questions = questions_before_submission(form)
    if questions:
        raise IncompleteFormError(questions)
    chain = chain_of(form, policy=policy_version_on(timezone.localdate(now)).policy)
    for role in roles_nobody_can_sign(locked, chain):
        raise refusal_of_gap(role)
    with acting(person):
        start_round(locked, chain, form=form, by=person, now=now)
    return Done(locked)


def start_round(
    review: Review, chain: Chain, *, form: NewCustomerForm | AnnualForm, by: User, now: dt.datetime
) -> None:
    """Put the locked review into approval by `chain`, whatever chain the form would have chosen."""
    if review.state == ReviewState.RETURNED:
        review.round += 1
    review.submit()
    review.chain = freeze(chain)
    review.policy_version = policy_version_on(timezone.localdate(now))
    review.submitted_at = now
    review.save()
    customer = enter_review(customer=review.customer, by=by)
    record_decision(
        review=review,
        kind=DecisionKind.SUBMIT,
        by=by,
        now=now,
        opinion=form.initiator_opinion,
        file=master_data_of(customer),
    )
    ApprovalStep.objects.bulk_create(
        ApprovalStep(review=review, round=review.round, stage=number, role=role)
        for number, stage in enumerate(chain)
        for role in stage.roles
    )
    open_stage(review, 0, now=now)


@transaction.atomic
def withdraw_review(*, review: Review, by: User, now: dt.datetime, reason: str = "") -> Done:
    """Take the form back for good: open steps are cancelled, the customer leaves the review. A second click
    changes nothing.

    Raises NotAllowedError, ConflictError where the review has ended meanwhile.
    """
    locked = lock_review(review.pk)
    person = person_now(by)
    if locked.state == ReviewState.WITHDRAWN:
        last = locked.decisions.order_by("-sequence")[0]
        if last.by_id == person.pk:
            return Done(locked, repeated=True)
    require(Action.WITHDRAW, user=person, review=locked)
    asked = list(locked.steps.filter(state=StepState.PENDING).select_related("assignee"))
    with acting(person):
        locked.withdraw()
        locked.ended_at = now
        # A draft was never handed in: the rules of its last day are those it ends under.
        locked.policy_version = locked.policy_version or policy_version_on(timezone.localdate(now))
        locked.save()
        close_open_steps(locked, StepState.CANCELLED)
        decision = record_decision(
            review=locked, kind=DecisionKind.WITHDRAW, by=person, now=now, opinion=reason.strip()
        )
        leave_review(
            customer=locked.customer, by=person, code=StateReasonCode.REVIEW_WITHDRAWN, number=locked.number
        )
    tell_withdrawn(locked, asked, decision)
    return Done(locked)

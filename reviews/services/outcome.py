"""The last approval of a review: a new customer becomes active with grade and limit (P4.1); after an annual review
the grade of its score takes effect, with limit and service level (P4.2, P3.1 f).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import Grade
from customers.services import activate_after_review, regrade_after_annual_review
from reviews.grading import Outcome, annual_outcome, new_customer_outcome, new_customer_proposal
from reviews.models import (
    AnnualForm,
    ApprovalStep,
    Decision,
    DecisionKind,
    NewCustomerForm,
    Review,
    ReviewKind,
)
from reviews.services.log import record_decision

MASTER_DATA_FIELDS = (
    "name",
    "enterprise_type",
    "registered_capital_amount",
    "registered_capital_currency",
    "uscc",
    "business_licence_number",
    "tax_registration_number",
    "organisation_code",
    "bank_name",
    "bank_account",
    "legal_representative",
    "person_in_charge",
    "finance_contact",
    "finance_phone",
    "business_contact",
    "business_phone",
    "currency",
    "payment_term_days",
)
"""What the customer file takes over from Annex 1, unless somebody changed the file while the form was in
approval: then the file's newer value stays, and the outcome names it.
"""


def conclude_review(
    *,
    review: Review,
    step: ApprovalStep,
    by: User,
    on_behalf_of: User | None,
    opinion: str,
    grade: str,
    grade_reason: str,
    now: dt.datetime,
) -> Decision:
    """Approve the locked review as a whole after its last step, by the policy it was submitted under; return
    the decision, whose snapshot carries the outcome.

    Raises InvalidInputError for a grade that is none, or another than the proposal without a reason, and for any grade
    given to an annual review: there it follows from the scores.
    """
    version = review.policy_version
    assert version is not None  # set at submission
    if review.kind == ReviewKind.ANNUAL:
        if grade:
            reason = _("The grade of an annual review follows from its scores (Annex 2).")
            raise InvalidInputError("grade.follows_scores", reason)
        outcome = _conclude_annual(review, version=version, by=by, now=now)
    else:
        outcome = _conclude_new_customer(
            review, version=version, grade=grade, grade_reason=grade_reason, by=by, now=now
        )
    return record_decision(
        review=review,
        kind=DecisionKind.APPROVE,
        by=by,
        on_behalf_of=on_behalf_of,
        now=now,
        opinion=opinion,
        step=step,
        outcome=outcome,
    )


def _conclude_new_customer(
    review: Review, *, version: PolicyVersion, grade: str, grade_reason: str, by: User, now: dt.datetime
) -> dict[str, Any]:
    form = NewCustomerForm.objects.get(pk=review.pk)
    approved_on = timezone.localdate(now)
    chosen = _chosen_grade(version, grade=grade, reason=grade_reason)
    outcome = new_customer_outcome(
        monthly_amount=form.expected_monthly_amount or Decimal(0),
        payment_term_days=form.payment_term_days,
        approved_on=approved_on,
        policy=version.policy,
        grade=chosen,
    )
    form.grade = outcome.grade
    form.grade_reason = grade_reason if chosen else ""
    form.save()
    review.approve()
    review.ended_at = now
    review.save()
    activated = activate_after_review(
        customer=review.customer,
        reviewed_on=approved_on,
        grade=outcome.grade,
        is_provisional=outcome.is_provisional,
        credit_limit_amount=outcome.credit_limit_amount,
        credit_limit_currency=form.currency,
        credit_limit_valid_to_on=outcome.credit_limit_valid_to_on,
        master_data={name: getattr(form, name) for name in MASTER_DATA_FIELDS},
        file_then=file_at_submission(review),
        by=by,
        source=review.number,
        reason=form.grade_reason,
        policy_version=version,
    )
    return _logged(outcome, form, kept_fields=activated.kept_fields)


def _conclude_annual(review: Review, *, version: PolicyVersion, by: User, now: dt.datetime) -> dict[str, Any]:
    form = AnnualForm.objects.get(pk=review.pk)
    customer = review.customer
    approved_on = timezone.localdate(now)
    totals = dict(review.scores.values_list("role", "total"))
    outcome = annual_outcome(
        account_manager_total=totals[Role.ACCOUNT_MANAGER],
        service_manager_total=totals[Role.SERVICE_MANAGER],
        monthly_amount=form.monthly_amount,
        payment_term_days=form.payment_term_days,
        present_limit_amount=customer.credit_limit_amount,
        approved_on=approved_on,
        policy=version.policy,
    )
    form.score, form.grade = outcome.score, outcome.grade
    form.service_level = form.service_level or customer.service_level
    form.save()
    review.approve()
    review.ended_at = now
    review.save()
    # A limit that follows from the actual business is in its currency; one that stays keeps its own.
    follows = form.monthly_amount is not None or not customer.credit_limit_currency
    currency = form.currency if follows else customer.credit_limit_currency
    regrade_after_annual_review(
        customer=customer,
        reviewed_on=approved_on,
        grade=outcome.grade,
        credit_limit_amount=outcome.credit_limit_amount,
        credit_limit_currency=currency,
        credit_limit_valid_to_on=outcome.credit_limit_valid_to_on,
        service_level=form.service_level,
        service_level_reason=form.service_level_reason,
        by=by,
        source=review.number,
        reason="",
        policy_version=version,
    )
    limit = outcome.credit_limit_amount
    return {
        "score": str(outcome.score),
        "grade": outcome.grade,
        "consequence": outcome.consequence,
        "service_level": form.service_level,
        "service_level_reason": form.service_level_reason,
        "effective_on": approved_on.isoformat(),
        "credit_limit_amount": None if limit is None else str(limit),
        "currency": currency,
        "credit_limit_valid_to_on": outcome.credit_limit_valid_to_on.isoformat(),
        "kept_fields": [],
    }


def file_at_submission(review: Review) -> dict[str, Any]:
    """Return what the customer file held when the form was handed in for the present round, as the decision
    log has it.
    """
    submission = review.decisions.filter(kind=DecisionKind.SUBMIT).order_by("-sequence")[0]
    file: dict[str, Any] = submission.snapshot.get("file", {})  # earlier logs do not have it
    return file


def _chosen_grade(version: PolicyVersion, *, grade: str, reason: str) -> Grade | None:
    """Return the grade that departs from the proposal, or None where the proposal stands."""
    policy = version.policy
    if not grade or grade == new_customer_proposal(policy).grade:
        return None
    chosen = next((band.grade for band in policy.grade_bands if band.grade == grade), None)
    if chosen is None:
        raise InvalidInputError("grade.unknown", _("There is no such grade."))
    if not reason:
        raise InvalidInputError(
            "grade.reason_missing", _("Say why you give another grade than the proposal.")
        )
    return chosen


def _logged(outcome: Outcome, form: NewCustomerForm, *, kept_fields: Iterable[str]) -> dict[str, Any]:
    return {
        "grade": outcome.grade,
        "is_provisional": str(outcome.is_provisional),
        "grade_reason": form.grade_reason,
        "consequence": outcome.consequence,
        "credit_limit_amount": str(outcome.credit_limit_amount),
        "currency": form.currency,
        "credit_limit_valid_to_on": outcome.credit_limit_valid_to_on.isoformat(),
        "kept_fields": list(kept_fields),
    }

"""Grades and credit limits (Annex 2 "Grades", "New customers and credit limits")."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from creditrisk.dates import add_months
from creditrisk.money import to_cents
from creditrisk.policy.schema import Grade, Policy
from reviews.scoring import review_score

Consequence = Literal["extend", "ordinary", "reduce", "decline"]


@dataclass(frozen=True)
class GradeProposal:
    """A grade and whether it is provisional (until the first annual review)."""

    grade: Grade
    is_provisional: bool


def grade_for_score(score: Decimal, policy: Policy) -> Grade:
    """Return the grade of a total score of 0–100. A fraction between two bands belongs to the lower: 89.5 is
    B.

    Raises ValueError outside 0–100.
    """
    if not 0 <= score <= 100:
        raise ValueError(f"a score lies between 0 and 100, not {score}")
    return next(band.grade for band in policy.grade_bands if score >= band.from_score)


def consequence_of(grade: Grade, policy: Policy) -> Consequence:
    """Return what follows from a grade: extend, ordinary, reduce or decline (Annex 2)."""
    return policy.band(grade).consequence


def new_customer_proposal(policy: Policy) -> GradeProposal:
    """Return the grade proposed for a customer without a score: C, provisional."""
    return GradeProposal(grade=policy.credit_limit.new_customer_grade, is_provisional=True)


@dataclass(frozen=True)
class Outcome:
    """What an approved review gives: the grade with its consequence, and a limit in the form's currency up to
    a day.
    """

    grade: Grade
    is_provisional: bool
    consequence: Consequence
    credit_limit_amount: Decimal
    credit_limit_valid_to_on: dt.date


def new_customer_outcome(
    *,
    monthly_amount: Decimal,
    payment_term_days: int,
    approved_on: dt.date,
    policy: Policy,
    grade: Grade | None = None,
) -> Outcome:
    """Return the outcome of a new-customer review approved on `approved_on`: the proposal, or another
    `grade`.

    The grade stays provisional until the first annual review, whoever chose it; the limit runs for 12 months.
    """
    proposal = new_customer_proposal(policy)
    given = grade or proposal.grade
    return Outcome(
        grade=given,
        is_provisional=proposal.is_provisional,
        consequence=consequence_of(given, policy),
        credit_limit_amount=proposed_credit_limit(
            monthly_amount=monthly_amount, payment_term_days=payment_term_days, grade=given, policy=policy
        ),
        credit_limit_valid_to_on=add_months(approved_on, policy.credit_limit.limit_valid_months),
    )


@dataclass(frozen=True)
class AnnualOutcome:
    """What an approved annual review gives: the grade of its score with the consequence, and a limit up to a day.
    `credit_limit_amount` is None where nothing is known that a limit could follow from.
    """

    score: Decimal
    grade: Grade
    consequence: Consequence
    credit_limit_amount: Decimal | None
    credit_limit_valid_to_on: dt.date


def annual_outcome(
    *,
    account_manager_total: int,
    service_manager_total: int,
    monthly_amount: Decimal | None,
    payment_term_days: int,
    present_limit_amount: Decimal | None,
    approved_on: dt.date,
    policy: Policy,
) -> AnnualOutcome:
    """Return the outcome of an annual review approved on `approved_on` (Annex 2): the average of the two totals gives
    the grade.

    The limit follows from the actual monthly business where it is known; else the present limit stays, and is 0 where
    the grade's factor is. (89 + 90) / 2 = 89.5 is B; 50,000.00 a month × 60 days × B 1.0 = 100,000.00.
    """
    score = review_score(account_manager_total, service_manager_total)
    grade = grade_for_score(score, policy)
    limit = present_limit_amount
    if monthly_amount is not None:
        limit = proposed_credit_limit(
            monthly_amount=monthly_amount, payment_term_days=payment_term_days, grade=grade, policy=policy
        )
    elif limit is not None and policy.band(grade).limit_factor == 0:
        limit = to_cents(Decimal(0))
    return AnnualOutcome(
        score=score,
        grade=grade,
        consequence=consequence_of(grade, policy),
        credit_limit_amount=limit,
        credit_limit_valid_to_on=add_months(approved_on, policy.credit_limit.limit_valid_months),
    )


def proposed_credit_limit(
    *, monthly_amount: Decimal, payment_term_days: int, grade: Grade, policy: Policy
) -> Decimal:
    """Return the credit limit: average monthly business × payment term in months × the grade's factor,
    rounded down to a whole step (1,000) of the same currency. The policy says how many days are a month (30).
    Exact: the one division is an integer one.

    100,000.00 a month × 60 days × C 0.6 = 120,000.00. Raises ValueError for negative input.
    """
    if monthly_amount < 0 or payment_term_days < 0:
        raise ValueError("monthly business and payment term cannot be negative")
    rules = policy.credit_limit
    step = rules.limit_step_amount
    term_amount = monthly_amount * payment_term_days * policy.band(grade).limit_factor
    steps = term_amount // (rules.days_per_month * step)
    return to_cents(steps * step)

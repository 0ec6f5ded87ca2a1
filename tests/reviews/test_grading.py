"""Grades from scores, and the credit limit of a new customer (Annex 2, "New customers and credit limits")."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.policy.default import DEFAULT_POLICY
from reviews.grading import (
    AnnualOutcome,
    annual_outcome,
    consequence_of,
    grade_for_score,
    new_customer_outcome,
    new_customer_proposal,
    proposed_credit_limit,
)


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        ("100", "A"),
        ("90", "A"),
        ("89.5", "B"),
        ("80", "B"),
        ("79.5", "C"),
        ("60", "C"),
        ("59.5", "D"),
        ("0", "D"),
    ],
)
def test_a_score_between_two_bands_belongs_to_the_lower(score: str, grade: str) -> None:
    assert grade_for_score(Decimal(score), DEFAULT_POLICY) == grade


@pytest.mark.parametrize("score", ["-0.5", "100.5"])
def test_a_score_outside_0_to_100_is_an_error(score: str) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        grade_for_score(Decimal(score), DEFAULT_POLICY)


@pytest.mark.parametrize(
    ("grade", "consequence"), [("A", "extend"), ("B", "ordinary"), ("C", "reduce"), ("D", "decline")]
)
def test_each_grade_has_its_consequence(grade: str, consequence: str) -> None:
    assert consequence_of(grade, DEFAULT_POLICY) == consequence  # type: ignore[arg-type]


def test_a_new_customer_is_proposed_as_c_and_provisional() -> None:
    proposal = new_customer_proposal(DEFAULT_POLICY)
    assert (proposal.grade, proposal.is_provisional) == ("C", True)


@pytest.mark.parametrize(
    ("monthly", "days", "grade", "limit"),
    [
        ("100000.00", 60, "A", "300000.00"),  # 100,000 × 2 × 1.5
        ("100000.00", 60, "B", "200000.00"),  # 100,000 × 2 × 1.0
        ("100000.00", 60, "C", "120000.00"),  # 100,000 × 2 × 0.6
        ("100000.00", 60, "D", "0.00"),
        ("100000.00", 30, "C", "60000.00"),  # 30 days are 1 month
        ("100000.00", 45, "C", "90000.00"),  # 1.5 months
        ("100000.00", 7, "B", "23000.00"),  # 23,333.33 rounded down
        ("1666.66", 30, "C", "0.00"),  # 999.996 is below 1,000
        ("1666.67", 30, "C", "1000.00"),  # 1,000.002
        ("1000.00", 30, "B", "1000.00"),  # exactly the step
        ("999.99", 30, "B", "0.00"),
        ("9999999999999999.99", 365, "A", "182499999999999000.00"),  # 16 digits stay exact
    ],
)
def test_limit_is_monthly_business_by_term_by_factor_rounded_down_to_a_thousand(
    monthly: str, days: int, grade: str, limit: str
) -> None:
    found = proposed_credit_limit(
        monthly_amount=Decimal(monthly),
        payment_term_days=days,
        grade=grade,  # type: ignore[arg-type]
        policy=DEFAULT_POLICY,
    )
    assert str(found) == limit


@given(
    monthly=st.decimals(min_value=0, max_value=Decimal("1e12"), places=2),
    days=st.integers(min_value=0, max_value=365),
    grade=st.sampled_from("ABCD"),
)
def test_limit_never_exceeds_the_formula_and_is_less_than_a_thousand_below(
    monthly: Decimal, days: int, grade: str
) -> None:
    limit = proposed_credit_limit(
        monthly_amount=monthly,
        payment_term_days=days,
        grade=grade,  # type: ignore[arg-type]
        policy=DEFAULT_POLICY,
    )
    exact = monthly * days * DEFAULT_POLICY.band(grade).limit_factor  # type: ignore[arg-type]
    assert limit % 1000 == 0
    assert limit * 30 <= exact < (limit + 1000) * 30


def test_the_days_of_a_month_come_from_the_policy() -> None:
    """28 days are a month: 1,000.00 × 28 / 28 × B 1.0 = 1,000; at 30 days it would be 933.33, below the step."""
    rules = replace(DEFAULT_POLICY.credit_limit, days_per_month=28)
    limit = proposed_credit_limit(
        monthly_amount=Decimal("1000.00"),
        payment_term_days=28,
        grade="B",
        policy=replace(DEFAULT_POLICY, credit_limit=rules),
    )
    assert str(limit) == "1000.00"


@pytest.mark.parametrize(("monthly", "days"), [("-0.01", 30), ("1", -1)])
def test_negative_business_or_term_is_an_error(monthly: str, days: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        proposed_credit_limit(
            monthly_amount=Decimal(monthly), payment_term_days=days, grade="C", policy=DEFAULT_POLICY
        )


def test_the_outcome_is_the_proposal_and_its_limit_runs_for_twelve_months() -> None:
    """100,000 × 60/30 × 0.6 = 120,000; approved on a leap day, valid to the last day of February."""
    outcome = new_customer_outcome(
        monthly_amount=Decimal(100_000),
        payment_term_days=60,
        approved_on=dt.date(2028, 2, 29),
        policy=DEFAULT_POLICY,
    )
    assert (outcome.grade, outcome.is_provisional, outcome.consequence) == ("C", True, "reduce")
    assert outcome.credit_limit_amount == Decimal(120_000)
    assert outcome.credit_limit_valid_to_on == dt.date(2029, 2, 28)


def test_another_grade_has_its_own_limit_and_stays_provisional() -> None:
    outcome = new_customer_outcome(
        monthly_amount=Decimal(100_000),
        payment_term_days=60,
        approved_on=dt.date(2026, 3, 1),
        policy=DEFAULT_POLICY,
        grade="A",
    )
    assert (outcome.grade, outcome.is_provisional, outcome.consequence) == ("A", True, "extend")
    assert outcome.credit_limit_amount == Decimal(300_000)


def annual(**changes: Any) -> AnnualOutcome:
    return annual_outcome(
        **{
            "account_manager_total": 89,
            "service_manager_total": 90,
            "monthly_amount": Decimal("50000.00"),
            "payment_term_days": 60,
            "present_limit_amount": Decimal("80000.00"),
            "approved_on": dt.date(2026, 11, 30),
            "policy": DEFAULT_POLICY,
            **changes,
        }
    )


def test_an_annual_review_gives_the_grade_of_the_average() -> None:
    """(89 + 90) / 2 = 89.5: B; 50,000 a month × 60 / 30 × B 1.0 = 100,000, for 12 months."""
    assert annual() == AnnualOutcome(
        Decimal("89.5"), "B", "ordinary", Decimal("100000.00"), dt.date(2027, 11, 30)
    )
    assert annual(account_manager_total=90).grade == "A"


@pytest.mark.parametrize(
    ("total", "present", "limit"),
    [(85, "80000.00", "80000.00"), (85, None, None), (40, "80000.00", "0.00"), (40, None, None)],
)
def test_without_known_business_the_present_limit_stays_unless_the_grade_gives_none(
    total: int, present: str | None, limit: str | None
) -> None:
    """B 85 keeps what there is; D 40 has the factor 0."""
    outcome = annual(
        account_manager_total=total,
        service_manager_total=total,
        monthly_amount=None,
        present_limit_amount=present and Decimal(present),
    )
    assert outcome.credit_limit_amount == (limit and Decimal(limit))

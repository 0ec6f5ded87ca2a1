"""Customers with scores and reports of the third quarter of 2026, for tests of its adjustment."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import count

from creditrisk.jobs.models import JobRun
from creditrisk.policy.selectors import policy_version_on
from creditrisk.quarters import Quarter
from customers.models import Customer
from receivables.models import Report
from reviews.adjustment_selectors import JOB
from reviews.models import AnnualForm, GradeAdjustment, Review, Score
from reviews.services.adjustments import AdjustmentRun, adjust_grades
from tests.factories.customers import create_active_customer, create_grade_change
from tests.factories.people import Team
from tests.factories.reports import Line, create_report

Q3, Q4 = Quarter(2026, 3), Quarter(2026, 4)
NOW = dt.datetime(2026, 10, 1, 1, tzinfo=dt.UTC)
LATER = dt.datetime(2027, 1, 1, 1, tzinfo=dt.UTC)
TODAY = dt.date(2026, 10, 1)
REVIEWED_AT = dt.datetime(2026, 1, 15, 3, tzinfo=dt.UTC)
JUNE, SEPTEMBER, DECEMBER = dt.date(2026, 6, 30), dt.date(2026, 9, 30), dt.date(2026, 12, 31)

_numbers = count(1)


def create_scored(
    team: Team,
    *,
    grade: str = "B",
    score: str = "85",
    answers: str = "BB",
    ended_at: dt.datetime = REVIEWED_AT,
    customer: Customer | None = None,
) -> Customer:
    """Return a customer of the team whom an approved annual review of his own gave `grade`; `answers` are those of
    account and service manager to "repayment speed"."""
    customer = customer or create_active_customer(
        grade=grade, account_manager=team.account_manager, service_manager=team.service_manager
    )
    review = Review.objects.create(
        number=f"RA-{next(_numbers):06d}",
        kind="annual",
        customer=customer,
        initiator=team.service_manager,
        review_on=ended_at.date(),
        year=(ended_at - dt.timedelta(days=60)).year,
        state="approved",
        ended_at=ended_at,
        policy_version=policy_version_on(ended_at.date()),
    )
    AnnualForm.objects.create(
        review=review, facts_at=ended_at, payment_term_days=30, score=Decimal(score), grade=grade
    )
    for (role, by), answer in zip(
        (("account_manager", team.account_manager), ("service_manager", team.service_manager)),
        answers,
        strict=True,
    ):
        Score.objects.create(
            review=review,
            role=role,
            by=by,
            answers={"repayment_speed": answer},
            total=85,
            given_at=ended_at,
        )
    create_grade_change(customer=customer, new=grade, effective_on=ended_at.date(), source=review.number)
    return customer


def overdue(customer: Customer, days: int, amount: str = "100", *, by: dt.date = SEPTEMBER) -> Line:
    """Return an open item that is so many days past due at a quarter's end."""
    return Line(customer, by - dt.timedelta(days=days), amount)


def paid_on_time(*customers: Customer, by: dt.date = SEPTEMBER) -> Report:
    """Report an item of each customer as open a month before a quarter's end and paid in that month: 0 days late."""
    before = by.replace(day=1) - dt.timedelta(days=1)
    return create_report(as_of=before, lines=[Line(customer, by, "100") for customer in customers])


def adjusted(*, quarter: Quarter = Q3, now: dt.datetime = NOW, **choices: bool) -> AdjustmentRun:
    """Run the adjustment of a quarter; a whole one is settled in the ledger of jobs."""
    run = adjust_grades(quarter=quarter, now=now, **choices)
    if not choices.get("dry_run") and not run.errors:
        JobRun.objects.update_or_create(
            job=JOB, period=str(quarter), defaults={"state": JobRun.State.DONE, "finished_at": now}
        )
    return run


def of(customer: Customer, quarter: Quarter = Q3) -> GradeAdjustment:
    """Return the customer's adjustment of a quarter, with him as stored now."""
    return GradeAdjustment.objects.select_related("customer").get(customer=customer, quarter=str(quarter))


def grade_of(customer: Customer) -> str:
    """Return the grade as stored now."""
    return Customer.objects.values_list("grade", flat=True).get(pk=customer.pk)

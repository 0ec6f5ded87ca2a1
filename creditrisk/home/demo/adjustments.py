"""The last quarter's adjustment of grades, with customers whom an annual review had scored before it."""

from __future__ import annotations

import datetime as dt

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError
from creditrisk.home.demo.annual import approve_steps
from creditrisk.home.demo.reviews import Clock
from creditrisk.quarters import Quarter
from customers.models import Customer, CustomerState
from reviews import services
from reviews.annual_facts import proposed_answers
from reviews.models import AnnualForm, ReviewKind
from reviews.models.review import OPEN_STATES
from reviews.services.adjustment_job import adjust_grades_once

SCORED = 14
DAYS_BEFORE = 45
"""So long before the quarter the annual reviews began."""
DEPARTURE = "去年底回款偏慢。 Paid late around the turn of the year."
STEPS = 6
HIGH, LOW = ("A", "A"), ("B", "A")
"""Contract performance and responsiveness: in turn an A customer and a good one."""


def create_adjustments(customers: list[Customer], users: dict[str, User], today: dt.date) -> dict[str, int]:
    """Score some customers before the last quarter that is over, and adjust that quarter as the schedule would have on
    the day after it; return how many were scored and how many grades changed or wait.
    """
    quarter = Quarter.of(today).previous
    began_on = quarter.first_on - dt.timedelta(days=DAYS_BEFORE)
    scored = 0
    for customer in _to_score(customers, began_on):
        _score(customer, began_on, users, generous=scored % 2 == 0)
        scored += 1
    ran_at = dt.datetime.combine(quarter.last_on + dt.timedelta(days=1), dt.time(1), tzinfo=dt.UTC)
    try:
        run = adjust_grades_once(quarter=quarter, now=ran_at)
    except InvalidInputError:  # a demo of few months has no report of the quarter
        return {"annual scores": scored, "grade adjustments": 0}
    counts = (run.result or {}).get("counts", {})
    changed = counts.get("applied", 0) + counts.get("proposed", 0)
    return {"annual scores": scored, "grade adjustments": changed}


def _to_score(customers: list[Customer], began_on: dt.date) -> list[Customer]:
    known = Customer.objects.filter(
        pk__in=[customer.pk for customer in customers],
        state=CustomerState.ACTIVE,
        reviewed_on__lt=began_on,
        account_manager__isnull=False,
        service_manager__isnull=False,
    )
    under_review = known.filter(reviews__kind=ReviewKind.ANNUAL, reviews__state__in=OPEN_STATES)
    return list(
        known.exclude(pk__in=under_review.values("pk"))
        .select_related("account_manager__department__head", "service_manager")
        .order_by("number")[:SCORED]
    )


def _score(customer: Customer, began_on: dt.date, users: dict[str, User], *, generous: bool) -> None:
    """Bring the annual review of the year before to its end, with payments judged more harshly than the quarter's."""
    clock = Clock(began_on)
    starter = customer.service_manager
    assert starter is not None  # chosen so
    review = services.start_annual_review(
        customer=customer, by=starter, year=began_on.year - 1, now=clock.next()
    ).review
    proposed = proposed_answers(AnnualForm.objects.get(pk=review.pk).facts)
    performance, responsiveness = HIGH if generous else LOW
    answers = {"cooperation_history": "B"} | proposed
    answers |= {"contract_performance": performance, "responsiveness": responsiveness, "repayment_speed": "C"}
    for role, by in (
        (Role.ACCOUNT_MANAGER, customer.account_manager),
        (Role.SERVICE_MANAGER, customer.service_manager),
    ):
        assert by is not None  # chosen so
        given = answers | ({"repayment_speed": "D"} if role == Role.SERVICE_MANAGER else {})
        departures = {code for code, answer in given.items() if proposed.get(code, answer) != answer}
        services.give_scores(
            review=review,
            by=by,
            answers=given,
            reasons=dict.fromkeys(departures, DEPARTURE),
            now=clock.next(),
        )
    review.refresh_from_db()
    services.submit_review(
        review=review, by=review.initiator, seen_form_version=review.form_version, now=clock.next()
    )
    approve_steps(review, STEPS, users, clock)

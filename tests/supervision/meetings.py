"""Case reviews for tests, held by the services as people hold them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from creditrisk.accounts.models import User
from customers.models import Customer
from supervision.models import CaseFollowUp, CaseReview, CaseReviewKind
from supervision.services.case_reviews import (
    Minutes,
    add_addendum,
    attach_case_review_files,
    close_case_review,
    discuss_customer,
    open_case_review,
)
from supervision.services.follow_ups import ask_follow_up
from tests.factories.customers import PDF
from tests.factories.people import Team

HELD_ON = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)


def minutes_of(**fields: Any) -> Minutes:
    """Return the minutes of an ordinary case review."""
    values: dict[str, Any] = {
        "kind": CaseReviewKind.CASE_REVIEW.value,
        "held_on": HELD_ON,
        "title": "案例会",
        "minutes": "逐户讨论。",
    }
    return Minutes(**(values | fields))


def held(team: Team, **fields: Any) -> CaseReview:
    """Return open minutes of a meeting that the deputy leader held."""
    return open_case_review(minutes=minutes_of(**fields), by=team.deputy_leader)


def asked(review: CaseReview, responsible: User, *, by: User, **fields: Any) -> CaseFollowUp:
    """Return a follow-up that is due ten days after the meeting."""
    values: dict[str, Any] = {"text": "催收", "due_on": HELD_ON + dt.timedelta(days=10)}
    return ask_follow_up(review=review, responsible=responsible, by=by, **(values | fields))


def create_meeting(customer: Customer, team: Team) -> CaseReview:
    """Return open minutes with the customer discussed, a follow-up of his service manager, and a file; of our people
    only the finance clerk took part.
    """
    review = held(team, participants=[team.finance_clerk])
    discuss_customer(review=review, customer=customer, point="付款变慢", by=team.deputy_leader)
    asked(review, team.service_manager, by=team.deputy_leader, customer=customer)
    attach_case_review_files(review=review, files=[("纪要.pdf", PDF)], by=team.deputy_leader)
    return CaseReview.objects.get(pk=review.pk)  # as it is now: each of these counts as a change


def create_closed_meeting(customer: Customer, team: Team) -> CaseReview:
    """Return signed minutes with an addendum."""
    review = held(team, participants=[team.finance_clerk])
    discuss_customer(review=review, customer=customer, point="付款变慢", by=team.deputy_leader)
    read = CaseReview.objects.get(pk=review.pk)
    closed = close_case_review(review=read, version=read.version, by=team.group_leader, now=NOW)
    add_addendum(review=closed, text="更正", by=team.deputy_leader, now=NOW)
    return closed

"""Reviews of two files that become one."""

from __future__ import annotations

import datetime as dt

import pytest

from creditrisk.exceptions import NotAllowedError
from customers.models import Customer, CustomerState
from customers.services import merge_customers
from reviews.models import GradeAdjustment, Review
from tests.factories.customers import create_customer
from tests.factories.people import create_team
from tests.factories.reports import create_report
from tests.factories.reviews import (
    create_annual_approved,
    create_annual_draft,
    create_draft,
    create_submitted,
)
from tests.reviews.adjustment_world import REVIEWED_AT, SEPTEMBER, adjusted, create_scored, paid_on_time

pytestmark = pytest.mark.django_db


def test_review_under_way_goes_with_the_file() -> None:
    team = create_team()
    review = create_submitted(team)
    keep = create_customer(account_manager=team.account_manager)
    merge_customers(keep=keep, drop=review.customer, by=team.administrator, reason="重复")
    assert Review.objects.get(pk=review.pk).customer == keep
    assert Customer.objects.get(pk=keep.pk).state == CustomerState.IN_REVIEW


def test_two_reviews_of_one_kind_are_one_too_many() -> None:
    team = create_team()
    keep, drop = create_draft(team).customer, create_submitted(team).customer
    with pytest.raises(NotAllowedError) as refused:
        merge_customers(keep=keep, drop=drop, by=team.administrator, reason="重复")
    assert refused.value.code == "merge.both_under_review"


def test_of_two_annual_reviews_of_a_year_the_kept_files_counts() -> None:
    """Both files were assessed for the same year: the review of the closed file stays with it, an earlier one moves."""
    team = create_team()
    keep, drop = create_scored(team), create_scored(team)
    create_scored(team, ended_at=REVIEWED_AT - dt.timedelta(days=365), customer=drop)
    merge_customers(keep=keep, drop=drop, by=team.administrator, reason="重复")
    assert list(Review.objects.filter(customer=keep).order_by("year").values_list("year", flat=True)) == [
        2024,
        2025,
    ]
    assert list(Review.objects.filter(customer=drop).values_list("year", flat=True)) == [2025]


def test_an_open_review_of_a_year_that_is_assessed_is_withdrawn_first() -> None:
    team = create_team()
    keep = create_annual_approved(team).customer
    review = create_annual_draft(team)
    with pytest.raises(NotAllowedError) as refused:
        merge_customers(keep=keep, drop=review.customer, by=team.administrator, reason="重复")
    assert refused.value.code == "merge.assessed_already"
    assert review.number in str(refused.value)


def test_adjustments_go_with_the_file_and_what_waits_lapses() -> None:
    """Both files were adjusted in the third quarter: the dropped one's row stays with it. Its proposal is about a grade
    that nobody has any more."""
    team = create_team()
    keep = create_scored(team, grade="C", score="75", answers="CD")
    drop = create_scored(
        team, grade="C", score="75", answers="CD", ended_at=REVIEWED_AT - dt.timedelta(days=365)
    )
    paid_on_time(keep, drop)
    create_report(as_of=SEPTEMBER)
    adjusted()
    GradeAdjustment.objects.filter(customer=drop).update(quarter="2026Q2")
    merge_customers(keep=keep, drop=drop, by=team.administrator, reason="重复")
    states = GradeAdjustment.objects.filter(customer=keep).values_list("quarter", "state")
    assert dict(states) == {"2026Q2": "lapsed", "2026Q3": "proposed"}

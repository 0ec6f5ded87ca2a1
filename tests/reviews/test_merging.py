"""Reviews of two files that become one."""

from __future__ import annotations

import pytest

from creditrisk.exceptions import NotAllowedError
from customers.models import Customer, CustomerState
from customers.services import merge_customers
from reviews.models import Review
from tests.factories.customers import create_customer
from tests.factories.people import create_team
from tests.factories.reviews import create_draft, create_submitted

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

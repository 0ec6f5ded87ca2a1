"""What has ended is never changed: a correction is a new review that cites the old one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.exceptions import BusinessError, ConflictError, NotAllowedError
from customers.models import Customer
from reviews import services
from reviews.models import NewCustomerForm, Review, ReviewState
from reviews.review_data import review_data
from tests.factories.people import Team
from tests.factories.reviews import (
    NOW,
    TODAY,
    approve_all,
    create_annual_approved,
    create_annual_draft,
    create_approved,
    create_prospect,
    create_submitted,
    score_as,
    submit,
)

pytestmark = pytest.mark.django_db


def correct(review: Review, by: User) -> services.Done:
    if review.kind == "annual":
        return services.correct_annual_review(review=review, by=by, now=NOW)
    return services.start_review(customer=review.customer, by=by, review_on=TODAY, copy_of=review)


def test_a_new_customer_review_is_corrected_with_its_own_answers(team: Team) -> None:
    """The monthly business was 100,000, not 200,000: the limit falls from 240,000 to 120,000."""
    wrong = create_submitted(team)
    NewCustomerForm.objects.filter(pk=wrong.pk).update(expected_monthly_amount=Decimal(200000))
    wrong = approve_all(team, wrong)
    customer = Customer.objects.get(pk=wrong.customer_id)
    assert customer.credit_limit_amount == Decimal(240000)
    right = correct(wrong, team.account_manager).review
    assert correct(wrong, team.account_manager).repeated
    assert right.cites == wrong
    NewCustomerForm.objects.filter(pk=right.pk).update(expected_monthly_amount=Decimal(100000))
    right = approve_all(team, submit(right))
    customer.refresh_from_db()
    assert (right.state, customer.credit_limit_amount) == (ReviewState.APPROVED, Decimal(120000))
    assert right.decisions.earliest("sequence").snapshot["cites"] == wrong.number
    assert review_data(right)["cites"] == wrong.number
    assert services.verify_review(wrong) == services.verify_review(right) == []


def test_an_annual_review_is_corrected_in_the_same_year(team: Team) -> None:
    wrong = create_annual_approved(team)
    right = correct(wrong, team.service_manager).review
    assert correct(wrong, team.service_manager).repeated
    assert (right.cites, right.year, right.scores.count()) == (wrong, wrong.year, 0)
    score_as(team, right, "account_manager")
    score_as(team, right, "service_manager", contract_performance="A")
    approve_all(team, submit(right))
    assert Review.objects.get(pk=right.pk).state == ReviewState.APPROVED
    with pytest.raises(ConflictError) as raised:
        correct(wrong, team.service_manager)
    assert raised.value.code == "correct.later"


def test_two_annual_reviews_of_a_year_that_cite_nothing_are_refused_by_the_database(team: Team) -> None:
    review = create_annual_approved(team)
    again = {
        "customer": review.customer,
        "initiator": review.initiator,
        "review_on": TODAY,
        "year": review.year,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(number="R-X", kind=review.kind, **again)
    assert Review.objects.create(number="R-X", kind=review.kind, cites=review, **again)


def test_what_is_not_corrected(team: Team) -> None:
    approved = create_approved(team)
    with pytest.raises(NotAllowedError):
        correct(approved, team.service_manager)
    other = create_prospect(team)
    with pytest.raises(BusinessError):
        services.start_review(customer=other, by=team.account_manager, review_on=TODAY, copy_of=approved)
    annual = create_annual_approved(team)
    with pytest.raises(NotAllowedError):
        correct(annual, team.account_manager)
    team.account_manager.role_assignments.all().delete()
    with pytest.raises(NotAllowedError) as raised:
        correct(annual, team.service_manager)
    assert raised.value.code == "annual.no_account_manager"
    assert not Review.objects.filter(cites__isnull=False).exists()


def test_a_copy_of_a_withdrawn_one_cites_it(team: Team) -> None:
    withdrawn = create_submitted(team)
    services.withdraw_review(review=withdrawn, by=team.account_manager, now=NOW)
    withdrawn.refresh_from_db()
    assert correct(withdrawn, team.account_manager).review.cites == withdrawn


@pytest.mark.parametrize("make", [create_approved, create_annual_approved])
def test_the_page_corrects_and_both_pages_name_each_other(team: Team, make: Any) -> None:
    review = make(team)
    by = review.initiator
    client = Client()
    client.force_login(by)
    page = client.get(review.get_absolute_url()).content.decode()
    assert "Correct by a new review" in page
    is_annual = review.kind == "annual"
    address = reverse(
        "reviews:start_annual" if is_annual else "reviews:create", args=[review.customer.number]
    )
    answer = client.post(address, {"corrects" if is_annual else "copy_of": review.number})
    right = Review.objects.get(cites=review)
    assert answer.url == reverse("reviews:edit", args=[right.number])  # type: ignore[attr-defined]
    assert review.get_absolute_url() in client.get(right.get_absolute_url()).content.decode()
    assert "Correct by a new review" not in client.get(review.get_absolute_url()).content.decode()
    if is_annual:
        score_as(team, right, "account_manager")
        score_as(team, right, "service_manager")
    submit(right)
    assert right.get_absolute_url() in client.get(review.get_absolute_url()).content.decode()
    printed = client.get(reverse("reviews:print", args=[right.number]))
    assert printed.content.startswith(b"%PDF")


def test_a_draft_is_not_corrected(team: Team) -> None:
    client = Client()
    client.force_login(team.service_manager)
    page = client.get(create_annual_draft(team).get_absolute_url()).content.decode()
    assert "Correct by a new review" not in page

"""Drafts are saved while they are written (through the real middleware; the browser's part is a journey)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from reviews import services
from reviews.models import NewCustomerForm, Review
from tests.factories.people import Team
from tests.factories.reviews import COMPLETE_ANSWERS, create_annual_draft, create_draft, create_submitted

pytestmark = pytest.mark.django_db


def post(person: User, review: Review, **typed: Any) -> Any:
    client = Client()
    client.force_login(person)
    return client.post(reverse("reviews:autosave", args=[review.number]), typed)


def typed(review: Review, **changes: Any) -> dict[str, Any]:
    form = NewCustomerForm.objects.get(pk=review.pk)
    answers = {name: "" if value is None else value for name, value in form.answers().items()}
    return answers | {"seen_form_version": Review.objects.get(pk=review.pk).form_version} | changes


def test_what_was_typed_is_saved_with_its_version_and_time(team: Team) -> None:
    review = create_draft(team)
    answer = post(team.account_manager, review, **typed(review, business_content="每周两台")).json()
    assert NewCustomerForm.objects.get(pk=review.pk).business_content == "每周两台"
    assert (answer["form_version"], answer["invalid"]) == (2, {})
    assert len(answer["saved_at"]) == len("12:34:56")
    again = post(team.account_manager, review, **typed(review)).json()
    assert again["form_version"] == 2


def test_what_is_valid_is_saved_beside_what_is_not(team: Team) -> None:
    """The amount cannot be read and the term is left empty: both stay as they were, the opinion is saved."""
    review = create_draft(team)
    changes = {"expected_monthly_amount": "viel", "payment_term_days": "", "account_manager_opinion": "neu"}
    answer = post(team.account_manager, review, **typed(review, **changes)).json()
    form = NewCustomerForm.objects.get(pk=review.pk)
    assert form.account_manager_opinion == "neu"
    assert form.expected_monthly_amount == COMPLETE_ANSWERS["expected_monthly_amount"]
    assert form.payment_term_days == COMPLETE_ANSWERS["payment_term_days"]
    assert answer["invalid"].keys() == {"expected_monthly_amount"}


def test_who_was_overtaken_is_told_and_overwrites_nothing(team: Team) -> None:
    review = create_draft(team)
    stale = typed(review, business_content="mine")
    services.save_form(
        review=review, by=team.account_manager, answers={"business_content": "his"}, seen_form_version=1
    )
    answer = post(team.account_manager, review, **stale)
    assert answer.status_code == 409
    assert "changed since you opened it" in answer.json()["message"]
    assert NewCustomerForm.objects.get(pk=review.pk).business_content == "his"


def test_a_form_that_was_handed_in_is_locked(team: Team) -> None:
    review = create_submitted(team)
    answer = post(team.account_manager, review, **typed(review, business_content="late"))
    assert (answer.status_code, "locked" in answer.json()["message"]) == (409, True)


def test_an_incomplete_page_is_told(team: Team) -> None:
    assert post(team.account_manager, create_draft(team), name="x").status_code == 400
    assert post(team.service_manager, create_annual_draft(team), remarks="x").status_code == 400


def test_the_remarks_of_an_annual_review_are_saved(team: Team) -> None:
    review = create_annual_draft(team)
    answer = post(team.service_manager, review, remarks="steady", seen_form_version=1).json()
    assert answer["form_version"] == 2
    assert Review.objects.get(pk=review.pk).annual_form.remarks == "steady"
    refused = post(team.account_manager, review, remarks="mine", seen_form_version=2)
    assert refused.status_code == 403

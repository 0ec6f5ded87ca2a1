"""Annex 2 by nine people in a real browser (P4.2), and drafts that outlive a lost connection."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from customers.models import Customer
from reviews.models import NewCustomerForm, Review, ReviewKind, ReviewState
from reviews.services import verify_review
from tests.journeys.conftest import PHONE, Person

pytestmark = [pytest.mark.journey, pytest.mark.no_cover, pytest.mark.usefixtures("company")]

Visit = Callable[..., Person]
SAVED = "[data-autosave-told]"


def _score(person: Person, review: Review, grade: str) -> None:
    person.open("/reviews/inbox/?tab=score")
    person.page.locator("main").get_by_role("link", name=review.customer.name).click()
    person.page.wait_for_url(f"**/reviews/{review.number}/score/")
    for criterion in person.page.locator("[data-criterion]").all():
        criterion.locator(f"input[value={grade}]").check()
        reason = criterion.locator("[data-reason] input")
        if reason.count() and reason.is_visible():
            reason.fill("so it was this year")
    expect(person.page.locator("[data-total]")).to_have_text({"A": "100", "B": "80"}[grade])
    person.page.get_by_role("button", name="Give these scores").click()
    expect(person.page.locator("main")).to_contain_text("Your scores are in.")


def _approve(person: Person, review: Review, opinion: str) -> None:
    person.open(f"/reviews/{review.number}/")
    person.page.locator("[name=opinion]").fill(opinion)
    if person.page.locator("[name=service_level]").count():
        person.page.locator("[name=service_level]").select_option("priority")
        person.page.locator("[name=service_level_reason]").fill("pays well")
    person.page.get_by_role("button", name="Approve", exact=True).click()
    expect(person.page.locator("main")).to_contain_text(opinion)


def test_nine_people_take_a_customer_through_the_year(visit: Visit) -> None:
    """100 by the account manager, 80 by the service manager: 90, A. The three departments sign from the last to the
    first; the group leader does it on a phone and raises the service level."""
    review = Review.objects.filter(kind=ReviewKind.ANNUAL, scores=None).select_related("customer").get()
    customer = review.customer
    account_manager = visit(customer.account_manager.username)
    service_manager = visit("csm")
    _score(account_manager, review, "A")
    service_manager.open(f"/reviews/{review.number}/edit/")
    expect(service_manager.page.locator("main")).to_contain_text("The other scores are in.")
    _score(service_manager, review, "B")
    service_manager.page.wait_for_url(f"**/reviews/{review.number}/edit/")
    expect(service_manager.page.locator("main")).to_contain_text("Average 90")
    service_manager.page.locator("[name=remarks]").fill("A steady year")
    expect(service_manager.page.locator(SAVED)).to_contain_text("Saved at")
    service_manager.page.get_by_role("button", name="Submit").click()
    service_manager.page.wait_for_url(f"**/reviews/{review.number}/")
    head = customer.account_manager.department.head.username
    for username in (head, "planning", "office", "legal"):
        person = visit(username)
        _approve(person, review, f"Agreed by {username}")
        assert person.complaints == []
    leader = visit("vp", viewport=PHONE)
    _approve(leader, review, "Agreed on the way")
    assert not leader.scrolls_sideways()
    _approve(visit("manager"), review, "Agreed at last")
    review.refresh_from_db()
    customer = Customer.objects.get(pk=customer.pk)
    assert review.state == ReviewState.APPROVED
    assert (customer.grade, customer.grade_is_provisional) == ("A", False)
    assert (customer.service_level, customer.service_level_reason) == ("priority", "pays well")
    assert verify_review(review) == []
    service_manager.open(f"/reviews/{review.number}/")
    expect(service_manager.page.locator("main")).to_contain_text("grade A, cooperation may be extended")
    assert account_manager.complaints == service_manager.complaints == leader.complaints == []


def test_what_is_typed_is_saved_by_itself_and_outlives_a_lost_connection(visit: Visit) -> None:
    review = Review.objects.get(kind=ReviewKind.NEW_CUSTOMER, state=ReviewState.DRAFT)
    manager = visit(review.initiator.username)
    page, field = manager.page, manager.page.locator("[name=business_content]")
    manager.open(f"/reviews/{review.number}/edit/")
    field.fill("两台设备")
    expect(page.locator(SAVED)).to_contain_text("Saved at")
    assert NewCustomerForm.objects.get(pk=review.pk).business_content == "两台设备"
    page.context.set_offline(True)
    field.fill("三台设备")
    expect(page.locator(SAVED)).to_contain_text("no connection")
    page.context.set_offline(False)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(field).to_have_value("三台设备")
    expect(page.locator(SAVED)).to_contain_text("Saved at")
    assert NewCustomerForm.objects.get(pk=review.pk).business_content == "三台设备"


def test_two_who_write_one_draft_are_told(visit: Visit) -> None:
    review = Review.objects.get(kind=ReviewKind.NEW_CUSTOMER, state=ReviewState.DRAFT)
    first, second = visit(review.initiator.username), visit(review.initiator.username)
    for person in (first, second):
        person.open(f"/reviews/{review.number}/edit/")
    first.page.locator("[name=business_content]").fill("mine")
    expect(first.page.locator(SAVED)).to_contain_text("Saved at")
    second.page.locator("[name=business_content]").fill("his")
    expect(second.page.locator(SAVED)).to_contain_text("changed since you opened it")
    assert NewCustomerForm.objects.get(pk=review.pk).business_content == "mine"
    expect(second.page.locator("[name=business_content]")).to_have_value("his")

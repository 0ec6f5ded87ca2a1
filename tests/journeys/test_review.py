"""Annex 1 from the first click to the active customer, by eight people in a real browser (P4.1)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from creditrisk.accounts.models import User
from creditrisk.home.demo.reviews import LICENCE_PDF
from customers.models import Customer, CustomerState
from reviews.models import Review, ReviewState
from reviews.services import verify_decisions
from tests.journeys.conftest import Person

pytestmark = [pytest.mark.journey, pytest.mark.no_cover, pytest.mark.usefixtures("company")]

Visit = Callable[..., Person]
NAME = "苏州试验仪器有限公司"
APPROVERS = ("csm", "dept", "legal", "office", "planning", "vp", "manager")
TEXTS = {
    "bank_name": "招商银行苏州分行",
    "bank_account": "6222021234567890123",
    "legal_representative": "钱一",
    "person_in_charge": "孙二",
    "finance_contact": "李三",
    "finance_phone": "0512-55550101",
    "business_contact": "周四",
    "business_phone": "0512-55550102",
    "registered_capital_amount": "5000000",
    "business_content": "实验设备供应",
    "uscc": "91350100M000100Y43",
    "years_in_business": "6",
    "ability_to_pay": "良好",
    "related_business": "无",
    "adverse_records": "无",
    "expected_monthly_amount": "200000",
    "account_manager_opinion": "建议合作",
}
CHOICES = {
    "enterprise_type": "private",
    "business_licence": "provided",
    "special_industry_permit": "not_applicable",
    "iso_9000": "provided",
    "iso_20000": "missing",
}


def _create_customer(manager: Person) -> Customer:
    page = manager.page
    manager.open("/customers/new/")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=service_manager]").select_option(str(User.objects.get(username="csm").pk))
    page.get_by_role("button", name="Open the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    return Customer.objects.get(name=NAME)


def _fill_the_form(manager: Person, customer: Customer, folder: Path) -> Review:
    page = manager.page
    manager.open(f"/reviews/new/{customer.number}/")
    page.get_by_role("button", name="Start the review").click()
    page.wait_for_url("**/edit/")
    for name, text in TEXTS.items():
        page.locator(f"[name={name}]").fill(text)
    for name, value in CHOICES.items():
        _choose(manager, name, value)
    page.locator("[name=service_types][value=sales]").check()
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("[name=bank_name]").or_(page.get_by_text(TEXTS["bank_name"]))).to_be_visible()
    review = Review.objects.get(customer=customer)
    assert review.state == ReviewState.DRAFT
    manager.open(f"/reviews/{review.number}/edit/")
    licence = folder / "营业执照.pdf"
    licence.write_bytes(LICENCE_PDF)
    page.locator("[name=documents]").set_input_files(licence)
    page.get_by_role("button", name="Attach").click()
    expect(page.locator("#attachment-list")).to_contain_text("营业执照.pdf")
    return review


def _choose(person: Person, name: str, value: str) -> None:
    field = person.page.locator(f"select[name={name}]")
    if field.count():
        field.select_option(value)
    else:
        person.page.locator(f"[name={name}][value={value}]").check()


def _submit(manager: Person, review: Review) -> None:
    manager.open(f"/reviews/{review.number}/edit/")
    manager.page.get_by_role("button", name="Submit").click()
    manager.page.wait_for_url(f"**/reviews/{review.number}/")
    review.refresh_from_db()
    assert review.state == ReviewState.IN_APPROVAL


def _open_from_inbox(person: Person, review: Review) -> None:
    person.open("/reviews/inbox/")
    person.page.locator("main").get_by_role("link", name=review.number).or_(
        person.page.locator("main").get_by_role("link", name=NAME)
    ).first.click()
    person.page.locator("#panel").get_by_role(
        "link", name=review.number
    ).first.click()  # it opens beside the list
    person.page.wait_for_url(f"**/reviews/{review.number}/")


def _decide(person: Person, review: Review, button: str, opinion: str) -> None:
    _open_from_inbox(person, review)
    person.page.locator("[name=opinion]").fill(opinion)
    person.page.get_by_role("button", name=button, exact=True).click()
    if button == "Reject":
        person.page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(person.page.locator("main")).to_contain_text(opinion)


def test_eight_people_take_a_new_customer_through_the_whole_chain(visit: Visit, tmp_path: Path) -> None:
    manager = visit("am")
    customer = _create_customer(manager)
    expect(manager.page.get_by_role("button", name="New contract")).to_be_disabled()
    review = _fill_the_form(manager, customer, tmp_path)
    _submit(manager, review)
    for username in APPROVERS:
        person = visit(username)
        _decide(person, review, "Approve", f"Agreed by {username}")
        person.page.context.close()
        assert person.complaints == []
    review.refresh_from_db()
    customer.refresh_from_db()
    assert review.state == ReviewState.APPROVED
    assert customer.state == CustomerState.ACTIVE
    assert customer.grade == "C"
    assert customer.grade_is_provisional
    assert str(customer.credit_limit_amount) == "120000.00", "200,000 x 1 month x 0.6, rounded down to 1,000"
    assert verify_decisions(review) == []
    manager.open(f"/customers/{customer.number}/")
    manager.page.get_by_role("link", name="New contract").click()
    manager.page.wait_for_url("**/contracts/new/")
    assert manager.complaints == []


def test_a_returned_review_is_edited_and_runs_again_as_round_2(visit: Visit, tmp_path: Path) -> None:
    manager = visit("am")
    customer = _create_customer(manager)
    review = _fill_the_form(manager, customer, tmp_path)
    _submit(manager, review)
    _decide(visit("csm"), review, "Approve", "Fine")
    head = visit("dept")
    _open_from_inbox(head, review)
    head.page.get_by_role("button", name="Return", exact=True).click()
    expect(head.page.locator(".is-invalid, .invalid-feedback, [role=alert]").first).to_be_visible()
    head.page.locator("[name=opinion]").fill("Please explain the adverse records")
    head.page.get_by_role("button", name="Return", exact=True).click()
    review.refresh_from_db()
    expect(head.page.locator("main")).to_contain_text("Please explain the adverse records")
    review.refresh_from_db()
    assert (review.state, review.round) == (ReviewState.RETURNED, 1)
    manager.open(f"/reviews/{review.number}/edit/")
    expect(manager.page.locator("main")).to_contain_text("Please explain the adverse records")
    manager.page.locator("[name=adverse_records]").fill("一次逾期,已结清")
    manager.page.get_by_role("button", name="Submit").click()
    manager.page.wait_for_url(f"**/reviews/{review.number}/")
    review.refresh_from_db()
    assert (review.state, review.round) == (ReviewState.IN_APPROVAL, 2)
    _decide(visit("csm"), review, "Approve", "Fine again")
    _decide(visit("dept"), review, "Reject", "Still not convinced")
    review.refresh_from_db()
    customer.refresh_from_db()
    assert review.state == ReviewState.REJECTED
    assert customer.state == CustomerState.PROSPECT


def test_the_initiator_withdraws_and_the_inbox_is_empty(visit: Visit, tmp_path: Path) -> None:
    manager = visit("am")
    review = _fill_the_form(manager, _create_customer(manager), tmp_path)
    _submit(manager, review)
    manager.open(f"/reviews/{review.number}/")
    manager.page.get_by_role("button", name="Withdraw").first.click()
    manager.page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(manager.page.locator("main")).to_contain_text("withdrawn")
    review.refresh_from_db()
    assert review.state == ReviewState.WITHDRAWN
    service = visit("csm")
    service.open("/reviews/inbox/")
    expect(service.page.locator("main")).not_to_contain_text(review.number)

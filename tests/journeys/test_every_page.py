"""Every page, as each role that sees it, on a phone and a desktop: no sideways scrolling, no console or CSP error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from creditrisk.notifications.models import OutboxMessage
from customers.models import Contract, Customer, CustomerState
from receivables.models import DunningNotice, Report
from reviews.models import Review, ReviewState
from tests.journeys.conftest import DESKTOP, PHONE, Person

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("company")]

Visit = Callable[..., Person]
EVERYBODY = ("/", "/me/", "/policy/", "/messages/", "/account/password/change/", "/account/2fa/")
WIDTHS = {"phone": PHONE, "desktop": DESKTOP}


def _own_pages(username: str) -> list[str]:
    """Return the addresses of the pages of one role, with real objects."""
    call_command("run_dunning", "--on", "2026-11-24")
    notice = DunningNotice.objects.exclude(number=None).order_by("pk")[0]
    contract = Contract.objects.order_by("pk")[0]
    review = Review.objects.get(state=ReviewState.IN_APPROVAL)
    business = [
        "/customers/",
        f"/customers/{contract.customer.number}/",
        f"/customers/{contract.customer.number}/history/",
        "/reviews/",
        "/reviews/?state=approved",
        "/receivables/aging/",
        f"/receivables/aging/customers/{notice.customer.number}/",
        "/receivables/letters/",
        f"/receivables/letters/{notice.pk}/",
        f"/receivables/uploads/{Report.objects.order_by('pk')[0].number}/",
        "/receivables/uploads/",
    ]
    approver = ["/reviews/inbox/", "/reviews/inbox/?tab=done", "/reviews/inbox/?tab=mine"]
    if username == "am":
        draft = Review.objects.get(state=ReviewState.DRAFT)
        active = Customer.objects.filter(
            account_manager__username="am", state=CustomerState.ACTIVE, contracts__isnull=False
        )[0]
        return [
            *approver,
            "/customers/new/",
            "/customers/import/",
            f"/customers/{active.number}/",
            f"/customers/{active.number}/edit/",
            f"/customers/{active.number}/contracts/new/",
            "/reviews/new/",
            f"/reviews/{draft.number}/",
            f"/reviews/{draft.number}/edit/",
        ]
    if username == "finance":
        return [*business, "/receivables/uploads/new/", "/messages/outbox/"]
    if username == "admin":
        message = OutboxMessage.objects.order_by("pk")[0]
        keep, drop = Customer.objects.exclude(state=CustomerState.CLOSED).order_by("pk")[:2]
        merge = f"/customers/merge/?keep={keep.number}&drop={drop.number}"
        return ["/messages/outbox/", f"/messages/outbox/{message.pk}/", "/jobs/", merge]
    return [*approver, *business, f"/reviews/{review.number}/", "/jobs/"]


@pytest.mark.parametrize("username", ["am", "vp", "finance", "admin"])
def test_no_page_scrolls_sideways_or_complains(visit: Visit, username: str, screenshots: Path | None) -> None:
    paths = [*EVERYBODY, *_own_pages(username)]
    for width_name, viewport in WIDTHS.items():
        person = visit(username, viewport=viewport)
        for index, path in enumerate(paths):
            person.open(path)
            assert not person.scrolls_sideways(), f"{path} at {viewport['width']} px"
            if screenshots:
                person.page.screenshot(path=screenshots / f"{username}-{width_name}-{index:02}.png")
        assert person.complaints == []


ADMIN_PAGES = (
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
    "/admin/accounts/department/",
    "/admin/customers/customer/",
    "/admin/policy/policyversion/",
)


def test_the_administration_has_no_csp_error(visit: Visit) -> None:
    person = visit("admin")
    for path in ADMIN_PAGES:
        person.open(path)
    assert person.complaints == []


def test_language_and_appearance_switch_anywhere_and_stay(visit: Visit) -> None:
    person = visit()
    page = person.page
    person.open("/account/login/")
    _switch(person, "language", "zh-hans")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator("main, body").first).to_contain_text("登录")
    person.log_in("vp")
    for language, inbox in (("zh-hans", "待办"), ("zh-hant", "待辦"), ("en", "Inbox")):
        person.open("/customers/")
        _switch(person, "language", language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert page.url.endswith("/customers/")
        person.open("/")
        expect(page.locator("body")).to_contain_text(inbox)
    _switch(person, "theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    person.open("/customers/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert person.complaints == []


def _switch(person: Person, name: str, value: str) -> None:
    button = person.page.locator(f"button[name={name}][value={value}]").first
    if not button.is_visible():
        person.page.locator(f".dropdown:has(button[name={name}][value={value}]) > button").first.click()
    with person.page.expect_navigation():
        button.click()

"""A customer service manager's morning, and a dispute that is opened and settled (P5.2.3, P3.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from creditrisk.accounts.models import User
from customers.models import ContractDispute, Customer
from receivables.models import CollectionContact, Promise
from tests.journeys.conftest import PHONE, Person

pytestmark = [pytest.mark.journey, pytest.mark.no_cover, pytest.mark.usefixtures("company")]

Visit = Callable[..., Person]


@pytest.fixture(autouse=True)
def all_debtors_are_his(company: None) -> None:
    """The small demo company has few of them: let them all be on one list."""
    Customer.objects.update(service_manager=User.objects.get(username="csm"))


def rows(page: Page) -> Locator:
    return page.locator("[data-work-list] tbody tr")


def badge(page: Page) -> int:
    return int(page.locator('.sidebar [data-count-of="/receivables/worklist/"]').inner_text())


def choose_first_without_letters(page: Page) -> str:
    """Choose by keyboard the first row that is there for a call alone; return its customer."""
    page.keyboard.press("j")
    while "letter" in page.locator("tr.is-chosen .work-why").inner_text():
        page.keyboard.press("j")
    return page.locator("tr.is-chosen a").first.inner_text()


def test_a_csm_s_morning_by_keyboard(visit: Visit) -> None:
    """2: nobody answered; 1: reached, with a note; 3: a promise in two instalments. Each row goes, the badge falls."""
    csm = visit("csm")
    page, main = csm.page, csm.page.locator("main")
    csm.open("/receivables/worklist/")
    count = rows(page).count()
    assert count >= 4
    assert badge(page) == count

    name = choose_first_without_letters(page)
    page.keyboard.press("2")
    expect(page.locator(".toasts")).to_contain_text(f"{name}: no answer.")
    expect(rows(page)).to_have_count(count - 1)
    assert badge(page) == count - 1

    page.keyboard.press("Escape")
    name = choose_first_without_letters(page)
    chosen = page.locator("tr.is-chosen")
    chosen.locator("[name=note]").fill("周五付款")
    chosen.locator("[name=note]").press("Enter")
    page.keyboard.press("1")
    expect(page.locator(".toasts")).to_contain_text(f"{name}: reached.")
    expect(rows(page)).to_have_count(count - 2)
    assert CollectionContact.objects.first().note == "周五付款"  # type: ignore[union-attr]

    page.keyboard.press("Escape")
    name = choose_first_without_letters(page)
    page.keyboard.press("3")
    page.wait_for_url("**/promises/new/**")
    expect(main).to_contain_text(name)
    in_a_week = timezone.localdate() + dt.timedelta(days=7)
    page.locator("[name=parts]").fill("2")
    page.locator("[name=first_on]").fill(in_a_week.isoformat())
    page.get_by_role("button", name="Divide the ticked amount").click()
    expect(page.locator("[name=due_on_1]")).to_have_value(in_a_week.isoformat())
    expect(page.locator("[name=due_on_3]")).to_have_value("")
    page.locator("[name=promised_by]").fill("王经理")
    page.get_by_role("button", name="Record the promise").click()
    page.wait_for_url("**/receivables/worklist/")
    expect(rows(page)).to_have_count(count - 3)
    assert badge(page) == count - 3
    promise = Promise.objects.latest("pk")
    assert (promise.instalments.count(), promise.customer.name) == (2, name)

    csm.open(promise.customer.get_absolute_url())
    expect(main).to_contain_text(promise.number)
    page.get_by_role("link", name=promise.number).first.click()
    expect(main).to_contain_text("王经理")
    page.locator("[name=reason]").fill("改为一次付清")
    page.get_by_role("button", name="Withdraw").click()
    expect(main).to_contain_text("改为一次付清")
    assert csm.complaints == []


def test_the_work_list_on_a_phone(visit: Visit) -> None:
    csm = visit("csm", viewport=PHONE)
    page = csm.page
    csm.open("/receivables/worklist/")
    first = rows(page).first
    assert str(first.locator('a[href^="tel:"]').get_attribute("href")).removeprefix("tel:").isdigit()
    name = first.locator("a").first.inner_text()
    assert not csm.scrolls_sideways()
    first.get_by_role("button", name="Wrong number").click()
    expect(page.locator(".toasts")).to_contain_text(f"{name}: wrong number.")
    assert csm.complaints == []


def test_a_dispute_is_opened_and_settled(visit: Visit) -> None:
    """A part of one item is disputed; legal affairs settle it and concede some of it."""
    csm = visit("csm")
    page, main = csm.page, csm.page.locator("main")
    csm.open("/receivables/worklist/")
    choose_first_without_letters(page)
    page.keyboard.press("4")
    page.wait_for_url("**/disputes/new/**")
    row = page.locator(".tick-items tbody tr").first
    row.locator("[type=checkbox]").check()
    row.locator("[type=number]").fill("100.00")
    page.locator("[name=subject]").fill("缺少验收单")
    page.locator("[name=owner]").select_option(index=1)
    page.get_by_role("button", name="Open the dispute").click()
    page.wait_for_url("**/disputes/*/")
    expect(main).to_contain_text("缺少验收单")
    expect(main).to_contain_text("100.00")
    dispute = ContractDispute.objects.latest("pk")
    customer = dispute.customer
    assert dispute.disputed_items.get().disputed_amount == 100

    owner = visit(dispute.owner.username)
    owner.open(dispute.get_absolute_url())
    owner.page.locator("#resolve_text").fill("补发验收单,让步 40 元")
    owner.page.locator("[name=conceded_amount]").fill("40.00")
    owner.page.get_by_role("button", name="Resolved").click()
    expect(owner.page.locator("main")).to_contain_text("40.00")
    expect(owner.page.locator("main")).to_contain_text("补发验收单")
    csm.open(customer.get_absolute_url() + "timeline/")
    expect(main).to_contain_text("缺少验收单")
    assert csm.complaints == []
    assert owner.complaints == []

"""A leader drills from a figure of the dashboard down to an open item (P3.1 e), and signs minutes off (P3.1 d)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from receivables.models import OpenItem
from supervision.models import CaseReview
from tests.journeys.conftest import PHONE, Person

pytestmark = [pytest.mark.journey, pytest.mark.no_cover, pytest.mark.usefixtures("company")]

Visit = Callable[..., Person]


def test_from_a_figure_to_an_item(visit: Visit) -> None:
    """The overdue share leads to the aging report, most overdue first; its first customer to his items."""
    leader = visit("vp")
    page, main = leader.page, leader.page.locator("main")
    leader.open("/")
    page.locator(".sidebar").get_by_role("link", name="Dashboard").click()
    expect(main.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(main.locator(".kpi-chart")).to_have_count(3)
    overdue = main.locator(".stat", has_text="Overdue").first.locator(".stat-value a")
    assert overdue.inner_text().endswith("%")
    overdue.click()
    expect(page).to_have_url(re.compile(r"/receivables/aging/\?.*sort=-overdue"))
    main.locator(".aging-table tbody a[href*='/aging/customers/']").first.click()
    expect(page).to_have_url(re.compile("/aging/customers/"))
    number = page.url.split("/customers/")[1].split("/")[0]
    item = OpenItem.objects.filter(customer__number=number).order_by("-as_of", "due_on").first()
    assert item is not None
    expect(main).to_contain_text(item.document)
    assert leader.complaints == []


def test_from_a_grade_and_a_month_to_the_lists_behind_them(visit: Visit) -> None:
    leader = visit("vp")
    page, main = leader.page, leader.page.locator("main")
    leader.open("/supervision/")
    main.locator("#grades tbody tr", has_text="B").first.locator("td a").click()
    expect(main.get_by_role("heading", name="Customers by grade")).to_be_visible()
    expect(main.locator("tbody tr").first).to_be_visible()
    page.go_back()
    main.locator("#concentration dt a").first.click()
    expect(page).to_have_url(re.compile("/aging/customers/"))
    leader.open("/supervision/handlers/")
    expect(main.locator("tbody tr").first).to_be_visible()
    assert leader.complaints == []


def test_minutes_are_signed_off(visit: Visit) -> None:
    leader = visit("vp")
    main = leader.page.locator("main")
    review = CaseReview.objects.filter(state="open").first()
    assert review is not None
    leader.open(review.get_absolute_url())
    main.get_by_role("button", name="Sign the minutes off").click()
    expect(main).to_contain_text("minutes signed off")
    expect(main.get_by_role("button", name="Add an addendum")).to_be_visible()
    assert leader.complaints == []


@pytest.mark.parametrize("path", ["/supervision/", "/supervision/handlers/", "/supervision/definitions/"])
def test_on_a_phone(visit: Visit, path: str) -> None:
    leader = visit("deputy", viewport=PHONE)
    leader.open(path)
    assert not leader.scrolls_sideways()
    assert leader.complaints == []

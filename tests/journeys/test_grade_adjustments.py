"""A quarter is over: the deputy leader confirms better grades in one go and refuses one (P5.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect

from creditrisk.accounts.models import User
from reviews.services.adjustments import adjust_grades
from tests.factories.reports import create_report
from tests.journeys.conftest import Person
from tests.reviews.adjustment_world import DECEMBER, LATER, Q4, create_scored, grade_of, of, paid_on_time

pytestmark = [pytest.mark.journey, pytest.mark.no_cover, pytest.mark.usefixtures("company")]

Visit = Callable[..., Person]


def test_deputy_confirms_in_bulk_and_refuses_one(visit: Visit) -> None:
    team: Any = SimpleNamespace(
        account_manager=User.objects.get(username="am"), service_manager=User.objects.get(username="csm")
    )
    customers = [create_scored(team, grade="C", score="75", answers="CD") for _number in range(3)]
    paid_on_time(*customers, by=DECEMBER)
    create_report(as_of=DECEMBER)
    adjust_grades(quarter=Q4, now=LATER)
    first = of(customers[0], Q4)

    deputy = visit("deputy")
    page = deputy.page
    deputy.open("/reviews/adjustments/?state=proposed&customer=示例公司")
    page.get_by_label("Choose all on this page").check()
    page.get_by_role("checkbox", name=f"2026Q4 {first.customer.name}").uncheck()
    page.get_by_role("button", name="Confirm the ticked ones").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("2 adjustments decided.")).to_be_visible()
    assert [grade_of(customer) for customer in customers] == ["C", "B", "B"]

    deputy.open(first.get_absolute_url())
    expect(page.locator("main")).to_contain_text("75.0 − 12.5 + 20.0 = 82.5")
    page.locator("#refuse_reason").fill("仅一笔付款")
    page.get_by_role("button", name="Refuse").click()
    expect(page.locator("main")).to_contain_text("仅一笔付款")
    assert grade_of(customers[0]) == "C"

    manager = visit("am")
    manager.open(customers[1].get_absolute_url())
    expect(manager.page.locator("main")).to_contain_text("2026Q4")
    assert deputy.complaints == manager.complaints == []

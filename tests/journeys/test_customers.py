"""Opening a customer file in the browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from customers.models import Customer
from tests.journeys.conftest import Person

pytestmark = [pytest.mark.journey, pytest.mark.no_cover, pytest.mark.usefixtures("company")]


def test_likely_duplicates_appear_while_the_name_is_typed(visit: Callable[..., Person]) -> None:
    mine = Customer.objects.filter(account_manager__username="am").order_by("pk")[0]
    person = visit("am")
    person.open("/customers/new/")
    hint = person.page.locator("#duplicates")
    expect(hint).to_be_empty()
    person.page.locator("#id_name").press_sequentially(mine.name)
    expect(hint).to_contain_text(mine.number)
    expect(person.page.locator("#id_is_another_company")).to_be_visible()
    person.page.locator("#id_name").fill("苏")
    expect(hint).to_be_empty()
    assert person.complaints == []

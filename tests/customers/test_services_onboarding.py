"""Taking over the customers we already had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import InvalidInputError
from customers.models import Customer, CustomerState
from customers.services import onboard_customers
from tests.factories.customers import create_customer
from tests.factories.people import create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> User:
    return create_user(Role.FINANCE_CLERK)


def test_unknown_customers_become_active_files_that_await_their_review(clerk: User) -> None:
    known = create_customer(number="K1", name="已有")
    found = onboard_customers(
        entries=[("N1", " 新一 "), ("K1", "另一个名"), ("N1", "again")], currency="USD", by=clerk
    )
    assert set(found) == {"N1", "K1"}
    assert found["K1"] == known.pk
    new = Customer.objects.get(pk=found["N1"])
    assert (new.name, new.currency, new.state) == ("新一", "USD", CustomerState.ACTIVE)
    assert new.is_onboarded
    assert new.reviewed_on is None
    assert new.grade == ""
    assert new.account_manager is None
    assert new.created_by == clerk
    known.refresh_from_db()
    assert (known.name, known.state) == ("已有", CustomerState.PROSPECT)
    [entry] = history_of(new)
    assert (entry.kind, entry.person) == ("insert", str(clerk))


@pytest.mark.parametrize("count", [1, 3000])
def test_bulk_costs_one_query_more_for_each_thousand(
    count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    entries = [(f"N{index}", f"客户{index}") for index in range(count)]
    with django_assert_max_num_queries(4 + -(-count // 1_000)):
        assert len(onboard_customers(entries=entries, currency="CNY", by=None)) == count


def test_nothing_to_onboard() -> None:
    assert onboard_customers(entries=[], currency="CNY", by=None) == {}


@pytest.mark.parametrize("entry", [("A/1", "x"), ("A1", "  "), ("A1", "x" * 201)])
def test_malformed_entry_opens_nothing(entry: tuple[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        onboard_customers(entries=[("N1", "good"), entry], currency="CNY", by=None)
    assert not Customer.objects.exists()

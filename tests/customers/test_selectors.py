"""Reads of customers."""

from __future__ import annotations

import datetime as dt

import pytest

from creditrisk.accounts.roles import Role
from customers.selectors import (
    customers_by_number,
    first_review_on,
    is_uscc_taken,
    serviced_customers,
)
from customers.tables import CustomerTable
from tests.factories.customers import create_active_customer, create_customer, create_grade_change
from tests.factories.people import create_team, reload

pytestmark = pytest.mark.django_db
USCC = "914403001922038216"


def test_customers_by_number_leaves_out_who_is_none() -> None:
    customer = create_customer(number="A")
    create_customer(number="B")
    assert customers_by_number(["A", "C"]) == {"A": customer.pk}
    assert customers_by_number([]) == {}


def test_code_of_another_file() -> None:
    customer = create_customer(uscc=USCC)
    assert is_uscc_taken(USCC, by_other_than=None)
    assert is_uscc_taken(USCC, by_other_than=create_customer())
    assert not is_uscc_taken(USCC, by_other_than=customer)


def test_serviced_customers_are_those_of_the_service_manager_as_long_as_he_is_one() -> None:
    team = create_team()
    customer = create_active_customer(
        account_manager=team.account_manager, service_manager=team.service_manager
    )
    create_active_customer(account_manager=team.account_manager)
    assert list(serviced_customers(team.service_manager)) == [customer]
    assert list(serviced_customers(team.account_manager)) == []
    team.service_manager.role_assignments.update(role=Role.FINANCE_CLERK)
    assert list(serviced_customers(reload(team.service_manager))) == []


def test_first_review_is_the_earliest_on_record() -> None:
    customer = create_customer()
    assert first_review_on(customer) is None
    customer.reviewed_on = dt.date(2026, 1, 15)
    assert first_review_on(customer) == dt.date(2026, 1, 15)
    create_grade_change(customer=customer, new="C", effective_on=dt.date(2025, 1, 10))
    assert first_review_on(customer) == dt.date(2025, 1, 10)


def test_provisional_grade_says_so_in_the_list() -> None:
    provisional = create_active_customer(grade="C", grade_is_provisional=True)
    settled = create_active_customer(grade="C")
    cells = [str(row.get_cell("grade")) for row in CustomerTable([provisional, settled]).rows]
    assert ["provisional" in cell for cell in cells] == [True, False]

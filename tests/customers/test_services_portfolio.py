"""Portfolios: which account manager and which service manager a customer belongs to (P3.2)."""

from __future__ import annotations

from typing import Any

import pytest

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers.models import Customer
from customers.services import reassign_portfolio
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(account_manager=team.account_manager, service_manager=team.service_manager)


def reassign(customer: Customer, by: User, **changes: Any) -> Customer:
    arguments: dict[str, Any] = {
        "account_manager": customer.account_manager,
        "service_manager": customer.service_manager,
        "version": 1,
    }
    return reassign_portfolio(customer=customer, by=by, **(arguments | changes))


def test_department_head_gives_the_customer_to_somebody_else(team: Team, customer: Customer) -> None:
    successor = create_user(Role.ACCOUNT_MANAGER, language="zh-hans")
    reassign(customer, team.department_manager, account_manager=successor)
    customer = Customer.objects.get()
    assert (customer.account_manager, customer.service_manager) == (successor, team.service_manager)
    assert customer.version == 2
    [told] = Notification.objects.all()
    assert told.user == successor
    assert told.title == f"客户 {customer} 现由您负责。"
    assert told.url == customer.get_absolute_url()


def test_account_manager_hands_over_to_a_service_manager(team: Team, customer: Customer) -> None:
    successor = create_user(Role.SERVICE_MANAGER)
    assert reassign(customer, team.account_manager, service_manager=successor).service_manager == successor


def test_account_manager_does_not_give_his_customer_away(team: Team, customer: Customer) -> None:
    with pytest.raises(NotAllowedError):
        reassign(customer, team.account_manager, account_manager=create_user(Role.ACCOUNT_MANAGER))


def test_service_manager_hands_over_nothing(team: Team, customer: Customer) -> None:
    with pytest.raises(NotAllowedError):
        reassign(customer, team.service_manager, service_manager=create_user(Role.SERVICE_MANAGER))


def test_leader_takes_both_away(team: Team, customer: Customer) -> None:
    customer = reassign(customer, team.group_leader, account_manager=None, service_manager=None)
    assert customer.account_manager is None
    assert customer.service_manager is None
    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("account_manager", "portfolio.no_account_manager"),
        ("service_manager", "portfolio.no_service_manager"),
    ],
)
def test_new_managers_must_hold_their_role(team: Team, customer: Customer, field: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        reassign(customer, team.group_leader, **{field: team.finance_clerk})
    assert refused.value.code == code


def test_inactive_person_manages_nobody(team: Team, customer: Customer) -> None:
    with pytest.raises(InvalidInputError):
        reassign(
            customer,
            team.group_leader,
            account_manager=create_user(Role.ACCOUNT_MANAGER, is_active=False),
        )


def test_one_person_does_not_hold_both_ends(team: Team, customer: Customer) -> None:
    both = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    with pytest.raises(InvalidInputError) as refused:
        reassign(customer, team.group_leader, account_manager=both, service_manager=both)
    assert refused.value.code == "portfolio.same_person"


def test_leader_who_takes_a_customer_himself_is_not_told(team: Team, customer: Customer) -> None:
    leader = create_user(Role.DEPUTY_LEADER, Role.ACCOUNT_MANAGER)
    assert reassign(customer, leader, account_manager=leader).account_manager == leader
    assert not Notification.objects.exists()


def test_stale_form_changes_nothing(team: Team, customer: Customer) -> None:
    first, second = create_user(Role.ACCOUNT_MANAGER), create_user(Role.ACCOUNT_MANAGER)
    reassign(customer, team.group_leader, account_manager=first)
    assert reassign(customer, team.group_leader, account_manager=first).version == 2  # a second click
    with pytest.raises(ConflictError):
        reassign(customer, team.deputy_leader, account_manager=second)
    assert Customer.objects.get().account_manager == first

"""Who sees which customers (P3): every role × own, department's and foreign customer."""

from __future__ import annotations

import pytest

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from customers.models import Contract, Customer
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import Team, create_department, create_team, create_user, reload

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


def seen(user: User) -> set[str]:
    return set(Customer.objects.visible_to(user).values_list("name", flat=True))  # type: ignore[attr-defined]


@pytest.fixture
def customers(team: Team) -> Team:
    colleague = create_user(Role.ACCOUNT_MANAGER, department=team.market)
    service_colleague = create_user(Role.SERVICE_MANAGER, department=team.market)
    stranger = create_user(Role.ACCOUNT_MANAGER, department=create_department())
    create_active_customer(
        name="own", account_manager=team.account_manager, service_manager=team.service_manager
    )
    create_active_customer(name="department's", account_manager=colleague)
    create_active_customer(
        name="serviced by the department", account_manager=stranger, service_manager=service_colleague
    )
    create_active_customer(name="foreign", account_manager=stranger)
    create_active_customer(name="nobody's")
    return team


EVERYTHING = {"own", "department's", "serviced by the department", "foreign", "nobody's"}
SEEN = {
    **dict.fromkeys(SEES_ALL_CUSTOMERS, EVERYTHING),
    Role.ACCOUNT_MANAGER: {"own"},
    Role.SERVICE_MANAGER: {"own"},
    Role.DEPARTMENT_MANAGER: {"own", "department's", "serviced by the department"},
    Role.ADMINISTRATOR: set(),
}


@pytest.mark.parametrize("role", list(Role))
def test_what_each_role_sees(customers: Team, role: Role) -> None:
    assert seen(customers.holder(role)) == SEEN[role]


def test_without_a_role_nothing_is_seen(customers: Team) -> None:
    assert seen(create_user()) == set()
    customers.account_manager.role_assignments.all().delete()
    assert seen(reload(customers.account_manager)) == set()


def test_another_role_does_not_replace_the_lost_one(customers: Team) -> None:
    """Once an account manager, now an administrator: his former customers are no longer his to see."""
    manager = customers.account_manager
    manager.role_assignments.update(role=Role.ADMINISTRATOR)
    assert seen(reload(manager)) == set()


def test_a_flag_alone_opens_nothing(customers: Team) -> None:
    assert seen(create_user(is_superuser=True)) == set()


def test_inactive_person_sees_nothing(customers: Team) -> None:
    customers.group_leader.is_active = False
    customers.group_leader.save()
    assert seen(reload(customers.group_leader)) == set()


def test_department_manager_without_a_department_sees_nothing(customers: Team) -> None:
    assert seen(create_user(Role.DEPARTMENT_MANAGER)) == set()


def test_head_without_the_role_sees_nothing(customers: Team) -> None:
    head = create_user()
    customers.market.head = head
    customers.market.save()
    assert seen(head) == set()


def test_several_roles_add_up(customers: Team) -> None:
    manager = customers.account_manager
    customers.market.head = manager
    customers.market.save()
    manager.role_assignments.create(role=Role.DEPARTMENT_MANAGER)
    assert seen(reload(manager)) == {"own", "department's", "serviced by the department"}


def test_each_customer_comes_once(customers: Team) -> None:
    """Own twice over: as account manager and as head of both managers' department."""
    manager = create_user(Role.ACCOUNT_MANAGER, Role.DEPARTMENT_MANAGER, department=customers.market)
    customers.market.head = manager
    customers.market.save()
    create_active_customer(name="twice", account_manager=manager, service_manager=customers.service_manager)
    names = list(Customer.objects.visible_to(manager).values_list("name", flat=True))  # type: ignore[attr-defined]
    assert names.count("twice") == 1


@pytest.mark.parametrize("role", list(Role))
def test_contracts_are_seen_with_their_customer(customers: Team, role: Role) -> None:
    for customer in Customer.objects.all():
        create_contract(customer=customer, handler=customers.account_manager)
    contracts = Contract.objects.visible_to(customers.holder(role))  # type: ignore[attr-defined]
    assert set(contracts.values_list("customer__name", flat=True)) == SEEN[role]

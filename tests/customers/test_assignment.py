"""Chosen customers of the list go to other managers in one go, all or none."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError
from creditrisk.notifications.models import Notification
from customers import services
from customers.forms.reassignment import tick_of
from customers.models import Customer
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team, create_user
from tests.factories.visits import create_customer_of, done, follow_up, planned

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 6, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def successor(team: Team) -> User:
    return create_user(Role.ACCOUNT_MANAGER, department=team.market)


def assign(*customers: Customer, by: User, **changes: Any) -> int:
    people: dict[str, Any] = {"account_manager": None, "service_manager": None} | changes
    chosen = {customer.pk: customer.version for customer in customers}
    return services.assign_customers(chosen=chosen, by=by, now=NOW, **people)


def managers(customer: Customer) -> tuple[User | None, User | None]:
    stored = Customer.objects.get(pk=customer.pk)
    return stored.account_manager, stored.service_manager


def test_customers_of_several_people_go_to_one(team: Team, successor: User) -> None:
    other = create_user(Role.ACCOUNT_MANAGER)
    first, second = create_customer_of(team), create_active_customer(account_manager=other)
    nobody = create_active_customer()
    assert assign(first, second, nobody, by=team.group_leader, account_manager=successor) == 3
    assert managers(first) == (successor, team.service_manager)
    assert managers(second) == managers(nobody) == (successor, None)
    titles = dict(Notification.objects.values_list("user__username", "title"))
    assert titles == {
        successor.username: f"{team.group_leader} assigned 3 customers to you.",
        team.account_manager.username: f"1 of your customers now belongs to {successor}.",
        other.username: f"1 of your customers now belongs to {successor}.",
    }


def test_who_is_left_empty_stays_and_a_second_click_changes_nothing(team: Team) -> None:
    customer, service = create_customer_of(team), create_user(Role.SERVICE_MANAGER)
    assert assign(customer, by=team.group_leader, service_manager=service) == 1
    assert managers(customer) == (team.account_manager, service)
    told = Notification.objects.count()
    assert assign(customer, by=team.group_leader, service_manager=service) == 0
    assert (Notification.objects.count(), Customer.objects.get(pk=customer.pk).version) == (told, 2)


def test_open_visits_and_follow_ups_go_along(team: Team, successor: User) -> None:
    customer, stays = create_customer_of(team), create_customer_of(team)
    visit = planned(customer, team.account_manager)
    task = follow_up(done(customer, team.account_manager), team.account_manager)
    other_visit = planned(stays, team.account_manager)
    assign(customer, by=team.group_leader, account_manager=successor)
    for row in (visit, task, other_visit):
        row.refresh_from_db()
    assert (visit.responsible, task.responsible) == (successor, successor)
    assert other_visit.responsible == team.account_manager


def test_a_customer_that_changed_meanwhile_keeps_all_where_they_are(team: Team, successor: User) -> None:
    first, second = create_customer_of(team), create_customer_of(team)
    services.put_on_watch(customer=second, reason="late", by=team.group_leader)
    Customer.objects.filter(pk=second.pk).update(version=2)
    with pytest.raises(ConflictError) as conflict:
        assign(first, second, by=team.group_leader, account_manager=successor)
    assert second.number in str(conflict.value)
    assert managers(first) == (team.account_manager, team.service_manager)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "assignment.nobody_chosen"),
        ({"account_manager": "service_manager"}, "portfolio.no_account_manager"),
        ({"service_manager": "account_manager"}, "portfolio.no_service_manager"),
    ],
)
def test_what_is_refused(team: Team, changes: dict[str, str], code: str) -> None:
    customer = create_customer_of(team)
    people = {capacity: create_user(Role(role)) for capacity, role in changes.items()}
    with pytest.raises(InvalidInputError) as refused:
        assign(customer, by=team.group_leader, **people)
    assert refused.value.code == code
    assert managers(customer) == (team.account_manager, team.service_manager)


def test_nothing_is_chosen(team: Team, successor: User) -> None:
    with pytest.raises(InvalidInputError) as refused:
        assign(by=team.group_leader, account_manager=successor)
    assert refused.value.code == "assignment.nothing_chosen"


@pytest.mark.parametrize("role", list(Role))
def test_who_assigns_whose_customers(team: Team, successor: User, role: Role) -> None:
    """P3: leaders anybody's; the head of the department those of his people; who is not seen is not there."""
    own, foreign = create_customer_of(team), create_active_customer()
    by = team.holder(role)
    for customer, may in (
        (own, {Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.DEPARTMENT_MANAGER}),
        (foreign, {Role.GROUP_LEADER, Role.DEPUTY_LEADER}),
    ):
        if role in may:
            assert assign(customer, by=by, account_manager=successor) == 1
            continue
        with pytest.raises(BusinessError) as refused:
            assign(customer, by=by, account_manager=successor)
        assert refused.value.code in {"portfolio.not_allowed", "assignment.nothing_chosen"}


def test_a_service_manager_of_ones_own_customer_may_be_changed_by_the_account_manager(team: Team) -> None:
    customer, service = create_customer_of(team), create_user(Role.SERVICE_MANAGER)
    assert assign(customer, by=team.account_manager, service_manager=service) == 1


# The page


def test_the_page_takes_the_filter_along_and_comes_back_with_it(team: Team, successor: User) -> None:
    customer = create_customer_of(team, name="华瑞科技")
    create_customer_of(team, name="示范公司")
    client = Client()
    client.force_login(team.department_manager)
    listed = client.get(reverse("customers:list"), {"q": "华瑞"}).content.decode()
    address = reverse("customers:assign") + "?q=%E5%8D%8E%E7%91%9E"
    assert f'href="{address}"' in listed
    page = client.get(address).content.decode()
    assert tick_of(customer) in page
    assert page.count('name="customers"') == 1
    sent = {"customers": [tick_of(customer)], "account_manager": successor.pk, "service_manager": ""}
    response = client.post(address, sent)
    assert response["Location"] == reverse("customers:list") + "?q=%E5%8D%8E%E7%91%9E"
    assert managers(customer)[0] == successor


def test_what_is_refused_is_shown_and_the_choice_stays(team: Team, successor: User) -> None:
    customer = create_customer_of(team)
    client = Client()
    client.force_login(team.group_leader)
    address = reverse("customers:assign")
    empty = client.post(
        address, {"customers": [tick_of(customer)], "account_manager": "", "service_manager": ""}
    )
    page = empty.content.decode()
    assert "Choose the new account manager or the new service manager." in page
    assert "checked" in page.split(tick_of(customer))[1].split(">")[0]
    Customer.objects.filter(pk=customer.pk).update(version=7)
    sent = {"customers": [tick_of(customer)], "account_manager": successor.pk, "service_manager": ""}
    stale = client.post(address, sent)
    assert stale.status_code == 409
    assert client.post(address, sent | {"customers": ["nonsense"]}).status_code == 200


def test_others_have_no_button_and_no_page(team: Team) -> None:
    client = Client()
    client.force_login(team.account_manager)
    assert reverse("customers:assign") not in client.get(reverse("customers:list")).content.decode()
    assert client.get(reverse("customers:assign")).status_code == 403


def test_a_new_manager_is_told_of_the_customers_that_are_new_to_him(team: Team, successor: User) -> None:
    """Three customers get an account manager who has two of them already, and a new service manager: one is new to the
    first, three to the second."""
    servant = create_user(Role.SERVICE_MANAGER)
    his = [create_active_customer(account_manager=successor) for _number in range(2)]
    customers = [*his, create_customer_of(team)]
    assign(*customers, by=team.group_leader, account_manager=successor, service_manager=servant)
    told = dict(Notification.objects.filter(user__in=[successor, servant]).values_list("user", "title"))
    assert told == {
        successor.pk: f"{team.group_leader} assigned 1 customer to you.",
        servant.pk: f"{team.group_leader} assigned 3 customers to you.",
    }

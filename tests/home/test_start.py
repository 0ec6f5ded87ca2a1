"""The start page shows each role what waits for it, with a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from creditrisk.accounts.roles import Role
from creditrisk.home.selectors import CurrencyTotal, start_page
from creditrisk.notifications.models import OutboxMessage
from tests.factories.customers import create_active_customer
from tests.factories.people import create_team, create_user

TODAY = dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("total", "overdue", "pct"),
    [
        ("200.00", "50.00", 25),
        ("200.00", "0.00", 0),
        ("200.00", "300.00", 100),
        ("200.00", "-10.00", 0),
        ("0.00", "0.00", 0),
        ("-5.00", "5.00", 0),
    ],
)
def test_the_overdue_share_stays_between_0_and_100(total: str, overdue: str, pct: int) -> None:
    """50 of 200 is 25 %; credits can make either side odd, the bar stays a bar."""
    assert CurrencyTotal("CNY", Decimal(total), Decimal(overdue)).overdue_pct == pct


@pytest.mark.django_db
def test_an_account_manager_sees_his_own_customers_only() -> None:
    team = create_team()
    stranger = create_user(Role.ACCOUNT_MANAGER)
    create_active_customer(account_manager=team.account_manager)
    create_active_customer(account_manager=stranger)
    assert start_page(user=team.account_manager, today=TODAY).customer_states == [("active", "active", 1)]
    assert start_page(user=team.general_manager, today=TODAY).customer_states == [("active", "active", 2)]


@pytest.mark.django_db
def test_mails_in_trouble_are_those_that_the_reader_can_open() -> None:
    """Two failed: one to a customer, one among ourselves; a third to the customer waits."""
    team = create_team()
    customer = create_active_customer(service_manager=team.service_manager)
    for key, number, state in (
        ("letter", customer.number, OutboxMessage.State.FAILED),
        ("internal", "", OutboxMessage.State.UNKNOWN),
        ("queued", customer.number, OutboxMessage.State.QUEUED),
    ):
        OutboxMessage.objects.create(key=key, to="a@example.com", customer_number=number, state=state)
    counts = {role: start_page(user=team.holder(role), today=TODAY).mails_in_trouble for role in (*Role,)}
    assert {role for role, count in counts.items() if count == 2} == {
        Role.ADMINISTRATOR, Role.GROUP_LEADER, Role.DEPUTY_LEADER,
    }  # fmt: skip
    assert {role for role, count in counts.items() if count == 1} == {
        Role.FINANCE_CLERK,
        Role.SERVICE_MANAGER,
    }
    stranger = create_user(Role.SERVICE_MANAGER)
    assert start_page(user=stranger, today=TODAY).mails_in_trouble == 0


@pytest.mark.django_db
@pytest.mark.parametrize("role", [*Role, None])
def test_every_role_has_a_start_page(client: Client, role: Role | None) -> None:
    client.force_login(create_user(*([role] if role else [])))
    response = client.get("/")
    assert response.status_code == 200
    page = response.content.decode()
    assert ("Upload an aging report" in page) == (role in {Role.FINANCE_CLERK, Role.PLANNING_FINANCE})
    assert ("New customer" in page) == (role == Role.ACCOUNT_MANAGER)
    assert ("Open the administration" in page) == (role == Role.ADMINISTRATOR)
    assert ("You hold no role yet" in page) == (role is None)


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow(client: Client, django_assert_max_num_queries: object) -> None:
    team = create_team()
    client.force_login(team.account_manager)
    for _customer in range(30):
        create_active_customer(account_manager=team.account_manager)
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert client.get("/").status_code == 200


@pytest.mark.django_db
def test_health_needs_no_log_in_and_says_what_answers(client: Client) -> None:
    response = client.get("/health/")
    assert (response.status_code, response.json()) == (200, {"database": "ok", "broker": "ok"})


@pytest.mark.django_db
def test_health_says_which_part_is_down(client: Client, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    response = client.get("/health/")
    assert (response.status_code, response.json()) == (503, {"database": "ok", "broker": "down"})


@pytest.mark.django_db
def test_strangers_are_sent_to_the_log_in_page(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/")

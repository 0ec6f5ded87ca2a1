"""Aliases on the customer's page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from customers.services import add_alias
from tests.factories.customers import create_active_customer, create_customer
from tests.factories.people import Team, create_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(
        number="K-1", account_manager=team.account_manager, service_manager=team.service_manager
    )


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def test_adding_and_removing(team: Team, customer: Customer) -> None:
    client = as_(team.account_manager)
    page = reverse("customers:detail", args=["K-1"])
    added = client.post(reverse("customers:alias_add", args=["K-1"]), {"name": "老<华瑞>"}, follow=True)
    assert "老&lt;华瑞&gt;" in text(added)
    assert "老&lt;华瑞&gt;" in text(as_(team.group_leader).get(page))
    assert "aliases/" not in text(as_(team.group_leader).get(page))
    alias = customer.aliases.get()
    client.post(reverse("customers:alias_remove", args=["K-1", alias.pk]))
    assert not customer.aliases.exists()
    assert "Aliases" not in text(as_(team.group_leader).get(page))


def test_what_is_wrong_is_told(team: Team, customer: Customer) -> None:
    client = as_(team.account_manager)
    create_customer(number="K-2")
    for name, told in (
        ("", "required"),
        ("K-2", "another customer has this number"),
        ("a\u202eb", "invisible"),
    ):
        response = client.post(reverse("customers:alias_add", args=["K-1"]), {"name": name}, follow=True)
        assert told in text(response).lower()
    assert not customer.aliases.exists()


def test_shared_alias_is_warned_about(team: Team, customer: Customer) -> None:
    add_alias(customer=create_customer(), name="华瑞", by=team.finance_clerk)
    response = as_(team.service_manager).post(
        reverse("customers:alias_add", args=["K-1"]), {"name": "华瑞"}, follow=True
    )
    assert "ambiguous" in text(response)


def test_customers_are_found_by_alias_and_short_name(team: Team, customer: Customer) -> None:
    add_alias(customer=customer, name="老字号", by=team.account_manager)
    Customer.objects.filter(pk=customer.pk).update(short_name="短")
    for query in ("老字", "短"):
        assert "K-1" in text(as_(team.group_leader).get(reverse("customers:list"), {"q": query}))

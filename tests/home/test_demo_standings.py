"""The demo shows groups, temporary limits, customers on watch, a frozen and a closed one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from creditrisk.home.demo.credit import FEWEST, create_standings
from customers.models import Customer, CustomerState
from tests.factories.customers import create_active_customer
from tests.factories.people import create_team

TODAY = dt.date(2026, 11, 24)


@pytest.mark.django_db
def test_standings_of_the_demo() -> None:
    team = create_team()
    users = {"vp": team.group_leader, "planning": team.planning_finance}
    customers = [
        create_active_customer(
            service_manager=team.service_manager,
            credit_limit_amount=Decimal("20000.00"),
            credit_limit_valid_to_on=TODAY,
        )
        for _ in range(FEWEST)
    ]
    assert create_standings(customers[1:], users, TODAY) == {}
    counts = create_standings(customers, users, TODAY)
    assert counts == {"groups": 3, "temporary limits": 4, "on watch": 6, "frozen": 1, "closed": 1}
    assert Customer.objects.filter(parent__isnull=False).count() == 6
    assert Customer.objects.filter(state=CustomerState.WATCH).count() == 6
    limits = Customer.objects.filter(temporary_limit_valid_to_on__gte=TODAY)
    assert {customer.temporary_limit_amount for customer in limits} == {Decimal("40000.00")}

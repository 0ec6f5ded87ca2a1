"""What the tests of contracts share: a customer with his people, terms, and what a refusal is called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from creditrisk.exceptions import BusinessError
from customers.models import Contract, ContractState, Customer
from customers.services import ContractTerms
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import Team

PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 2)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def customer_of(team: Team, **fields: Any) -> Customer:
    """Return an active customer of the team, reviewed on 2026-01-15, grade B."""
    return create_active_customer(
        account_manager=team.account_manager, service_manager=team.service_manager, **fields
    )


def contract_of(team: Team, state: ContractState = ContractState.SIGNED, **fields: Any) -> Contract:
    """Return a contract of a new customer of the team in `state` (see `create_contract`)."""
    customer = fields.pop("customer", None) or customer_of(team)
    return create_contract(customer=customer, handler=team.account_manager, state=state, **fields)


def terms_of(team: Team, **changes: Any) -> ContractTerms:
    """Return sound terms: 120,000.00 CNY on 30 days."""
    values: dict[str, Any] = {
        "number": "HT-2026-1",
        "service_type": "sales",
        "amount": Decimal("120000.00"),
        "currency": "CNY",
        "payment_term_days": 30,
        "handler": team.account_manager,
    }
    return ContractTerms(**(values | changes))


def code_of(act: Callable[[], Any]) -> str:
    """Return the code of the refusal that `act` meets."""
    with pytest.raises(BusinessError) as refused:
        act()
    assert str(refused.value)
    return refused.value.code

"""No contract before the customer's review is approved (P4.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from customers.models import Contract, Customer, CustomerState
from customers.services import record_contract
from tests.factories.customers import create_active_customer, create_contract, create_grade_change
from tests.factories.people import Team, create_team, create_user

pytestmark = pytest.mark.django_db
SIGNED_ON = dt.date(2026, 2, 1)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(account_manager=team.account_manager, service_manager=team.service_manager)


def record(customer: Customer, **changes: Any) -> Contract:
    arguments: dict[str, Any] = {
        "number": " HT-2026-1 ",
        "service_type": "sales",
        "amount": Decimal("120000.00"),
        "currency": "CNY",
        "signed_on": SIGNED_ON,
        "ends_on": None,
        "payment_term_days": 30,
        "handler": customer.account_manager,
        "by": customer.account_manager,
    }
    return record_contract(customer=customer, **(arguments | changes))


def refusal(customer: Customer, **changes: Any) -> str:
    with pytest.raises((InvalidInputError, NotAllowedError)) as refused:
        record(customer, **changes)
    assert not customer.contracts.exists()
    return refused.value.code


def test_contract_of_a_reviewed_customer(team: Team, customer: Customer) -> None:
    contract = record(customer, handler=team.service_manager, ends_on=SIGNED_ON)
    contract.refresh_from_db()
    assert (contract.number, contract.customer, str(contract)) == ("HT-2026-1", customer, "HT-2026-1")
    assert (contract.amount, contract.currency, contract.payment_term_days) == (Decimal(120000), "CNY", 30)
    assert contract.handler == team.service_manager


def test_no_contract_before_the_last_approval(team: Team) -> None:
    for state in (CustomerState.PROSPECT, CustomerState.IN_REVIEW, CustomerState.ACTIVE):
        customer = create_active_customer(state=state, reviewed_on=None, account_manager=team.account_manager)
        assert refusal(customer) == "contract.no_review"


def test_stranger_records_no_contract(customer: Customer) -> None:
    assert refusal(customer, by=create_user(Role.ACCOUNT_MANAGER)) == "contract.not_allowed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "  "}, "contract.number_missing"),
        ({"amount": Decimal("0.00")}, "contract.amount"),
        ({"amount": Decimal("-1.00")}, "contract.amount"),
        ({"ends_on": dt.date(2026, 1, 31)}, "contract.ends_before_signing"),
        ({"signed_on": dt.date(2026, 1, 14)}, "contract.signed_before_review"),
        ({"signed_on": dt.date(2027, 1, 16)}, "contract.review_expired"),
    ],
)
def test_contract_that_cannot_be(customer: Customer, changes: dict[str, Any], code: str) -> None:
    """The review was approved on 2026-01-15 and is valid for 12 months."""
    assert refusal(customer, **changes) == code


@pytest.mark.parametrize("changes", [{"amount": Decimal("0.01")}, {"signed_on": dt.date(2026, 1, 15)}])
def test_contract_that_only_just_can(customer: Customer, changes: dict[str, Any]) -> None:
    assert record(customer, **changes).pk


def test_handler_is_a_manager(customer: Customer, team: Team) -> None:
    assert refusal(customer, handler=team.finance_clerk) == "contract.handler"


def test_contract_signed_between_the_first_and_the_last_review(customer: Customer) -> None:
    """First approved on 2025-01-10, again on 2026-01-15: June 2025 is after the first approval."""
    create_grade_change(customer=customer, new="C", effective_on=dt.date(2025, 1, 10))
    assert record(customer, signed_on=dt.date(2025, 6, 1)).pk
    assert record(customer, number="HT-2", signed_on=dt.date(2025, 1, 10)).pk
    with pytest.raises(InvalidInputError):
        record(customer, number="HT-3", signed_on=dt.date(2025, 1, 9))


def test_old_contracts_of_an_onboarded_customer(team: Team) -> None:
    customer = create_active_customer(account_manager=team.account_manager, is_onboarded=True)
    assert record(customer, signed_on=dt.date(2019, 5, 1)).pk


def test_number_of_another_contract(team: Team, customer: Customer) -> None:
    create_contract(customer=create_active_customer(), handler=team.account_manager, number="HT-2026-1")
    assert refusal(customer) == "contract.number_taken"


def test_form_sent_twice_is_one_contract(customer: Customer) -> None:
    key = uuid4()
    first, second = (record(customer, submission_key=key) for _ in range(2))
    assert first.pk == second.pk
    assert Contract.objects.count() == 1

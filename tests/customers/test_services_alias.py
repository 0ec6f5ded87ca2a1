"""Adding and removing aliases."""

from __future__ import annotations

import pytest

from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from customers.identity_permissions import alias_refusal
from customers.models import AliasSource, Customer, CustomerState
from customers.selectors import is_alias_shared
from customers.services import add_alias, remove_alias
from tests.factories.customers import create_active_customer, create_customer
from tests.factories.people import Team, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(account_manager=team.account_manager, service_manager=team.service_manager)


def test_the_same_name_in_another_way_of_writing_is_one_alias(team: Team, customer: Customer) -> None:
    first = add_alias(customer=customer, name=" 华瑞（上海） ", by=team.account_manager)
    again = add_alias(customer=customer, name="华瑞 (上海)", by=team.finance_clerk)
    assert first == again
    assert (first.name, first.source, first.created_by) == (
        "华瑞（上海）",
        AliasSource.TYPED,
        team.account_manager,
    )
    assert customer.aliases.count() == 1


def test_two_customers_may_carry_one_alias(team: Team, customer: Customer) -> None:
    alias = add_alias(customer=customer, name="华瑞", by=team.service_manager)
    assert not is_alias_shared(alias)
    add_alias(customer=create_customer(), name="华瑞", by=team.finance_clerk)
    assert is_alias_shared(alias)


def test_removing(team: Team, customer: Customer) -> None:
    alias = add_alias(customer=customer, name="华瑞", by=team.account_manager)
    other = add_alias(customer=create_customer(), name="华瑞", by=team.finance_clerk)
    for pk in (alias.pk, alias.pk, other.pk):  # a second click, and another customer's
        remove_alias(customer=customer, alias=pk, by=team.service_manager)
    assert customer.aliases.count() == 0
    other.refresh_from_db()
    assert [entry.kind for entry in history_of(alias)] == ["delete", "insert"]
    assert history_of(alias)[0].person == str(team.service_manager)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "\ufdfa" * 150])
def test_impossible_alias(team: Team, customer: Customer, name: str) -> None:
    """The last one is 150 characters, each of which is 18 in the one way of writing."""
    with pytest.raises(InvalidInputError) as refused:
        add_alias(customer=customer, name=name, by=team.account_manager)
    assert refused.value.code == "alias.invalid"


def test_number_of_another_customer_is_no_alias(team: Team, customer: Customer) -> None:
    create_customer(number="K-9")
    with pytest.raises(InvalidInputError) as refused:
        add_alias(customer=customer, name="k-9", by=team.account_manager)
    assert refused.value.code == "alias.is_a_number"
    assert add_alias(customer=customer, name=customer.number, by=team.account_manager).pk


@pytest.mark.parametrize("role", [role for role in Role if role != Role.FINANCE_CLERK])
def test_who_keeps_aliases(team: Team, customer: Customer, role: Role) -> None:
    allowed = role in {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER}
    assert (alias_refusal(team.holder(role), customer) is None) == allowed
    with pytest.raises(NotAllowedError):
        remove_alias(customer=customer, alias=0, by=create_user(role))


def test_closed_file_keeps_its_aliases(team: Team) -> None:
    customer = create_customer(state=CustomerState.CLOSED)
    with pytest.raises(NotAllowedError) as refused:
        add_alias(customer=customer, name="华瑞", by=team.finance_clerk)
    assert refused.value.code == "customer.closed"

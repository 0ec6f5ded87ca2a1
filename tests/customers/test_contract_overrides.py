"""The group leader's override: asked for, decided, spent on one contract (P3.1 a)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from creditrisk.accounts.models import RoleAssignment
from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import Notification
from customers import services
from customers.models import Contract, ContractOverride, ContractState, Customer, CustomerState, OverrideState
from tests.customers.contract_world import NOW, TODAY, code_of, contract_of, customer_of
from tests.factories.people import Team, create_team, create_user, reload

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    """Grade D, nothing else against him."""
    return customer_of(team, grade="D")


def ask(team: Team, customer: Customer, **changes: Any) -> ContractOverride:
    arguments: dict[str, Any] = {"reason": "bank guarantee", "on": TODAY, "by": team.account_manager}
    return services.request_override(customer=customer, **(arguments | changes))


def grant(team: Team, override: ContractOverride, **changes: Any) -> ContractOverride:
    arguments: dict[str, Any] = {
        "reason": "covered",
        "valid_to_on": None,
        "by": team.group_leader,
        "now": NOW,
    }
    return services.grant_override(override=override, **(arguments | changes))


def record(team: Team, customer: Customer, number: str = "HT-1", **changes: Any) -> Contract:
    arguments: dict[str, Any] = {
        "service_type": "sales",
        "amount": Decimal(1),
        "currency": "CNY",
        "signed_on": TODAY,
        "ends_on": None,
        "payment_term_days": 30,
        "handler": team.account_manager,
        "by": team.account_manager,
    }
    return services.record_contract(customer=customer, number=number, **(arguments | changes))


def told(user: Any) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


def test_one_override_is_one_contract(team: Team, customer: Customer) -> None:
    assert code_of(lambda: record(team, customer)) == "contract.grade_d"
    override = ask(team, customer)
    assert override.refusal_codes == ["contract.grade_d"]
    assert len(told(team.group_leader)) == 1
    assert code_of(lambda: record(team, customer)) == "contract.grade_d"  # asking is not enough
    grant(team, override)
    assert len(told(team.account_manager)) == 1
    contract = record(team, customer)
    override.refresh_from_db()
    assert (override.state, override.used_by) == (OverrideState.USED, contract)
    assert contract.override == override
    assert code_of(lambda: record(team, customer, "HT-2")) == "contract.grade_d"


def test_a_draft_is_signed_on_an_override(team: Team, customer: Customer) -> None:
    draft = contract_of(team, ContractState.DRAFT, customer=customer)
    grant(team, ask(team, customer))
    for _ in range(2):
        draft = services.sign_contract(contract=draft, signed_on=TODAY, by=team.account_manager)
    assert draft.override.state == OverrideState.USED


def test_an_override_that_is_not_needed_is_kept(team: Team, customer: Customer) -> None:
    override = grant(team, ask(team, customer))
    Customer.objects.filter(pk=customer.pk).update(grade="B")
    record(team, customer)
    override.refresh_from_db()
    assert override.state == OverrideState.GRANTED


def test_it_lifts_what_was_asked_and_no_more(team: Team, customer: Customer) -> None:
    grant(team, ask(team, customer))
    Customer.objects.filter(pk=customer.pk).update(state=CustomerState.SUSPENDED, state_reason="late")
    assert code_of(lambda: record(team, customer)) == "contract.suspended"
    assert not customer.contracts.exists()


def test_everything_that_stands_is_lifted_together(team: Team) -> None:
    customer = customer_of(
        team, state=CustomerState.SUSPENDED, state_reason="late", grade="D", reviewed_on=dt.date(2025, 1, 1)
    )
    override = ask(team, customer)
    assert override.refusal_codes == ["contract.suspended", "contract.grade_d", "contract.review_expired"]
    grant(team, override)
    assert record(team, customer).state == ContractState.SIGNED


@pytest.mark.parametrize(
    "state", [CustomerState.PROSPECT, CustomerState.IN_REVIEW, CustomerState.ACTIVE, CustomerState.CLOSED]
)
def test_a_customer_without_a_review_too(team: Team, state: CustomerState) -> None:
    customer = customer_of(team, state=state, reviewed_on=None)
    grant(team, ask(team, customer))
    assert record(team, customer).pk


@pytest.mark.parametrize(("days", "is_lifted"), [(0, True), (1, False)])
def test_it_ends_with_its_day(team: Team, customer: Customer, days: int, is_lifted: bool) -> None:
    grant(team, ask(team, customer), valid_to_on=TODAY)
    signed_on = TODAY + dt.timedelta(days=days)
    if is_lifted:
        assert record(team, customer, signed_on=signed_on).pk
    else:
        assert code_of(lambda: record(team, customer, signed_on=signed_on)) == "contract.grade_d"


def test_who_asks_and_when(team: Team, customer: Customer) -> None:
    assert code_of(lambda: ask(team, customer, by=team.service_manager)) == "override.not_allowed"
    assert code_of(lambda: ask(team, customer, reason="  ")) == "override.reason_missing"
    assert code_of(lambda: ask(team, customer_of(team))) == "override.not_needed"
    ask(team, customer)
    assert code_of(lambda: ask(team, customer)) == "override.open"
    assert ContractOverride.objects.count() == 1


def test_a_request_sent_twice_is_one(team: Team, customer: Customer) -> None:
    key = uuid4()
    assert ask(team, customer, submission_key=key) == ask(team, customer, submission_key=key)
    assert len(told(team.group_leader)) == 1


@pytest.mark.parametrize("role", [role for role in Role if role != Role.GROUP_LEADER])
def test_only_the_group_leader_decides(team: Team, customer: Customer, role: Role) -> None:
    override = ask(team, customer)
    assert code_of(lambda: grant(team, override, by=team.holder(role))) == "override.leader_only"


def test_nobody_decides_on_his_own_request(team: Team, customer: Customer) -> None:
    RoleAssignment.objects.create(user=team.account_manager, role=Role.GROUP_LEADER)
    both = reload(team.account_manager)
    override = ask(team, customer, by=both)
    assert code_of(lambda: grant(team, override, by=both)) == "override.own"
    assert told(both) == []
    assert grant(team, override).state == OverrideState.GRANTED


def test_refusing(team: Team, customer: Customer) -> None:
    override = ask(team, customer)
    decide = {"override": override, "by": team.group_leader, "now": NOW}
    assert code_of(lambda: services.refuse_override(reason="", **decide)) == "override.reason_missing"
    for _ in range(2):
        override = services.refuse_override(reason="too risky", **decide)
    assert (override.state, override.decision_reason) == (OverrideState.REFUSED, "too risky")
    assert len(told(team.account_manager)) == 1
    assert code_of(lambda: grant(team, override)) == "override.decided"
    assert code_of(lambda: record(team, customer)) == "contract.grade_d"
    assert ask(team, customer).state == OverrideState.REQUESTED  # he may ask again


def test_a_second_click_on_grant_and_another_leader(team: Team, customer: Customer) -> None:
    override = ask(team, customer)
    assert grant(team, override).decided_at == grant(team, override).decided_at
    other = create_user(Role.GROUP_LEADER)
    assert code_of(lambda: grant(team, override, by=other)) == "override.decided"


def test_the_decision_is_told_to_the_new_account_manager_too(team: Team, customer: Customer) -> None:
    override = ask(team, customer)
    successor = create_user(Role.ACCOUNT_MANAGER)
    Customer.objects.filter(pk=customer.pk).update(account_manager=successor)
    grant(team, override)
    assert (len(told(team.account_manager)), len(told(successor))) == (1, 1)
    orphan = customer_of(team, grade="D")
    override = ask(team, orphan)
    Customer.objects.filter(pk=orphan.pk).update(account_manager=None)
    assert grant(team, override).state == OverrideState.GRANTED


def test_taking_it_back(team: Team, customer: Customer) -> None:
    override = ask(team, customer)
    for person in (team.service_manager, team.group_leader):  # the leader refuses a request instead
        assert code_of(lambda by=person: services.withdraw_override(override=override, by=by)) == (  # type: ignore[misc]
            "override.withdraw_not_allowed"
        )
    for _ in range(2):
        override = services.withdraw_override(override=override, by=team.account_manager)
    assert override.state == OverrideState.WITHDRAWN
    granted = grant(team, ask(team, customer))
    services.withdraw_override(override=granted, by=team.group_leader)
    assert code_of(lambda: record(team, customer)) == "contract.grade_d"
    used = grant(team, ask(team, customer))
    record(team, customer)
    assert code_of(lambda: services.withdraw_override(override=used, by=team.account_manager)) == (
        "override.ended"
    )

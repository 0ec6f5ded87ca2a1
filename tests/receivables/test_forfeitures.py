"""Deposits that a final demand turns into liquidated damages: proposed first, one click to confirm (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import Notification
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.services import publish_policy
from customers.models import Customer, DepositAccount
from customers.services import receive_deposit, return_deposit
from receivables.dunning_result import DunningResult
from receivables.models import ForfeitureProposal
from receivables.services.dunning import run_dunning
from receivables.services.forfeitures import confirm_forfeiture, refuse_forfeiture
from tests.customers.contract_world import code_of, contract_of, customer_of
from tests.factories.people import Team, create_team
from tests.factories.reports import Line, create_report
from tests.receivables.test_dunning_run import AS_OF, DUE, day, send_all

pytestmark = pytest.mark.django_db
ON = day(16)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return customer_of(team, number="C1", finance_email="finance@customer.example")


def deposit(team: Team, customer: Customer, amount: str, currency: str = "CNY", **fields: Any) -> None:
    receive_deposit(
        customer=customer,
        currency=currency,
        amount=Decimal(amount),
        happened_on=AS_OF,
        by=team.finance_clerk,
        **fields,
    )


def demand(customer: Customer, *, dry_run: bool = False) -> DunningResult:
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, document="INV-1")])
    run_dunning(on=day(1), by=None)
    send_all(day(1))
    return run_dunning(on=day(15), by=None, dry_run=dry_run)


def balances() -> list[Decimal]:
    return list(DepositAccount.objects.order_by("pk").values_list("balance_amount", flat=True))


def test_the_demand_proposes_every_deposit_in_its_currency(team: Team, customer: Customer) -> None:
    """500.00 for all he owes and 80.00 for a contract are claimed; 70.00 USD are not: the demand is in CNY."""
    contract = contract_of(team, customer=customer, number="HT-1")
    deposit(team, customer, "500.00")
    deposit(team, customer, "80.00", contract=contract)
    deposit(team, customer, "70.00", currency="USD")
    result = demand(customer)
    wanted = [
        {"customer": "C1", "currency": "CNY", "amount": "500.00", "contract": "", "state": "open"},
        {"customer": "C1", "currency": "CNY", "amount": "80.00", "contract": "HT-1", "state": "open"},
    ]
    assert result.as_json()["deposits"] == wanted
    assert balances() == [Decimal("500.00"), Decimal("80.00"), Decimal("70.00")], "nothing moved yet"
    for person in (team.planning_finance, team.group_leader):
        assert Notification.objects.filter(user=person, key__startswith="forfeiture:").count() == 2


def test_a_dry_run_tells_what_would_be_claimed(team: Team, customer: Customer) -> None:
    deposit(team, customer, "500.00")
    told = demand(customer, dry_run=True).as_json()["deposits"]
    assert told == [
        {"customer": "C1", "currency": "CNY", "amount": "500.00", "contract": "", "state": "open"}
    ]
    assert not ForfeitureProposal.objects.exists()
    assert run_dunning(on=day(15), by=None).as_json()["deposits"] == told


@pytest.mark.parametrize("role", list(Role))
def test_one_click_of_planning_and_finance_or_the_leader_confirms(
    team: Team, customer: Customer, role: Role
) -> None:
    deposit(team, customer, "500.00")
    demand(customer)
    proposal, person = ForfeitureProposal.objects.get(), team.holder(role)
    if role not in {Role.GROUP_LEADER, Role.PLANNING_FINANCE}:
        assert (
            code_of(lambda: confirm_forfeiture(proposal=proposal, on=ON, by=person))
            == "deposit.forfeit_not_allowed"
        )
        assert balances() == [Decimal("500.00")]
        return
    for _click in range(2):
        confirmed = confirm_forfeiture(proposal=proposal, on=ON, by=person)
    assert (confirmed.state, confirmed.decided_by, confirmed.decided_on) == ("confirmed", person, ON)
    entry = confirmed.entry
    assert entry is not None
    assert (entry.kind, entry.amount, entry.happened_on) == ("forfeited", Decimal("500.00"), ON)
    assert str(proposal.notice.number) in entry.reason
    assert balances() == [Decimal("0.00")]


def test_no_more_is_forfeited_than_is_still_held(team: Team, customer: Customer) -> None:
    """500.00 proposed, 200.00 returned meanwhile: 300.00 become damages."""
    deposit(team, customer, "500.00")
    demand(customer)
    give_back = {"customer": customer, "currency": "CNY", "happened_on": ON, "by": team.finance_clerk}
    return_deposit(amount=Decimal("200.00"), **give_back)
    confirmed = confirm_forfeiture(proposal=ForfeitureProposal.objects.get(), on=ON, by=team.group_leader)
    assert (confirmed.amount, balances()) == (Decimal("300.00"), [Decimal("0.00")])


def test_nothing_held_any_more_is_told(team: Team, customer: Customer) -> None:
    deposit(team, customer, "500.00")
    demand(customer)
    return_deposit(
        customer=customer, currency="CNY", amount=Decimal("500.00"), happened_on=ON, by=team.finance_clerk
    )
    proposal = ForfeitureProposal.objects.get()
    assert code_of(lambda: confirm_forfeiture(proposal=proposal, on=ON, by=team.group_leader)) == (
        "forfeiture.nothing_held"
    )


def test_refusing_leaves_the_deposit_and_needs_a_reason(team: Team, customer: Customer) -> None:
    deposit(team, customer, "500.00")
    demand(customer)
    proposal, person = ForfeitureProposal.objects.get(), team.planning_finance
    assert code_of(lambda: refuse_forfeiture(proposal=proposal, reason=" ", on=ON, by=person)) == (
        "forfeiture.reason_missing"
    )
    for _click in range(2):
        assert refuse_forfeiture(proposal=proposal, reason="和解", on=ON, by=person).state == "refused"
    assert balances() == [Decimal("500.00")]
    assert code_of(lambda: confirm_forfeiture(proposal=proposal, on=ON, by=person)) == "forfeiture.decided"


def test_a_second_demand_does_not_ask_twice_about_one_deposit(team: Team, customer: Customer) -> None:
    deposit(team, customer, "500.00")
    create_report(
        as_of=AS_OF, lines=[Line(customer, DUE, document="A"), Line(customer, day(3), document="B")]
    )
    for days in (1, 4):
        run_dunning(on=day(days), by=None)
        send_all(day(days))
    run_dunning(on=day(15), by=None)
    assert run_dunning(on=day(18), by=None).as_json()["deposits"] == []
    assert ForfeitureProposal.objects.count() == 1


def test_a_policy_that_forfeits_at_once_does(team: Team, customer: Customer) -> None:
    rules = replace(DEFAULT_POLICY.dunning, forfeiture="automatic")
    version = publish_policy(
        policy=replace(DEFAULT_POLICY, dunning=rules),
        effective_on=DUE,
        today=DUE - dt.timedelta(days=1),
        by=team.administrator,
        note="",
    )
    deposit(team, customer, "500.00")
    deposits = demand(customer).as_json()["deposits"]
    assert [(one["amount"], one["state"]) for one in deposits] == [("500.00", "confirmed")]
    assert balances() == [Decimal("0.00")]
    entry = ForfeitureProposal.objects.get().entry
    assert entry is not None
    assert (entry.by, str(version) in entry.decision) == (None, True)

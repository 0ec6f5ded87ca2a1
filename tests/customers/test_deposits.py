"""The deposit ledger: what is held cannot fall below zero, and nothing is ever changed (P5.2.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Sum

from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import Notification
from customers import services
from customers.contract_selectors import DepositBalance, deposit_balances, deposit_held_for
from customers.models import Customer, DepositAccount, DepositEntry
from tests.customers.contract_world import TODAY, code_of, contract_of, customer_of
from tests.factories.people import Team, create_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return customer_of(team)


def receive(team: Team, customer: Customer, amount: str, **changes: Any) -> DepositEntry:
    return services.receive_deposit(customer=customer, **movement(team, amount, **changes))


def give_back(team: Team, customer: Customer, amount: str, **changes: Any) -> DepositEntry:
    return services.return_deposit(customer=customer, **movement(team, amount, **changes))


def forfeit(team: Team, customer: Customer, amount: str, **changes: Any) -> DepositEntry:
    decided = {"reason": "15 days late", "decision": "leader, minutes 7", "by": team.group_leader}
    return services.forfeit_deposit_by_hand(
        customer=customer, **movement(team, amount, **(decided | changes))
    )


def movement(team: Team, amount: str, **changes: Any) -> dict[str, Any]:
    values = {"currency": "CNY", "happened_on": TODAY, "by": team.finance_clerk}
    return values | {"amount": Decimal(amount)} | changes


def held(customer: Customer) -> dict[str, str]:
    return {balance.currency: str(balance.amount) for balance in deposit_balances(customer)}


def test_the_ledger_of_a_deposit(team: Team, customer: Customer) -> None:
    """100.00 received, 30.00 returned, 50.00 forfeited: 20.00 is held, and the entries add up to it."""
    receive(team, customer, "100.00", reference=" wire 1 ")
    give_back(team, customer, "30.00", reason="partly done")
    forfeit(team, customer, "50.00")
    entries = DepositEntry.objects.order_by("sequence")
    assert [(e.sequence, e.kind, str(e.effect_amount), str(e.balance_amount)) for e in entries] == [
        (1, "received", "100.00", "100.00"),
        (2, "returned", "-30.00", "70.00"),
        (3, "forfeited", "-50.00", "20.00"),
    ]
    assert entries[0].reference == "wire 1"
    account = DepositAccount.objects.get()
    assert account.balance_amount == entries.aggregate(sum=Sum("effect_amount"))["sum"] == Decimal("20.00")
    assert held(customer) == {"CNY": "20.00"}


def test_to_the_cent_and_not_one_more(team: Team, customer: Customer) -> None:
    receive(team, customer, "10.00")
    assert code_of(lambda: give_back(team, customer, "10.01")) == "deposit.overdrawn"
    assert code_of(lambda: forfeit(team, customer, "10.01")) == "deposit.overdrawn"
    give_back(team, customer, "10.00")
    assert code_of(lambda: give_back(team, customer, "0.01")) == "deposit.overdrawn"
    assert held(customer) == {"CNY": "0.00"}


def test_currencies_and_contracts_are_ledgers_of_their_own(team: Team, customer: Customer) -> None:
    contract = contract_of(team, customer=customer)
    receive(team, customer, "10.00")
    receive(team, customer, "20.00", currency="USD")
    receive(team, customer, "30.00", contract=contract)
    assert deposit_balances(customer) == [
        DepositBalance("CNY", Decimal("40.00")),
        DepositBalance("USD", Decimal("20.00")),
    ]
    assert deposit_held_for(contract) == Decimal("30.00")
    assert deposit_held_for(contract_of(team, customer=customer)) == 0
    assert code_of(lambda: give_back(team, customer, "10.01")) == "deposit.overdrawn"
    assert code_of(lambda: give_back(team, customer, "1.00", currency="EUR")) == "deposit.overdrawn"
    give_back(team, customer, "30.00", contract=contract)
    assert held(customer) == {"CNY": "10.00", "USD": "20.00"}


def test_what_is_no_movement(team: Team, customer: Customer) -> None:
    foreign = contract_of(team)
    for act, code in (
        (lambda: receive(team, customer, "0.00"), "deposit.amount"),
        (lambda: give_back(team, customer, "-1.00"), "deposit.amount"),
        (lambda: receive(team, customer, "1.00", contract=foreign), "deposit.contract"),
        (lambda: forfeit(team, customer, "1.00", reason=" "), "deposit.decision_missing"),
        (lambda: forfeit(team, customer, "1.00", decision=" "), "deposit.decision_missing"),
    ):
        assert code_of(act) == code
    assert not DepositEntry.objects.exists()


@pytest.mark.parametrize("role", list(Role))
def test_who_moves_deposits(team: Team, customer: Customer, role: Role) -> None:
    person = team.holder(role)
    receive(team, customer, "10.00")
    keeps = role in {Role.FINANCE_CLERK, Role.PLANNING_FINANCE}
    for act in (receive, give_back):
        if keeps:
            assert act(team, customer, "1.00", by=person).pk
        else:
            assert code_of(lambda act=act: act(team, customer, "1.00", by=person)) == "deposit.not_allowed"  # type: ignore[misc]
    if role in {Role.GROUP_LEADER, Role.PLANNING_FINANCE}:
        assert forfeit(team, customer, "1.00", by=person).decision == "leader, minutes 7"
    else:
        assert code_of(lambda: forfeit(team, customer, "1.00", by=person)) == "deposit.forfeit_not_allowed"


def test_the_rules_themselves_forfeit_and_the_managers_are_told(team: Team, customer: Customer) -> None:
    receive(team, customer, "10.00")
    entry = services.forfeit_deposit(
        customer=customer, reason="15 days late", decision="P5.2.3", **movement(team, "10.00", by=None)
    )
    assert entry.by is None
    assert {n.user for n in Notification.objects.all()} == {team.account_manager, team.service_manager}
    assert "CNY 10.00" in Notification.objects.all()[0].title


def test_nobody_is_told_where_nobody_manages_the_customer(team: Team) -> None:
    orphan = customer_of(team)
    receive(team, orphan, "10.00")
    Customer.objects.filter(pk=orphan.pk).update(account_manager=None, service_manager=None)
    forfeit(team, orphan, "10.00")
    assert not Notification.objects.exists()


def test_forms_sent_twice_move_once(team: Team, customer: Customer) -> None:
    for act in (receive, give_back, forfeit):
        if act is forfeit:
            receive(team, customer, "10.00")
        key = uuid4()
        assert act(team, customer, "10.00", submission_key=key) == act(
            team, customer, "10.00", submission_key=key
        )
    assert held(customer) == {"CNY": "0.00"}
    assert DepositEntry.objects.count() == 4


# Reversing


def reverse(team: Team, entry: DepositEntry, **changes: Any) -> DepositEntry:
    arguments: dict[str, Any] = {"reason": "typing error", "happened_on": TODAY, "by": team.finance_clerk}
    return services.reverse_deposit_entry(entry=entry, **(arguments | changes))


def test_a_mistake_is_reversed_by_an_entry_of_its_own(team: Team, customer: Customer) -> None:
    entry = receive(team, customer, "100.00")
    first, second = (reverse(team, entry) for _ in range(2))
    assert first == second
    assert (first.kind, first.effect_amount, first.reverses) == ("reversal", Decimal("-100.00"), entry)
    assert held(customer) == {"CNY": "0.00"}
    assert code_of(lambda: reverse(team, entry, reason="again")) == "deposit.reversed"
    assert code_of(lambda: reverse(team, first)) == "deposit.is_reversal"


def test_what_came_in_and_went_out_again_cannot_be_reversed(team: Team, customer: Customer) -> None:
    entry = receive(team, customer, "100.00")
    back = give_back(team, customer, "0.01")
    assert code_of(lambda: reverse(team, entry)) == "deposit.overdrawn"
    reverse(team, back)
    assert reverse(team, entry).balance_amount == 0


def test_who_reverses_what(team: Team, customer: Customer) -> None:
    entry = receive(team, customer, "100.00")
    forfeited = forfeit(team, customer, "10.00")
    assert code_of(lambda: reverse(team, entry, by=team.group_leader)) == "deposit.not_allowed"
    assert code_of(lambda: reverse(team, forfeited)) == "deposit.forfeit_not_allowed"
    assert code_of(lambda: reverse(team, forfeited, reason=" ", by=team.group_leader)) == (
        "deposit.reason_missing"
    )
    assert reverse(team, forfeited, by=team.group_leader).balance_amount == Decimal("100.00")


# What the database itself refuses


def test_entries_are_final_and_balances_never_negative(team: Team, customer: Customer) -> None:
    entry = receive(team, customer, "10.00")
    account = DepositAccount.objects.get()
    for change in (
        lambda: DepositEntry.objects.filter(pk=entry.pk).update(amount=1),
        lambda: DepositEntry.objects.filter(pk=entry.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(IntegrityError, match="deposit_never_overdrawn"), transaction.atomic():
        DepositAccount.objects.filter(pk=account.pk).update(balance_amount="-0.01")
    for fields, constraint in (
        ({"kind": "returned", "effect_amount": "1"}, "deposit_entry_effect"),
        ({"kind": "received", "effect_amount": "-1"}, "deposit_entry_effect"),
        ({"kind": "returned", "effect_amount": "-1", "balance_amount": "-1"}, "deposit_entry_never_overdrawn"),
        ({"kind": "forfeited", "effect_amount": "-1"}, "deposit_forfeited_with_decision"),
        ({"kind": "reversal", "effect_amount": "-1", "reason": "x"}, "deposit_reversal_with_reason"),
    ):  # fmt: skip
        values = {"sequence": 9, "amount": 1, "balance_amount": "0", "happened_on": TODAY} | fields
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            DepositEntry.objects.create(account=account, **values)
    with pytest.raises(IntegrityError, match="deposit_account_once"), transaction.atomic():
        DepositAccount.objects.create(customer=customer, currency="CNY")

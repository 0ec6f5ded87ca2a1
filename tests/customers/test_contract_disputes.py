"""Disputes about contracts: opened by the managers, led by legal affairs or general management (P3.3)."""

from __future__ import annotations

import datetime as dt
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import Notification
from customers import services
from customers.models import Contract, ContractDispute, ContractState, Customer, DisputeNote, DisputeState
from tests.customers.contract_world import TODAY, code_of, contract_of
from tests.factories.people import Team, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def contract(team: Team) -> Contract:
    return contract_of(team, ContractState.PERFORMING)


def opened(team: Team, contract: Contract, **changes: Any) -> ContractDispute:
    arguments: dict[str, Any] = {
        "subject": " short  delivery ",
        "owner": team.legal_affairs,
        "opened_on": TODAY,
        "by": team.service_manager,
        "disputed_amount": Decimal("0.01"),
        "documents": "INV-1  INV-2",
    }
    return services.open_dispute(contract=contract, **(arguments | changes))


def told(user: Any) -> int:
    return Notification.objects.filter(user=user).count()


def test_opening_tells_the_owner_and_the_log(team: Team, contract: Contract) -> None:
    dispute = opened(team, contract)
    assert (dispute.subject, dispute.documents, dispute.state) == ("short delivery", "INV-1 INV-2", "open")
    assert told(team.legal_affairs) == 1
    entry = contract.log_entries.get()
    assert (entry.kind, entry.text, entry.amount) == ("dispute", "short delivery", Decimal("0.01"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subject": " "}, "dispute.subject_missing"),
        ({"disputed_amount": Decimal(0)}, "dispute.amount"),
    ],
)
def test_what_is_no_dispute(team: Team, contract: Contract, changes: dict[str, Any], code: str) -> None:
    assert code_of(lambda: opened(team, contract, **changes)) == code
    assert not contract.disputes.exists()


@pytest.mark.parametrize("role", list(Role))
def test_owners_are_of_the_supporting_departments(team: Team, contract: Contract, role: Role) -> None:
    if role in {Role.LEGAL_AFFAIRS, Role.GENERAL_MANAGEMENT}:
        assert opened(team, contract, owner=team.holder(role), disputed_amount=None).owner == team.holder(
            role
        )
    else:
        assert code_of(lambda: opened(team, contract, owner=team.holder(role))) == "dispute.owner"


@pytest.mark.parametrize("role", list(Role))
def test_the_two_managers_open_disputes(team: Team, contract: Contract, role: Role) -> None:
    if role in {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER}:
        assert opened(team, contract, by=team.holder(role)).pk
    else:
        assert code_of(lambda: opened(team, contract, by=team.holder(role))) == "contract.not_allowed"


def test_no_dispute_about_a_draft(team: Team) -> None:
    draft = contract_of(team, ContractState.DRAFT)
    assert code_of(lambda: opened(team, draft)) == "dispute.draft"


def test_a_form_sent_twice_is_one_dispute_and_one_note(team: Team, contract: Contract) -> None:
    key = uuid4()
    dispute = opened(team, contract, submission_key=key)
    assert opened(team, contract, submission_key=key) == dispute
    assert (contract.log_entries.count(), told(team.legal_affairs)) == (1, 1)
    note = {"dispute": dispute, "text": "called", "by": team.account_manager}
    first, second = (services.add_dispute_note(submission_key=key, **note) for _ in range(2))
    assert first == second
    services.add_dispute_note(**note)
    assert dispute.log_entries.count() == 2


def test_notes_by_managers_and_departments(team: Team, contract: Contract) -> None:
    dispute = opened(team, contract)
    note = {"dispute": dispute, "text": " a "}
    for person in (team.account_manager, team.service_manager, team.legal_affairs, team.general_management):
        assert services.add_dispute_note(by=person, **note).text == "a"
    for person in (team.group_leader, team.finance_clerk, create_user(Role.ACCOUNT_MANAGER)):
        assert code_of(lambda by=person: services.add_dispute_note(by=by, **note)) == "dispute.not_allowed"  # type: ignore[misc]
    assert code_of(lambda: services.add_dispute_note(dispute=dispute, text=" ", by=team.legal_affairs)) == (
        "dispute.text_missing"
    )


def test_reassigning(team: Team, contract: Contract) -> None:
    dispute = opened(team, contract)
    give = {"dispute": dispute, "text": "holiday"}
    assert code_of(
        lambda: services.reassign_dispute(owner=team.general_management, by=team.account_manager, **give)
    ) == ("dispute.owner_only")
    assert code_of(
        lambda: services.reassign_dispute(owner=team.group_leader, by=team.legal_affairs, **give)
    ) == ("dispute.owner")
    for _ in range(2):
        dispute = services.reassign_dispute(owner=team.general_management, by=team.legal_affairs, **give)
    assert dispute.owner == team.general_management
    assert told(team.general_management) == 1
    assert dispute.log_entries.get().owner == team.general_management
    # Who takes it himself needs no message.
    services.reassign_dispute(dispute=dispute, owner=team.legal_affairs, text="", by=team.legal_affairs)
    assert told(team.legal_affairs) == 1


def test_resolving(team: Team, contract: Contract) -> None:
    dispute = opened(team, contract)
    close = {"dispute": dispute, "closed_on": TODAY}
    for by, outcome, code in (
        (team.account_manager, "x", "dispute.owner_only"),
        (team.legal_affairs, " ", "dispute.text_missing"),
    ):
        assert (
            code_of(
                lambda by=by, outcome=outcome: services.resolve_dispute(outcome=outcome, by=by, **close)  # type: ignore[misc]
            )
            == code
        )
    early = {"dispute": dispute, "closed_on": TODAY - dt.timedelta(days=1)}
    assert code_of(lambda: services.resolve_dispute(outcome="x", by=team.legal_affairs, **early)) == (
        "dispute.closed_before_opening"
    )
    for _ in range(2):
        dispute = services.resolve_dispute(outcome=" 5 % off ", by=team.general_management, **close)
    assert (dispute.state, dispute.outcome, dispute.closed_by) == (
        DisputeState.RESOLVED,
        "5 % off",
        team.general_management,
    )
    assert contract.log_entries.count() == 2
    assert [told(person) for person in (team.account_manager, team.service_manager, team.legal_affairs)] == [
        1,
        1,
        2,
    ]
    assert code_of(lambda: services.resolve_dispute(outcome="y", by=team.legal_affairs, **close)) == (
        "dispute.closed"
    )
    assert code_of(
        lambda: services.add_dispute_note(dispute=dispute, text="late", by=team.legal_affairs)
    ) == ("dispute.closed")


def test_withdrawing(team: Team, contract: Contract) -> None:
    Customer.objects.filter(pk=contract.customer_id).update(service_manager=None)
    dispute = opened(team, contract, by=team.account_manager)
    close = {"dispute": dispute, "closed_on": TODAY, "reason": "paid"}
    assert code_of(lambda: services.withdraw_dispute(by=team.legal_affairs, **close)) == (
        "dispute.withdraw_not_allowed"
    )
    for _ in range(2):
        dispute = services.withdraw_dispute(by=team.account_manager, **close)
    assert (dispute.state, dispute.outcome) == (DisputeState.WITHDRAWN, "paid")
    assert (told(team.legal_affairs), told(team.account_manager)) == (2, 0)


def test_the_log_is_final_and_a_closed_dispute_has_an_outcome(team: Team, contract: Contract) -> None:
    dispute = opened(team, contract)
    note = services.add_dispute_note(dispute=dispute, text="x", by=team.legal_affairs)
    with pytest.raises(DatabaseError), transaction.atomic():
        DisputeNote.objects.filter(pk=note.pk).update(text="y")
    with pytest.raises(IntegrityError, match="dispute_closed_on_and_by"), transaction.atomic():
        ContractDispute.objects.filter(pk=dispute.pk).update(state="resolved")


# Disputes of single items -----------------------------------------------------------------------------


def of_items(
    team: Team, contract: Contract, *items: services.ItemInDispute, **changes: Any
) -> ContractDispute:
    arguments: dict[str, Any] = {
        "customer": contract.customer,
        "items": items,
        "subject": "short delivery",
        "owner": team.legal_affairs,
        "opened_on": TODAY,
        "by": team.service_manager,
    }
    return services.open_item_dispute(**(arguments | changes))


def item(document: str = "INV-1", currency: str = "CNY", amount: str | None = None) -> services.ItemInDispute:
    return services.ItemInDispute(document, TODAY, currency, None if amount is None else Decimal(amount))


def test_items_in_dispute_add_up_where_each_has_an_amount(team: Team, contract: Contract) -> None:
    """10.00 + 5.50 = 15.50; where one is disputed as a whole, there is no sum."""
    first = of_items(team, contract, item("A", amount="10.00"), item("B", amount="5.50"))
    assert (first.disputed_amount, first.contract, first.documents) == (Decimal("15.50"), None, "A B")
    assert of_items(team, contract, item("C", amount="10.00"), item("D")).disputed_amount is None
    assert told(team.legal_affairs) == 2


@pytest.mark.parametrize(
    ("items", "changes", "code"),
    [
        ([], {}, "dispute.items"),
        ([item("A"), item("B", "USD")], {}, "dispute.items"),
        ([item(amount="0")], {}, "dispute.amount"),
        ([item(amount="-0.01")], {}, "dispute.amount"),
        ([item()], {"deadline_on": TODAY - timedelta(days=1)}, "dispute.deadline"),
        ([item()], {"subject": " "}, "dispute.subject_missing"),
    ],
)
def test_what_is_no_dispute_of_items(
    team: Team, contract: Contract, items: list[Any], changes: dict[str, Any], code: str
) -> None:
    assert code_of(lambda: of_items(team, contract, *items, **changes)) == code
    assert not ContractDispute.objects.exists()


def test_an_item_is_in_one_open_dispute_at_a_time(team: Team, contract: Contract) -> None:
    first = of_items(team, contract, item())
    assert code_of(lambda: of_items(team, contract, item())) == "dispute.item_taken"
    services.resolve_dispute(
        dispute=first,
        outcome="credited",
        closed_on=TODAY,
        by=team.legal_affairs,
        conceded_amount=Decimal("3.00"),
    )
    assert ContractDispute.objects.get().conceded_amount == Decimal("3.00")
    assert of_items(team, contract, item()).state == DisputeState.OPEN


def test_nothing_negative_is_conceded(team: Team, contract: Contract) -> None:
    dispute = of_items(team, contract, item())
    settle = {"dispute": dispute, "outcome": "x", "closed_on": TODAY, "by": team.legal_affairs}
    assert (
        code_of(lambda: services.resolve_dispute(conceded_amount=Decimal("-0.01"), **settle))
        == "dispute.conceded"
    )
    assert services.resolve_dispute(conceded_amount=Decimal(0), **settle).conceded_amount == 0

"""Handovers (P3.2.2): proposed with notes, accepted or declined, both on record for ever."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers.models import Customer, CustomerState, Handover, HandoverState, HandoverStep
from customers.services import accept_handover, decline_handover, reassign_portfolio, withdraw_handover
from tests.factories.people import Team, create_team, create_user, reload
from tests.factories.visits import NOW, create_customer_of, days, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_customer_of(team)


@pytest.fixture
def successor() -> User:
    return create_user(Role.SERVICE_MANAGER)


@pytest.fixture
def handover(team: Team, customer: Customer, successor: User) -> Handover:
    return proposed(customer, team.account_manager, successor)


def told() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for note in Notification.objects.order_by("pk").select_related("user"):
        found.setdefault(note.user.username, []).append(note.key.rsplit(":", 1)[1])
    return found


def steps(handover: Handover) -> list[tuple[str, User, User]]:
    return [(step.kind, step.by, step.recipient) for step in handover.steps.all()]


def test_proposed_and_accepted(team: Team, customer: Customer, successor: User, handover: Handover) -> None:
    assert (handover.state, handover.proposed_by, handover.proposed_at) == (
        "proposed",
        team.account_manager,
        NOW,
    )
    assert Customer.objects.get().service_manager == team.service_manager  # nothing happened yet
    accept_handover(handover=handover, by=successor, now=NOW + days(1))
    stored, owner = Handover.objects.get(), Customer.objects.get()
    assert (stored.state, stored.decided_at) == ("accepted", NOW + days(1))
    assert (owner.service_manager, owner.account_manager) == (successor, team.account_manager)
    assert owner.version == 2
    assert history_of(owner)[0].person == str(successor)
    assert steps(stored) == [
        ("proposed", team.account_manager, successor),
        ("accepted", successor, successor),
    ]
    assert told() == {
        successor.username: ["proposed"],
        team.account_manager.username: ["accepted"],
        team.service_manager.username: ["accepted"],  # he has it no longer
    }


def test_accepted_twice_is_once(successor: User, handover: Handover) -> None:
    accept_handover(handover=handover, by=successor, now=NOW)
    again = accept_handover(handover=handover, by=successor, now=NOW + days(1))
    assert again.decided_at == NOW
    assert handover.steps.count() == 2


def test_the_service_manager_he_has_may_accept_too(team: Team, customer: Customer) -> None:
    """The customer's own service manager, named when the file was opened: now it is on record that he runs him."""
    handover = proposed(customer, team.account_manager, team.service_manager)
    accept_handover(handover=handover, by=team.service_manager, now=NOW)
    owner = Customer.objects.get()
    assert (owner.service_manager, owner.version) == (team.service_manager, 1)
    assert told()[team.account_manager.username] == ["accepted"]


def test_declined_with_a_reason(team: Team, customer: Customer, successor: User, handover: Handover) -> None:
    with pytest.raises(InvalidInputError) as refused:
        decline_handover(handover=handover, reason=" ", by=successor, now=NOW)
    assert refused.value.code == "handover.reason_missing"
    decline_handover(handover=handover, reason=" 人手不足 ", by=successor, now=NOW)
    decline_handover(handover=handover, reason="别的", by=successor, now=NOW)  # the second click
    stored = Handover.objects.get()
    assert stored.state == HandoverState.DECLINED
    assert [step.note for step in stored.steps.all()] == ["", "人手不足"]
    assert Customer.objects.get().service_manager == team.service_manager
    assert told()[team.account_manager.username] == ["declined"]
    with pytest.raises(ConflictError):
        accept_handover(handover=handover, by=successor, now=NOW)
    proposed(customer, team.account_manager, successor)  # and may be proposed again


def test_withdrawn(team: Team, successor: User, handover: Handover) -> None:
    withdraw_handover(handover=handover, by=team.account_manager, now=NOW)
    withdraw_handover(handover=handover, by=team.account_manager, now=NOW)  # the second click
    assert Handover.objects.get().state == HandoverState.WITHDRAWN
    assert told()[successor.username] == ["proposed", "withdrawn"]
    with pytest.raises(ConflictError) as refused:
        accept_handover(handover=handover, by=successor, now=NOW)
    assert refused.value.code == "handover.ended"


def test_an_accepted_handover_is_not_withdrawn(team: Team, successor: User, handover: Handover) -> None:
    accept_handover(handover=handover, by=successor, now=NOW)
    with pytest.raises(ConflictError):
        withdraw_handover(handover=handover, by=team.account_manager, now=NOW)


def test_only_the_account_manager_proposes(team: Team, customer: Customer, successor: User) -> None:
    for by in (team.service_manager, team.department_manager, team.group_leader, successor):
        with pytest.raises(NotAllowedError):
            proposed(customer, by, successor)


def test_one_open_handover_per_customer(
    team: Team, customer: Customer, successor: User, handover: Handover
) -> None:
    with pytest.raises(ConflictError) as refused:
        proposed(customer, team.account_manager, team.service_manager)
    assert refused.value.code == "handover.open"
    assert str(successor) in str(refused.value)
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.create(
            customer=customer,
            recipient=successor,
            state_of_business="x",
            proposed_by=successor,
            proposed_at=NOW,
        )


def test_the_second_click_proposes_once(team: Team, customer: Customer, successor: User) -> None:
    key = uuid4()
    first = proposed(customer, team.account_manager, successor, submission_key=key)
    assert proposed(customer, team.account_manager, successor, submission_key=key) == first
    assert Handover.objects.count() == HandoverStep.objects.count() == Notification.objects.count() == 1


def test_a_handover_that_cannot_be(team: Team, customer: Customer, successor: User) -> None:
    both = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    own = create_customer_of(team)
    Customer.objects.filter(pk=own.pk).update(account_manager=both)
    closed = create_customer_of(team, state=CustomerState.CLOSED)
    cases: list[tuple[Customer, User, User, dict[str, Any], str]] = [
        (customer, team.account_manager, team.legal_affairs, {}, "portfolio.no_service_manager"),
        (own, both, both, {}, "portfolio.same_person"),
        (customer, team.account_manager, successor, {"state_of_business": " "}, "handover.notes_missing"),
        (closed, team.account_manager, successor, {}, "customer.closed"),
    ]
    for chosen, by, recipient, fields, code in cases:
        with pytest.raises((InvalidInputError, NotAllowedError)) as refused:
            proposed(chosen, by, recipient, **fields)
        assert refused.value.code == code
    assert not Handover.objects.exists()


def test_only_the_recipient_decides_and_only_with_the_role(
    team: Team, successor: User, handover: Handover
) -> None:
    for by in (team.account_manager, team.service_manager, team.group_leader):
        with pytest.raises(NotAllowedError):
            accept_handover(handover=handover, by=by, now=NOW)
        with pytest.raises(NotAllowedError):
            decline_handover(handover=handover, reason="x", by=by, now=NOW)
    RoleAssignment.objects.filter(user=successor).delete()
    with pytest.raises(NotAllowedError):
        accept_handover(handover=handover, by=reload(successor), now=NOW)


def test_who_no_longer_manages_the_customer_hands_nobody_over(
    team: Team, customer: Customer, successor: User, handover: Handover
) -> None:
    new = create_user(Role.ACCOUNT_MANAGER)
    reassign_portfolio(
        customer=customer,
        account_manager=new,
        service_manager=team.service_manager,
        version=1,
        by=team.group_leader,
    )
    with pytest.raises(ConflictError) as refused:
        accept_handover(handover=handover, by=successor, now=NOW)
    assert refused.value.code == "handover.proposer_gone"
    with pytest.raises(NotAllowedError):
        withdraw_handover(handover=handover, by=team.service_manager, now=NOW)
    withdraw_handover(handover=handover, by=new, now=NOW)  # he puts it in order
    proposed(customer, new, successor)


def test_both_people_of_a_declined_handover_learn_of_it(
    team: Team, customer: Customer, successor: User, handover: Handover
) -> None:
    new = create_user(Role.ACCOUNT_MANAGER)
    Customer.objects.filter(pk=customer.pk).update(account_manager=new)
    decline_handover(handover=handover, reason="x", by=successor, now=NOW)
    assert told()[new.username] == told()[team.account_manager.username] == ["declined"]


def test_steps_are_final_and_an_end_comes_once(successor: User, handover: Handover) -> None:
    step = handover.steps.get()
    for change in (lambda: HandoverStep.objects.update(note="x"), step.delete):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()  # type: ignore[operator]
    accept_handover(handover=handover, by=successor, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        HandoverStep.objects.create(
            handover=handover, kind="withdrawn", by=successor, at=NOW, recipient=successor
        )


def test_names(team: Team, customer: Customer, successor: User, handover: Handover) -> None:
    assert str(handover) == f"{customer} → {successor}"
    assert str(handover.steps.get()) == f"Proposed: {team.account_manager}"
    assert handover.get_absolute_url() == f"/portfolio/handovers/{handover.pk}/"

"""A leaver's customers go to his successors: all or none, open tasks with them, one message for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers import reassignment
from customers.models import Customer, FollowUp, Handover, Reassignment, Visit
from customers.reassignment import Transfer, moved_in_words, register_mover
from customers.services import (
    accept_handover,
    complete_follow_up,
    decline_handover,
    reassign_customers,
    update_customer,
)
from tests.factories.people import Team, create_team, create_user
from tests.factories.visits import (
    NOW,
    TODAY,
    create_customer_of,
    days,
    done,
    follow_up,
    planned,
    proposed,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def am(team: Team) -> User:
    return create_user(Role.ACCOUNT_MANAGER)


@pytest.fixture
def csm(team: Team) -> User:
    return create_user(Role.SERVICE_MANAGER)


@pytest.fixture(autouse=True)
def _own_movers() -> Iterator[None]:
    """What a test registers is gone after it."""
    before = dict(reassignment._movers)
    yield
    reassignment._movers.clear()
    reassignment._movers.update(before)


def seen(*customers: Customer) -> dict[int, int]:
    return {customer.pk: Customer.objects.get(pk=customer.pk).version for customer in customers}


def reassign(person: User, by: User, *customers: Customer, **fields: Any) -> Reassignment:
    values: dict[str, Any] = {
        "chosen": seen(*customers),
        "account_successor": None,
        "service_successor": None,
    }
    return reassign_customers(person=person, by=by, now=NOW, **(values | fields))


def test_customers_and_open_tasks_go_to_the_new_account_manager(team: Team, am: User) -> None:
    leaver = team.account_manager
    first, second, kept = (create_customer_of(team) for _ in range(3))
    visit = planned(first, leaver)
    past = done(first, leaver)
    task = follow_up(past, leaver)
    finished = complete_follow_up(follow_up=follow_up(past, leaver), by=leaver, now=NOW)
    of_others = planned(first, team.service_manager)
    elsewhere = planned(kept, leaver)
    Notification.objects.all().delete()
    made = reassign(leaver, team.department_manager, first, second, account_successor=am)
    owners = dict(Customer.objects.values_list("pk", "account_manager"))
    assert owners == {first.pk: am.pk, second.pk: am.pk, kept.pk: leaver.pk}
    assert set(Customer.objects.values_list("service_manager", flat=True)) == {team.service_manager.pk}
    people = dict(Visit.objects.values_list("pk", "responsible"))
    assert people == {
        visit.pk: am.pk,
        past.pk: leaver.pk,  # who made a visit stays on record
        of_others.pk: team.service_manager.pk,
        elsewhere.pk: leaver.pk,
    }
    assert dict(FollowUp.objects.values_list("pk", "responsible")) == {task.pk: am.pk, finished.pk: leaver.pk}
    assert made.moved == {"visits": 1, "follow_ups": 1, "handovers": 0}
    assert made.customer_numbers == [first.number, second.number]
    assert moved_in_words(made.moved) == [("Visits", 1), ("Follow-ups", 1)]
    assert {note.user: note.title for note in Notification.objects.all()} == {
        am: f"2 customers of {leaver} now belong to you. 2 open tasks went along.",
        leaver: f"2 of your customers now belong to {am}.",
    }
    for tracked in (Customer.objects.get(pk=first.pk), Visit.objects.get(pk=visit.pk)):
        assert history_of(tracked)[0].person == str(team.department_manager)


def test_both_capacities_at_once(team: Team, am: User, csm: User) -> None:
    """Somebody who manages some customers and serves others: each capacity goes to its own successor."""
    both = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    managed = create_customer_of(replace(team, account_manager=both))
    served = create_customer_of(replace(team, service_manager=both))
    planned(served, both)
    reassign(both, team.group_leader, managed, served, account_successor=am, service_successor=csm)
    managed.refresh_from_db()
    served.refresh_from_db()
    assert (managed.account_manager, managed.service_manager) == (am, team.service_manager)
    assert (served.account_manager, served.service_manager) == (team.account_manager, csm)
    assert Visit.objects.get().responsible == csm
    titles = {note.user: note.title for note in Notification.objects.all()}
    assert titles == {
        am: f"1 customer of {both} now belongs to you.",
        csm: f"1 customer of {both} now belongs to you.",
        both: f"2 of your customers now belong to {am}, {csm}.",
    }


def test_one_successor_in_both_capacities_is_told_once(team: Team) -> None:
    both, successor = (create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER) for _ in range(2))
    managed = create_customer_of(replace(team, account_manager=both))
    served = create_customer_of(replace(team, service_manager=both))
    reassign(
        both,
        team.group_leader,
        managed,
        served,
        account_successor=successor,
        service_successor=successor,
    )
    [note] = Notification.objects.filter(user=successor)
    assert note.title == f"2 customers of {both} now belong to you."


def test_a_handover_that_waits_for_the_leaver_is_passed_on(team: Team, csm: User) -> None:
    leaver = create_user(Role.SERVICE_MANAGER, department=team.market)
    customer = create_customer_of(team)
    handover = proposed(customer, team.account_manager, leaver)
    Notification.objects.all().delete()
    made = reassign(leaver, team.department_manager, customer, service_successor=csm)
    assert made.moved["handovers"] == 1
    assert Customer.objects.get().service_manager == team.service_manager  # not his yet
    handover = Handover.objects.get()
    assert (handover.state, handover.recipient) == ("proposed", csm)
    step = handover.steps.last()
    assert step is not None
    assert (step.kind, step.by, step.recipient) == ("readdressed", team.department_manager, csm)
    assert [note.user for note in Notification.objects.order_by("pk")] == [csm, leaver]
    accept_handover(handover=handover, by=csm, now=NOW)
    assert Customer.objects.get().service_manager == csm


def test_a_handover_is_not_passed_on_to_the_account_manager(team: Team) -> None:
    both = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    customer = create_customer_of(replace(team, account_manager=both))
    proposed(customer, both, team.service_manager)
    other = create_user(Role.SERVICE_MANAGER)
    Customer.objects.update(service_manager=other)
    with pytest.raises(InvalidInputError) as refused:
        reassign(team.service_manager, team.group_leader, customer, service_successor=both)
    assert refused.value.code == "portfolio.same_person"
    assert customer.number in str(refused.value)
    assert Handover.objects.get().recipient == team.service_manager


def test_who_leaves_is_not_told_when_he_is_gone(team: Team, am: User) -> None:
    customer = create_customer_of(team)
    User.objects.filter(pk=team.account_manager.pk).update(is_active=False)
    reassign(User.objects.get(pk=team.account_manager.pk), team.administrator, customer, account_successor=am)
    assert [note.user for note in Notification.objects.all()] == [am]


def test_a_head_who_takes_them_himself_is_not_told(team: Team) -> None:
    head = create_user(Role.DEPUTY_LEADER, Role.ACCOUNT_MANAGER)
    customer = create_customer_of(team)
    reassign(team.account_manager, head, customer, account_successor=head)
    assert [note.user for note in Notification.objects.all()] == [team.account_manager]
    Notification.objects.all().delete()
    reassign(head, head, customer, account_successor=team.account_manager)
    assert [note.user for note in Notification.objects.all()] == [team.account_manager]


def test_other_apps_move_their_tasks_in_the_same_transaction(team: Team, am: User) -> None:
    transfers: list[Transfer] = []

    def move(*, transfer: Transfer) -> int:
        # Here the customers are the successor's already.
        assert set(Customer.objects.values_list("account_manager", flat=True)) == {am.pk}
        transfers.append(transfer)
        return 7

    register_mover("cases", move, label="Cases")
    customer = create_customer_of(team)
    made = reassign(team.account_manager, team.group_leader, customer, account_successor=am)
    assert made.moved["cases"] == 7
    assert moved_in_words(made.moved) == [("Cases", 7)]
    assert transfers == [
        Transfer(
            person=team.account_manager,
            account_successor=am,
            service_successor=None,
            account_customers=frozenset({customer.pk}),
            service_customers=frozenset(),
            handover_customers=frozenset(),
            by=team.group_leader,
            at=NOW,
        )
    ]
    assert moved_in_words({"gone": 2}) == [("gone", 2)]


def test_what_another_app_refuses_takes_everything_back(team: Team, am: User) -> None:
    def refuse(*, transfer: Transfer) -> int:
        raise InvalidInputError("cases.busy", "Not now.")

    register_mover("cases", refuse, label="Cases")
    customer = create_customer_of(team)
    planned(customer, team.account_manager)
    with pytest.raises(InvalidInputError):
        reassign(team.account_manager, team.group_leader, customer, account_successor=am)
    assert Customer.objects.get().account_manager == team.account_manager
    assert Visit.objects.get().responsible == team.account_manager
    assert not Reassignment.objects.exists()
    assert not Notification.objects.exists()


def test_who_may(team: Team, am: User) -> None:
    customer = create_customer_of(team)
    other_head = create_user(Role.DEPARTMENT_MANAGER)
    for by in (
        team.account_manager,
        team.service_manager,
        other_head,
        team.general_manager,
        team.finance_clerk,
    ):
        with pytest.raises(NotAllowedError) as refused:
            reassign(team.account_manager, by, customer, account_successor=am)
        assert refused.value.code == "reassignment.not_allowed"
    with pytest.raises(NotAllowedError):  # a head, but of nobody: this person has no department
        reassign(am, other_head, customer, account_successor=team.account_manager)
    turns = (team.department_manager, team.group_leader, team.deputy_leader, team.administrator)
    person, successor = team.account_manager, create_user(Role.ACCOUNT_MANAGER, department=team.market)
    for by in turns:
        reassign(person, by, customer, account_successor=successor)
        person, successor = successor, person


def test_a_head_gives_away_what_his_service_manager_serves_for_another_department(
    team: Team, csm: User
) -> None:
    customer = create_customer_of(replace(team, account_manager=create_user(Role.ACCOUNT_MANAGER)))
    reassign(team.service_manager, team.department_manager, customer, service_successor=csm)
    assert Customer.objects.get().service_manager == csm


def test_what_is_missing_is_said(team: Team, am: User, csm: User) -> None:
    managed = create_customer_of(team)
    leader = team.group_leader
    both = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    served_by_both = create_customer_of(replace(team, service_manager=both))
    cases: list[tuple[User, list[Customer], dict[str, Any], str]] = [
        (team.account_manager, [], {"account_successor": am}, "reassignment.nothing_chosen"),
        (
            team.account_manager,
            [managed],
            {"account_successor": team.account_manager},
            "reassignment.same_person",
        ),
        (
            team.account_manager,
            [managed],
            {"service_successor": csm},
            "reassignment.no_account_successor",
        ),
        (
            team.service_manager,
            [managed],
            {"account_successor": am},
            "reassignment.no_service_successor",
        ),
        (
            team.account_manager,
            [managed],
            {"account_successor": team.legal_affairs},
            "portfolio.no_account_manager",
        ),
        (
            team.service_manager,
            [managed],
            {"service_successor": team.legal_affairs},
            "portfolio.no_service_manager",
        ),
        (
            team.account_manager,
            [managed, served_by_both],
            {"account_successor": both},
            "portfolio.same_person",
        ),
    ]
    for person, customers, fields, code in cases:
        with pytest.raises(InvalidInputError) as refused:
            reassign(person, leader, *customers, **fields)
        assert refused.value.code == code
    assert served_by_both.number in str(refused.value)
    assert set(Customer.objects.values_list("account_manager", flat=True)) == {team.account_manager.pk}


def test_a_customer_whose_other_manager_lost_the_role_goes_along(team: Team, am: User) -> None:
    customer = create_customer_of(team)
    team.service_manager.role_assignments.all().delete()
    reassign(team.account_manager, team.group_leader, customer, account_successor=am)
    assert Customer.objects.get().account_manager == am


def test_customers_changed_meanwhile_are_named(team: Team, am: User) -> None:
    customers = [create_customer_of(team) for _ in range(8)]
    chosen = seen(*customers)
    for customer in customers[:7]:
        update_customer(customer=customer, data={"address": "新址"}, version=1, by=team.service_manager)
    with pytest.raises(ConflictError) as refused:
        reassign(team.account_manager, team.group_leader, chosen=chosen, account_successor=am)
    told = str(refused.value)
    assert refused.value.code == "reassignment.changed"
    assert [customer.number in told for customer in customers] == [True] * 5 + [False] * 3
    assert "2 more" in told
    assert str(team.service_manager) in told
    assert "新址" not in told  # who changed it is said; what is in the file stays there
    assert set(Customer.objects.values_list("account_manager", flat=True)) == {team.account_manager.pk}


def test_a_customer_given_away_meanwhile_is_named(team: Team, am: User) -> None:
    customer = create_customer_of(team)
    chosen = seen(customer)
    reassign(team.account_manager, team.deputy_leader, customer, account_successor=am)
    with pytest.raises(ConflictError) as refused:
        reassign(
            team.account_manager,
            team.group_leader,
            chosen=chosen,
            account_successor=create_user(Role.ACCOUNT_MANAGER),
        )
    assert customer.number in str(refused.value)
    assert str(team.deputy_leader) in str(refused.value)


def test_a_handover_decided_meanwhile_is_named(team: Team, csm: User) -> None:
    leaver = create_user(Role.SERVICE_MANAGER)
    customer = create_customer_of(team)
    handover = proposed(customer, team.account_manager, leaver)
    chosen = seen(customer)
    decline_handover(handover=handover, reason="x", by=leaver, now=NOW)
    with pytest.raises(ConflictError) as refused:
        reassign(leaver, team.group_leader, chosen=chosen, service_successor=csm)
    assert customer.number in str(refused.value)


def test_a_customer_who_never_was_the_persons_is_not_named(team: Team, am: User) -> None:
    """A head who makes keys up learns nothing about customers of other departments."""
    foreign = create_customer_of(
        replace(
            team,
            account_manager=create_user(Role.ACCOUNT_MANAGER),
            service_manager=create_user(Role.SERVICE_MANAGER),
        )
    )
    unknown = {10**9: 1}
    for chosen in (seen(foreign), {foreign.pk: 99}, unknown):
        with pytest.raises(InvalidInputError) as refused:
            reassign(team.account_manager, team.department_manager, chosen=chosen, account_successor=am)
        assert refused.value.code == "reassignment.not_his"
        assert foreign.number not in str(refused.value)


def test_the_second_click_is_the_same_reassignment(team: Team, am: User) -> None:
    customer = create_customer_of(team)
    chosen, key = seen(customer), uuid4()
    arguments: dict[str, Any] = {"chosen": chosen, "account_successor": am, "submission_key": key}
    first = reassign(team.account_manager, team.group_leader, **arguments)
    assert reassign(team.account_manager, team.group_leader, **arguments) == first
    assert Customer.objects.get().version == 2
    with pytest.raises(BusinessError):  # somebody else's form with the same key is another one
        reassign(team.account_manager, team.deputy_leader, **arguments)


def test_the_record_is_final(team: Team, am: User) -> None:
    made = reassign(team.account_manager, team.group_leader, create_customer_of(team), account_successor=am)
    assert str(made) == f"{team.account_manager}: 1"
    with pytest.raises(ProgrammingError), transaction.atomic():
        made.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Reassignment.objects.create(
            person=am, customer_numbers=[], moved={}, by=team.group_leader, at=NOW + days(1)
        )


def test_a_planned_visit_of_a_past_day_goes_along_too(team: Team, am: User) -> None:
    customer = create_customer_of(team)
    visit = planned(customer, team.account_manager, planned_on=TODAY - days(10))
    reassign(team.account_manager, team.group_leader, customer, account_successor=am)
    visit.refresh_from_db()
    assert visit.responsible == am

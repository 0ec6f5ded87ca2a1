"""Who may do what with visits, handovers, confirmations and portfolios: every role, both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.badges import badge_counts
from creditrisk.exceptions import ConflictError, NotAllowedError
from customers import portfolio_permissions as permissions
from customers.models import Customer, CustomerState, FollowUp, Visit
from customers.portfolio_selectors import (
    managers_of,
    open_handover_of,
    people_at_work,
    people_under,
    people_who_see,
    people_with_customers,
    portfolio_of,
)
from customers.services import cancel_visit
from tests.factories.people import Team, create_department, create_team, create_user, reload
from tests.factories.visits import NOW, create_customer_of, done, follow_up, planned, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_customer_of(team)


def allowed(team: Team, refusal: Callable[[User], Any]) -> set[str]:
    """Return the roles whose holder is not refused."""
    return {role.value for role in Role if refusal(team.holder(role)) is None}


MANAGERS = {"account_manager", "service_manager"}


def test_visits_follow_ups_files_and_confirmations_are_for_those_who_manage(
    team: Team, customer: Customer
) -> None:
    plan, record = planned(customer, team.account_manager), done(customer, team.account_manager)
    noted = follow_up(record, team.account_manager, responsible=team.legal_affairs)
    assert allowed(team, lambda user: permissions.visit_refusal(user, customer)) == MANAGERS
    assert allowed(team, lambda user: permissions.settle_visit_refusal(user, plan)) == MANAGERS
    assert allowed(team, lambda user: permissions.follow_up_refusal(user, record)) == MANAGERS
    assert allowed(team, lambda user: permissions.attach_refusal(user, record)) == MANAGERS
    assert allowed(team, lambda user: permissions.confirm_refusal(user, customer)) == MANAGERS
    assert allowed(team, lambda user: permissions.complete_refusal(user, noted)) == MANAGERS | {
        "legal_affairs"
    }


def test_who_lost_every_role_completes_nothing(team: Team, customer: Customer) -> None:
    noted = follow_up(
        done(customer, team.account_manager), team.account_manager, responsible=team.legal_affairs
    )
    team.legal_affairs.role_assignments.all().delete()
    refusal = permissions.complete_refusal(reload(team.legal_affairs), noted)
    assert isinstance(refusal, NotAllowedError)


def test_states_refuse_too(team: Team, customer: Customer) -> None:
    plan, record = planned(customer, team.account_manager), done(customer, team.account_manager)
    manager = team.account_manager
    refusal = permissions.settle_visit_refusal(manager, record)
    assert isinstance(refusal, ConflictError)
    assert "done" in str(refusal)
    assert permissions.follow_up_refusal(manager, plan) is not None
    assert permissions.attach_refusal(manager, plan) is None
    cancelled = cancel_visit(visit=plan, reason="x", by=manager, now=NOW)
    assert permissions.attach_refusal(manager, cancelled) is not None
    closed = create_customer_of(team, state=CustomerState.CLOSED)
    for refusal in (
        permissions.visit_refusal(manager, closed),
        permissions.settle_visit_refusal(manager, Visit(customer=closed, state="planned")),
        permissions.follow_up_refusal(manager, Visit(customer=closed, state="done")),
        permissions.attach_refusal(manager, Visit(customer=closed, state="done")),
        permissions.confirm_refusal(manager, closed),
        permissions.propose_refusal(manager, closed, open_handover=None),
    ):
        assert refusal is not None
        assert refusal.code == "customer.closed"
    # what is left to be done is completed all the same
    assert permissions.complete_refusal(manager, FollowUp(visit=Visit(customer=closed))) is None


def test_handovers(team: Team, customer: Customer) -> None:
    def propose(user: User) -> Any:
        return permissions.propose_refusal(user, customer, open_handover=open_handover_of(customer))

    assert open_handover_of(customer) is None
    assert allowed(team, propose) == {"account_manager"}
    handover = proposed(customer, team.account_manager, team.service_manager)
    assert open_handover_of(customer) == handover
    assert isinstance(propose(team.account_manager), ConflictError)
    assert allowed(team, lambda user: permissions.accept_refusal(user, handover)) == {"service_manager"}
    assert allowed(team, lambda user: permissions.decide_handover_refusal(user, handover)) == {
        "service_manager"
    }
    assert allowed(team, lambda user: permissions.withdraw_handover_refusal(user, handover)) == {
        "account_manager"
    }


def test_who_proposed_and_lost_the_role_withdraws_nothing(team: Team, customer: Customer) -> None:
    handover = proposed(customer, team.account_manager, team.service_manager)
    team.account_manager.role_assignments.all().delete()
    assert permissions.withdraw_handover_refusal(reload(team.account_manager), handover) is not None


def test_reassigning(team: Team) -> None:
    managers = {"group_leader", "deputy_leader", "administrator", "department_manager"}
    assert allowed(team, lambda user: permissions.reassign_refusal(user, team.account_manager)) == managers
    assert allowed(team, permissions.reassign_anybody_refusal) == managers
    elsewhere = create_user(Role.ACCOUNT_MANAGER, department=create_department())
    nowhere = create_user(Role.ACCOUNT_MANAGER)
    for person in (elsewhere, nowhere):
        assert permissions.reassign_refusal(team.department_manager, person) is not None
        assert permissions.reassign_refusal(team.group_leader, person) is None
    # a head without the role is none
    team.department_manager.role_assignments.all().delete()
    assert permissions.reassign_refusal(reload(team.department_manager), team.account_manager) is not None


def test_people_listed_are_those_one_may_reassign(team: Team, customer: Customer) -> None:
    elsewhere = create_user(Role.ACCOUNT_MANAGER, department=create_department())
    for role in Role:
        user = team.holder(role)
        expected = {
            person.pk
            for person in User.objects.select_related("department")
            if permissions.reassign_refusal(user, person) is None
        }
        assert set(people_under(user).values_list("pk", flat=True)) == expected, role
    assert elsewhere in people_under(team.group_leader)
    counts = {
        person.pk: (person.managed_count, person.serviced_count, person.handover_count)  # type: ignore[attr-defined]
        for person in people_with_customers(team.department_manager)
    }
    assert counts == {team.account_manager.pk: (1, 0, 0), team.service_manager.pk: (0, 1, 0)}


def test_a_portfolio_has_three_capacities(team: Team, customer: Customer) -> None:
    recipient = create_user(Role.SERVICE_MANAGER)
    proposed(customer, team.account_manager, recipient)
    found = {}
    for person in (team.account_manager, team.service_manager, recipient):
        [row] = portfolio_of(person)
        found[person.pk] = (row.as_account_manager, row.as_service_manager, row.as_recipient)  # type: ignore[attr-defined]
    assert found == {
        team.account_manager.pk: (True, False, False),
        team.service_manager.pk: (False, True, False),
        recipient.pk: (False, False, True),
    }
    assert not portfolio_of(team.group_leader).exists()


def test_people_who_see_a_customer_are_those_to_whom_he_is_visible(team: Team) -> None:
    """The rule of `visible_to`, read from the customer's side, for everybody and several customers."""
    other = create_team()
    create_user(Role.GROUP_LEADER, is_active=False)
    create_user()
    lost = create_user()
    customers = [
        create_customer_of(team),
        create_customer_of(other),
        create_customer_of(team, number="LOST"),
        create_customer_of(team, number="NONE"),
    ]
    Customer.objects.filter(number="LOST").update(account_manager=lost)
    Customer.objects.filter(number="NONE").update(account_manager=None, service_manager=None)
    for customer in Customer.objects.all():
        seeing = {
            user.pk
            for user in User.objects.filter(is_active=True)
            if Customer.objects.visible_to(user).filter(pk=customer.pk).exists()
        }
        assert set(people_who_see(customer).values_list("pk", flat=True)) == seeing, customer.number
    assert len(customers) == 4


def test_managers_of_a_customer_hold_their_role(team: Team, customer: Customer) -> None:
    assert set(managers_of(customer)) == {team.account_manager, team.service_manager}
    team.service_manager.role_assignments.all().delete()
    assert set(managers_of(customer)) == {team.account_manager}


def test_people_at_work_hold_a_role_and_are_active(team: Team) -> None:
    create_user()
    create_user(Role.LEGAL_AFFAIRS, is_active=False)
    assert set(people_at_work()) == {team.holder(role) for role in Role}


def tasks_waiting_for(person: User) -> int:
    return badge_counts(reload(person))["portfolio:visit_list"]


def test_open_tasks_are_counted_for_the_navigation(team: Team, customer: Customer) -> None:
    """One planned visit, one follow-up, one handover; what is done or somebody else's does not count."""
    person = team.service_manager
    assert tasks_waiting_for(person) == 0
    planned(customer, person)
    planned(customer, team.account_manager)
    follow_up(done(customer, person), person)
    proposed(customer, team.account_manager, person)
    assert tasks_waiting_for(person) == 3
    assert tasks_waiting_for(team.account_manager) == 1
    assert tasks_waiting_for(team.finance_clerk) == 0

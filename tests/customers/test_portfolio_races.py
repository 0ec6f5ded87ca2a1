"""Two people at the same moment, on real PostgreSQL: a handover ends one way, a portfolio goes to one successor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError, NotAllowedError
from customers.models import Customer, Handover, HandoverState, Reassignment, Visit
from customers.services import accept_handover, plan_visit, reassign_customers, withdraw_handover
from tests.factories.people import create_team, create_user
from tests.factories.visits import NOW, TODAY, create_customer_of, planned, proposed

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

TIMES = 40
TOGETHER = 2


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """As many threads as ever race, each with its own connection, closed at the end."""
    with ThreadPoolExecutor(TOGETHER) as executor:
        yield executor
        barrier = threading.Barrier(TOGETHER)

        def close() -> None:
            barrier.wait(timeout=10)  # so that each thread takes exactly one of them
            connection.close()

        list(executor.map(lambda _number: close(), range(TOGETHER)))


def race(pool: ThreadPoolExecutor, *actions: Callable[[], Any]) -> list[Any]:
    """Run the actions at the same moment; return each one's result, or the refusal it met."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        barrier.wait(timeout=10)
        try:
            return action()
        except BusinessError as refused:
            return refused

    return [future.result(timeout=30) for future in [pool.submit(run, action) for action in actions]]


def test_accepting_against_withdrawing(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    successor = create_user(Role.SERVICE_MANAGER)
    for _time in range(TIMES):
        customer = create_customer_of(team)
        handover = proposed(customer, team.account_manager, successor)

        def accept(handover: Handover = handover) -> Handover:
            return accept_handover(handover=handover, by=successor, now=NOW)

        def withdraw(handover: Handover = handover) -> Handover:
            return withdraw_handover(handover=handover, by=team.account_manager, now=NOW)

        results = race(pool, accept, withdraw)
        assert sum(isinstance(result, Handover) for result in results) == 1
        assert sum(isinstance(result, ConflictError) for result in results) == 1
        stored = Handover.objects.get(pk=handover.pk)
        owner = Customer.objects.get(pk=customer.pk).service_manager
        assert (stored.state, owner) in [
            (HandoverState.ACCEPTED, successor),
            (HandoverState.WITHDRAWN, team.service_manager),
        ]
        assert [step.kind for step in stored.steps.all()] == ["proposed", stored.state]


def test_two_reassignments_of_one_portfolio(pool: ThreadPoolExecutor) -> None:
    """All customers go to one of the two, with their tasks; the other manager is told which ones changed."""
    team = create_team()
    successors = [create_user(Role.ACCOUNT_MANAGER), create_user(Role.ACCOUNT_MANAGER)]
    for _time in range(TIMES):
        customers = [create_customer_of(team) for _ in range(3)]
        visit = planned(customers[0], team.account_manager)
        pks = [customer.pk for customer in customers]

        def give(successor: Any, by: Any, order: list[int]) -> Callable[[], Reassignment]:
            return lambda: reassign_customers(
                person=team.account_manager,
                chosen=dict.fromkeys(order, 1),
                account_successor=successor,
                service_successor=None,
                by=by,
                now=NOW,
            )

        results = race(
            pool,
            give(successors[0], team.group_leader, pks),
            give(successors[1], team.deputy_leader, pks[::-1]),
        )
        [made] = [result for result in results if isinstance(result, Reassignment)]
        [refused] = [result for result in results if isinstance(result, ConflictError)]
        assert all(customer.number in str(refused) for customer in customers)
        owners = set(Customer.objects.filter(pk__in=pks).values_list("account_manager", flat=True))
        assert owners == {made.account_successor_id}
        assert Visit.objects.get(pk=visit.pk).responsible_id == made.account_successor_id


def test_planning_against_a_reassignment_leaves_no_visit_behind(pool: ThreadPoolExecutor) -> None:
    """The visit is planned first and goes along, or its planner no longer manages the customer."""
    team = create_team()
    successor = create_user(Role.ACCOUNT_MANAGER)
    for _time in range(TIMES):
        customer = create_customer_of(team)

        def plan(customer: Customer = customer) -> Visit:
            return plan_visit(
                customer=customer,
                planned_on=TODAY,
                purpose="x",
                channel="remote",
                responsible=team.account_manager,
                by=team.account_manager,
                now=NOW,
            )

        def give(customer: Customer = customer) -> Reassignment:
            return reassign_customers(
                person=team.account_manager,
                chosen={customer.pk: 1},
                account_successor=successor,
                service_successor=None,
                by=team.group_leader,
                now=NOW,
            )

        visit, made = race(pool, plan, give)
        assert isinstance(made, Reassignment)
        assert isinstance(visit, Visit | NotAllowedError)
        left = Visit.objects.filter(customer=customer, responsible=team.account_manager)
        assert not left.exists()

"""Two people, or two runs, at the same moment on real PostgreSQL: one case, one closing (P5.1)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection

from creditrisk.exceptions import BusinessError, ConflictError
from creditrisk.policy.selectors import policy_version_on
from customers.models import WarningCase
from customers.services import FoundWarning, close_case, raise_case, raise_cases, reassign_portfolio
from tests.factories.people import create_team, create_user
from tests.factories.visits import NOW, TODAY, create_customer_of
from tests.factories.warnings import create_case

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

TIMES = 20
TOGETHER = 2


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Two threads, each with its own connection, closed at the end."""
    with ThreadPoolExecutor(TOGETHER) as executor:
        yield executor
        barrier = threading.Barrier(TOGETHER)

        def close() -> None:
            barrier.wait(timeout=10)
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

    return [running.result() for running in [pool.submit(run, action) for action in actions]]


def test_two_runs_of_one_day_raise_one_case(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    version = policy_version_on(TODAY)
    for _time in range(TIMES):
        customer = create_customer_of(team)
        found = [FoundWarning(customer.pk, kind, Decimal(60)) for kind in ("churn", "grade_fallen")]
        counts = race(pool, *[partial(raise_cases, found=found, on=TODAY, version=version)] * 2)
        assert sorted(counts) == [0, 2]
    numbers = list(WarningCase.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [f"W-2026-{place:06d}" for place in range(1, 2 * TIMES + 1)]


def test_a_person_and_a_run_raise_one_case(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    version = policy_version_on(TODAY)
    for _time in range(TIMES):
        customer = create_customer_of(team)
        race(
            pool,
            partial(
                raise_cases,
                found=[FoundWarning(customer.pk, "churn", Decimal(60))],
                on=TODAY,
                version=version,
            ),
            partial(
                raise_case,
                customer=customer,
                kind="churn",
                reason="x",
                by=team.group_leader,
                now=NOW,
            ),
        )
        assert WarningCase.objects.filter(customer=customer).count() == 1


def test_two_who_close_a_case_close_it_once(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    customer = create_customer_of(team)
    for place in range(TIMES):
        case = create_case(customer, subject=str(place))
        results = race(
            pool,
            partial(close_case, case=case, outcome="acted", note="a", by=team.service_manager, now=NOW),
            partial(close_case, case=case, outcome="lost", note="b", by=team.account_manager, now=NOW),
        )
        assert sum(isinstance(result, ConflictError) for result in results) == 1
        assert case.entries.count() == 1


def test_a_case_raised_while_the_manager_changes_is_the_new_ones(pool: ThreadPoolExecutor) -> None:
    """Whoever comes first: the case is born his, or follows him."""
    team = create_team()
    version = policy_version_on(TODAY)
    for _time in range(TIMES):
        customer, successor = create_customer_of(team), create_user("service_manager")
        race(
            pool,
            partial(
                raise_cases,
                found=[FoundWarning(customer.pk, "churn", Decimal(60))],
                on=TODAY,
                version=version,
            ),
            partial(
                reassign_portfolio,
                customer=customer,
                account_manager=team.account_manager,
                service_manager=successor,
                version=customer.version,
                by=team.group_leader,
            ),
        )
        assert WarningCase.objects.get(customer=customer).owner == successor

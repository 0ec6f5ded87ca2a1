"""Two at the same moment, on real PostgreSQL: one adjustment per customer and quarter, one decision."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from creditrisk.exceptions import BusinessError, ConflictError
from customers.models import GradeChange
from reviews.models import GradeAdjustment
from reviews.services import adjustments as service
from reviews.services.adjustment_decisions import confirm_adjustment, refuse_adjustment
from tests.factories.people import create_team
from tests.factories.reports import create_report
from tests.reviews.adjustment_world import (
    NOW,
    SEPTEMBER,
    adjusted,
    create_scored,
    grade_of,
    of,
    overdue,
    paid_on_time,
)

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Two threads, each with its own connection, closed at the end."""
    with ThreadPoolExecutor(2) as executor:
        yield executor
        barrier = threading.Barrier(2)

        def close() -> None:
            barrier.wait(timeout=10)  # so that each thread takes exactly one of them
            connection.close()

        list(executor.map(lambda _number: close(), range(2)))


def race(pool: ThreadPoolExecutor, *actions: Callable[[], Any]) -> list[Any]:
    """Run the actions at the same moment; return each one's result, or the refusal it met."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        barrier.wait(timeout=10)
        try:
            return action()
        except BusinessError as refused:
            return refused

    return [future.result(timeout=60) for future in [pool.submit(run, action) for action in actions]]


def test_two_runs_at_once_adjust_everybody_once(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock of the job: the customers' own locks and the unique key must do."""
    team = create_team()
    customers = [create_scored(team) for _number in range(40)]
    create_report(as_of=SEPTEMBER, lines=[overdue(one, 20) for one in customers])
    monkeypatch.setattr(service, "CHUNK", 4)
    results = race(pool, lambda: service.adjust_grades(quarter=service.Quarter(2026, 3), now=NOW),
                   lambda: service.adjust_grades(quarter=service.Quarter(2026, 3), now=NOW))  # fmt: skip
    assert [result.errors for result in results] == [[], []]
    assert GradeAdjustment.objects.count() == 40
    assert GradeChange.objects.filter(source="2026Q3 adjustment").count() == 40
    assert {grade_of(one) for one in customers} == {"C"}


def test_two_leaders_decide_at_once(pool: ThreadPoolExecutor) -> None:
    """One wins, the other is told; the grade is that of the one."""
    team = create_team()
    customers = [create_scored(team, grade="C", score="75", answers="CD") for _number in range(20)]
    paid_on_time(*customers)
    create_report(as_of=SEPTEMBER)
    adjusted()
    for customer in customers:
        adjustment = of(customer)

        def confirm(adjustment: GradeAdjustment = adjustment) -> GradeAdjustment:
            return confirm_adjustment(adjustment=adjustment, by=team.deputy_leader, now=NOW)

        def refuse(adjustment: GradeAdjustment = adjustment) -> GradeAdjustment:
            return refuse_adjustment(adjustment=adjustment, reason="x", by=team.group_leader, now=NOW)

        results = race(pool, confirm, refuse)
        [done] = [result for result in results if isinstance(result, GradeAdjustment)]
        [told] = [result for result in results if isinstance(result, ConflictError)]
        assert told.code == "adjustment.decided"
        assert grade_of(customer) == ("B" if done.state == "confirmed" else "C")

"""What a past quarter's adjustment would be under another rule-book: reads only."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from creditrisk.exceptions import InvalidInputError
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.schema import Policy
from customers.models import Customer
from reviews import adjustment_simulation as simulation
from reviews.adjustment_simulation import SimulatedAdjustments, simulated_adjustments
from reviews.models import GradeAdjustment
from reviews.services.adjustment_decisions import confirm_adjustment
from tests.factories.customers import create_active_customer, create_customer, create_grade_change
from tests.factories.people import Team
from tests.factories.reports import create_report
from tests.reviews.adjustment_world import (
    DECEMBER,
    LATER,
    NOW,
    Q3,
    Q4,
    SEPTEMBER,
    TODAY,
    adjusted,
    create_scored,
    of,
    overdue,
    paid_on_time,
)

pytestmark = pytest.mark.django_db
MILDER = replace(
    DEFAULT_POLICY,
    grade_adjustment=replace(
        DEFAULT_POLICY.grade_adjustment, cap_at_c_after_days=60, cap_at_d_after_days=120
    ),
)


def simulated(policy: Policy = DEFAULT_POLICY) -> SimulatedAdjustments:
    return simulated_adjustments(quarter=Q3, policy=policy)


def moves(found: SimulatedAdjustments) -> dict[str, str]:
    return {
        change.customer: f"{change.adjustment.old_grade}{change.adjustment.new_grade}"
        for change in found.changes
    }


def test_the_same_rules_give_what_the_run_gave_also_long_after_it(team: Team) -> None:
    """Scored down, scored up, provisional and capped, unchanged: before the run, after it, after the next quarter."""
    down, up = create_scored(team), create_scored(team, grade="C", score="75", answers="CD")
    capped, steady = create_active_customer(grade="C"), create_scored(team)
    paid_on_time(up)
    create_report(as_of=SEPTEMBER, lines=[overdue(down, 20), overdue(capped, 95)])
    expected = {down.number: "BC", up.number: "CB", capped.number: "CD"}
    before = simulated()
    assert moves(before) == expected
    assert before.counts == {("B", "C"): 1, ("C", "B"): 1, ("C", "D"): 1, ("B", "B"): 1}
    assert (before.assessed, before.changes[0].name) == (
        4,
        min((down, up, capped), key=lambda one: one.number).name,
    )
    assert not GradeAdjustment.objects.exists()
    adjusted()
    confirm_adjustment(adjustment=of(up), by=team.deputy_leader, now=NOW)
    assert moves(simulated()) == expected
    create_report(as_of=DECEMBER, lines=[overdue(steady, 20, by=DECEMBER)])
    adjusted(quarter=Q4, now=LATER)
    assert simulated().counts == before.counts


def test_milder_caps_spare_a_customer(team: Team) -> None:
    """95 days past due: D by the rules in force, C by the draft, under which the score of A paid late decides."""
    customer = create_scored(team, grade="A", score="95", answers="AA")
    create_report(as_of=SEPTEMBER, lines=[overdue(customer, 95)])
    adjusted()
    assert moves(simulated()) == {customer.number: "AD"}
    assert moves(simulated(MILDER)) == {customer.number: "AC"}


def test_a_customer_who_was_not_adjusted_stands_as_his_history_tells(team: Team) -> None:
    """A review after the quarter is not known in it; who got his first grade after it was not there; closed files are
    left out."""
    reviewed = create_scored(team, score="85", grade="B")
    create_scored(team, customer=reviewed, score="95", grade="A", ended_at=NOW + dt.timedelta(days=90))
    Customer.objects.filter(pk=reviewed.pk).update(grade="A")
    new = create_active_customer(grade="C")
    create_grade_change(customer=new, new="C", effective_on=TODAY)
    had = create_active_customer(grade="D")
    create_grade_change(customer=had, old="B", new="D", effective_on=TODAY)
    plain, ungraded = create_active_customer(grade="C"), create_customer()
    closed = create_active_customer(state="closed")
    create_report(
        as_of=SEPTEMBER, lines=[overdue(one, 31) for one in (reviewed, new, had, plain, ungraded, closed)]
    )
    found = simulated()
    assert moves(found) == {reviewed.number: "BC", had.number: "BC"}
    assert found.assessed == 3


def test_memory_is_bounded_by_chunks(
    team: Team, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(simulation, "CHUNK", 2)
    customers = [create_scored(team) for _number in range(5)]
    create_report(as_of=SEPTEMBER, lines=[overdue(one, 20) for one in customers])
    with django_assert_num_queries(2 + 1 + 3 * 9):
        assert simulated().counts == {("B", "C"): 5}


def test_a_quarter_without_a_report_is_not_simulated() -> None:
    with pytest.raises(InvalidInputError) as refused:
        simulated()
    assert refused.value.code == "adjustment.no_report"

"""What leaders decide about proposed grades (P5.2.2): confirm, amend, refuse; one or several; once."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers.models import Customer, GradeChange
from reviews.adjustment_selectors import adjustments_waiting_for, later_changes
from reviews.models import GradeAdjustment
from reviews.services.adjustment_decisions import (
    amend_adjustment,
    confirm_adjustment,
    decide_adjustments,
    refuse_adjustment,
)
from tests.factories.customers import create_grade_change
from tests.factories.people import Team, create_team
from tests.factories.reports import create_report
from tests.reviews.adjustment_world import (
    NOW,
    SEPTEMBER,
    TODAY,
    adjusted,
    create_scored,
    grade_of,
    of,
    overdue,
    paid_on_time,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


def proposed(team: Team, count: int = 1) -> list[GradeAdjustment]:
    """Return adjustments that propose B for customers with C."""
    customers = [create_scored(team, grade="C", score="75", answers="CD") for _number in range(count)]
    paid_on_time(*customers)
    create_report(as_of=SEPTEMBER)
    adjusted()
    Notification.objects.all().delete()
    return [of(customer) for customer in customers]


@pytest.mark.parametrize("role", list(Role))
def test_only_the_two_leaders_decide(team: Team, role: Role) -> None:
    [adjustment] = proposed(team)
    person = team.holder(role)
    if role in (Role.DEPUTY_LEADER, Role.GROUP_LEADER):
        assert list(adjustments_waiting_for(person)) == [adjustment]
        assert confirm_adjustment(adjustment=adjustment, by=person, now=NOW).state == "confirmed"
        return
    assert not adjustments_waiting_for(person).exists()
    for act, more in ((confirm_adjustment, {}), (amend_adjustment, {"grade": "A", "reason": "x"})):
        with pytest.raises(NotAllowedError) as refused:
            act(adjustment=adjustment, by=person, now=NOW, **more)  # type: ignore[operator]
        assert refused.value.code == "adjustment.leaders_only"
    with pytest.raises(NotAllowedError):
        refuse_adjustment(adjustment=adjustment, reason="x", by=person, now=NOW)


def test_confirming_gives_the_grade_from_this_day_on(team: Team) -> None:
    [adjustment] = proposed(team)
    done = confirm_adjustment(adjustment=adjustment, by=team.deputy_leader, now=NOW)
    assert (done.state, done.decided_by, done.decided_at) == ("confirmed", team.deputy_leader, NOW)  # fmt: skip
    change = GradeChange.objects.order_by("pk").last()
    assert change is not None
    assert (change.old, change.new, change.effective_on) == ("C", "B", TODAY)
    assert (change.decided_by, change.source) == (team.deputy_leader, "2026Q3 adjustment")
    assert of(adjustment.customer).grade_change == change
    assert grade_of(adjustment.customer) == "B"
    assert later_changes(of(adjustment.customer)) == []
    told = Notification.objects.values_list("user", "title", "url")
    assert {row[0] for row in told} == {team.account_manager.pk, team.service_manager.pk}
    assert all("C → B of 2026Q3 was decided: confirmed" in row[1] for row in told)
    assert {row[2] for row in told} == {adjustment.get_absolute_url()}


def test_amending_gives_another_grade_for_a_reason(team: Team) -> None:
    [adjustment] = proposed(team)
    done = amend_adjustment(
        adjustment=adjustment, grade="A", reason=" 长期合作 ", by=team.group_leader, now=NOW
    )
    assert (done.state, done.decided_grade, done.reason) == ("amended", "A", "长期合作")
    assert grade_of(adjustment.customer) == "A"
    assert GradeChange.objects.order_by("-pk")[0].reason == "长期合作"


def test_refusing_leaves_the_grade_for_a_reason(team: Team) -> None:
    [adjustment] = proposed(team)
    done = refuse_adjustment(adjustment=adjustment, reason="一次性付款", by=team.deputy_leader, now=NOW)
    assert (done.state, done.reason) == ("refused", "一次性付款")
    assert grade_of(adjustment.customer) == "C"
    assert GradeChange.objects.count() == 1
    assert Notification.objects.count() == 2


def acts(adjustment: GradeAdjustment, by: User) -> dict[str, Any]:
    """Return the three decisions, each ready to be made."""
    common: dict[str, Any] = {"adjustment": adjustment, "by": by, "now": NOW}
    return {
        "confirm": lambda: confirm_adjustment(**common),
        "amend": lambda: amend_adjustment(grade="A", reason="x", **common),
        "refuse": lambda: refuse_adjustment(reason="x", **common),
    }


@pytest.mark.parametrize("first", ["confirm", "amend", "refuse"])
@pytest.mark.parametrize("second", ["confirm", "amend", "refuse"])
def test_a_decision_is_made_once(team: Team, first: str, second: str) -> None:
    """The same click twice is once; another decision, or another person's, is told who was there."""
    [adjustment] = proposed(team)
    acts(adjustment, team.deputy_leader)[first]()
    changes, told = GradeChange.objects.count(), Notification.objects.count()
    again = acts(adjustment, team.deputy_leader)[second]
    if first == second:
        assert again().pk == adjustment.pk
    else:
        with pytest.raises(ConflictError) as refused:
            again()
        assert refused.value.code == "adjustment.decided"
    with pytest.raises(ConflictError) as refused:
        acts(adjustment, team.group_leader)[second]()
    assert team.deputy_leader.display_name in str(refused.value)
    assert (GradeChange.objects.count(), Notification.objects.count()) == (changes, told)


@pytest.mark.parametrize(
    ("grade", "reason", "code"),
    [
        ("A", "  ", "adjustment.reason_missing"),
        ("E", "x", "adjustment.no_grade"),
        ("", "x", "adjustment.no_grade"),
        ("B", "x", "adjustment.as_proposed"),
        ("C", "x", "adjustment.as_before"),
    ],
)
def test_what_cannot_be_amended(team: Team, grade: str, reason: str, code: str) -> None:
    [adjustment] = proposed(team)
    with pytest.raises(InvalidInputError) as refused:
        amend_adjustment(adjustment=adjustment, grade=grade, reason=reason, by=team.deputy_leader, now=NOW)
    assert refused.value.code == code
    assert of(adjustment.customer).state == "proposed"


def test_nothing_is_refused_without_a_reason(team: Team) -> None:
    [adjustment] = proposed(team)
    with pytest.raises(InvalidInputError) as refused:
        refuse_adjustment(adjustment=adjustment, reason=" ", by=team.deputy_leader, now=NOW)
    assert refused.value.code == "adjustment.reason_missing"


@pytest.mark.parametrize(("grade", "source"), [("B", "R-2026-000012"), ("C", "R-2026-000013")])
def test_a_proposal_is_out_of_date_once_a_review_graded_the_customer(
    team: Team, grade: str, source: str
) -> None:
    """Also where the review gave the same grade as before: it knew more. What changed is told; it can be refused."""
    [adjustment] = proposed(team)
    customer = adjustment.customer
    create_grade_change(
        customer=customer, old="C", new=grade, effective_on=TODAY + dt.timedelta(days=2), source=source
    )
    Customer.objects.filter(pk=customer.pk).update(grade=grade)
    for decision in ("confirm", "amend"):
        with pytest.raises(ConflictError) as refused:
            acts(adjustment, team.deputy_leader)[decision]()
        assert refused.value.code == "adjustment.stale"
        assert f"2026-10-03 C → {grade} ({source})" in str(refused.value)
    assert (
        refuse_adjustment(adjustment=adjustment, reason="x", by=team.deputy_leader, now=NOW).state
        == "refused"
    )


def test_a_grade_changed_without_a_line_of_history_is_noticed_too(team: Team) -> None:
    [adjustment] = proposed(team)
    Customer.objects.filter(pk=adjustment.customer_id).update(grade="D")
    with pytest.raises(ConflictError) as refused:
        confirm_adjustment(adjustment=adjustment, by=team.deputy_leader, now=NOW)
    assert "C → D" in str(refused.value)


def test_a_closed_file_gets_no_grade(team: Team) -> None:
    [adjustment] = proposed(team)
    Customer.objects.filter(pk=adjustment.customer_id).update(state="closed")
    with pytest.raises(NotAllowedError) as refused:
        confirm_adjustment(adjustment=adjustment, by=team.deputy_leader, now=NOW)
    assert refused.value.code == "customer.closed"


def test_what_does_not_wait_is_not_decided(team: Team) -> None:
    customer = create_scored(team)
    create_report(as_of=SEPTEMBER, lines=[overdue(customer, 20)])
    adjusted()
    with pytest.raises(ConflictError) as refused:
        refuse_adjustment(adjustment=of(customer), reason="x", by=team.deputy_leader, now=NOW)
    assert refused.value.code == "adjustment.not_waiting"


@pytest.mark.parametrize(
    ("decision", "grade", "final"), [("confirm", "", "B"), ("amend", "A", "A"), ("refuse", "", "C")]
)
def test_several_are_decided_each_for_itself_and_told_once(
    team: Team, decision: Any, grade: str, final: str
) -> None:
    """Of four one was decided before and one is out of date: the other two are decided all the same. The out-of-date
    one can be refused. Each manager has one message for all of them, also after a second click."""
    adjustments = proposed(team, 4)
    refuse_adjustment(adjustment=adjustments[0], reason="y", by=team.group_leader, now=NOW)
    Customer.objects.filter(pk=adjustments[1].customer_id).update(grade="D")
    Notification.objects.all().delete()
    batch = uuid4()
    asked: dict[str, Any] = {
        "keys": [adjustment.pk for adjustment in adjustments],
        "decision": decision,
        "grade": grade,
        "reason": "x",
        "batch": batch,
        "by": team.deputy_leader,
        "now": NOW,
    }
    decided, declined = decide_adjustments(**asked)
    expected = adjustments[1:] if decision == "refuse" else adjustments[2:]
    assert {one.pk for one in decided} == {one.pk for one in expected}
    assert len(declined) == 4 - len(decided)
    assert [grade_of(one.customer) for one in adjustments[2:]] == [final, final]
    decide_adjustments(**asked)
    assert Notification.objects.count() == 2
    assert {row.key for row in Notification.objects.all()} == {f"grades:decided:{batch}"}


def test_a_manager_who_decides_is_not_told_by_himself(team: Team) -> None:
    [adjustment] = proposed(team)
    Customer.objects.filter(pk=adjustment.customer_id).update(
        account_manager=team.deputy_leader, service_manager=None
    )
    confirm_adjustment(adjustment=adjustment, by=team.deputy_leader, now=NOW)
    assert not Notification.objects.exists()

"""The run of a quarter's adjustment (P5.2.2): who, by what, once, in order, and who is told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import InterfaceError
from django.db.migrations.recorder import MigrationRecorder

from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.jobs import units
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.schedule import job_named
from creditrisk.jobs.selectors import job_states
from creditrisk.jobs.services import catch_up
from creditrisk.notifications.models import Notification
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import policy_to_data
from creditrisk.quarters import Quarter
from customers.models import Customer, CustomerState, GradeChange
from receivables.models import Report, ReportState
from reviews.adjustment_selectors import counts_of_quarter, quarters_due
from reviews.models import AdjustmentState, GradeAdjustment
from reviews.services import adjustments as service
from reviews.services.adjustment_decisions import amend_adjustment, confirm_adjustment, refuse_adjustment
from reviews.services.adjustment_job import JOB, adjust_grades_once, adjust_quarter, is_quarter_told
from tests.factories.customers import create_active_customer, create_customer, create_grade_change
from tests.factories.people import Team, create_team, create_user
from tests.factories.reports import create_report
from tests.reviews.adjustment_world import (
    DECEMBER,
    JUNE,
    LATER,
    NOW,
    Q3,
    Q4,
    REVIEWED_AT,
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


def test_a_downgrade_takes_effect_at_once_and_is_on_record(team: Team) -> None:
    """85 with B and B: 20 days late are D, 85 − 20 + 10 = 75, C. Review, validity and limit stay."""
    customer = create_scored(team)
    report = create_report(as_of=SEPTEMBER, lines=[overdue(customer, 20)])
    result = adjusted()
    assert dict(result.counts) == {"applied": 1}
    assert (result.counts.total(), result.errors, result.warnings()) == (1, [], [])
    adjustment = of(customer)
    assert (adjustment.state, adjustment.old_grade, adjustment.new_grade) == ("applied", "B", "C")
    assert (adjustment.old_score, adjustment.new_score) == (Decimal(85), Decimal(75))
    assert (adjustment.answers, adjustment.points) == ("D", Decimal(10))
    assert (adjustment.report, adjustment.adjusted_on) == (report, TODAY)
    assert adjustment.policy_version == PolicyVersion.objects.get()
    assert adjustment.review is not None
    assert adjustment.reasons[-1] == {"clause": "P5.2.2 (4)", "fact": "effective", "value": "at_once"}
    change = GradeChange.objects.order_by("pk").last()
    assert change is not None
    assert (change.old, change.new, change.source) == ("B", "C", "2026Q3 adjustment")
    assert (change.effective_on, change.decided_by, change.is_provisional) == (TODAY, None, False)
    assert "85.0 − 20.0 + 10.0 = 75.0" in change.reason
    assert adjustment.grade_change == change
    stored = Customer.objects.get(pk=customer.pk)
    assert (stored.grade, stored.reviewed_on, stored.version) == ("C", customer.reviewed_on, customer.version)
    assert str(adjustment) == "2026Q3 B → C"


def test_an_upgrade_waits_and_changes_nothing_yet(team: Team) -> None:
    """75 with C and D (12.5), paid on time: 75 − 12.5 + 20 = 82.5, B."""
    customer = create_scored(team, grade="C", score="75", answers="CD")
    paid_on_time(customer)
    create_report(as_of=SEPTEMBER)
    adjusted()
    adjustment = of(customer)
    assert (adjustment.state, adjustment.new_grade, adjustment.new_score) == (
        "proposed",
        "B",
        Decimal("82.5"),
    )
    assert grade_of(customer) == "C"
    assert adjustment.grade_change is None
    assert GradeChange.objects.count() == 1


def test_an_upgrade_is_applied_where_the_policy_asks_for_no_confirmation(team: Team) -> None:
    data: Any = policy_to_data(DEFAULT_POLICY)
    data["grade_adjustment"]["upgrades_need_confirmation"] = False
    PolicyVersion.objects.create(number=2, effective_on=SEPTEMBER, data=data)
    customer = create_scored(team, grade="C", score="75", answers="CD")
    paid_on_time(customer)
    create_report(as_of=SEPTEMBER)
    adjusted()
    assert (of(customer).state, grade_of(customer)) == ("applied", "B")
    assert of(customer).policy_version.number == 2


def test_the_rules_are_those_of_the_quarters_last_day(team: Team) -> None:
    """A policy from the next quarter on says nothing about this one."""
    data: Any = policy_to_data(DEFAULT_POLICY)
    data["grade_adjustment"]["cap_at_d_after_days"] = 40
    PolicyVersion.objects.create(number=2, effective_on=TODAY, data=data)
    customer = create_active_customer(grade="C")
    create_report(as_of=SEPTEMBER, lines=[overdue(customer, 41)])
    adjusted()
    assert (of(customer).policy_version.number, of(customer).state) == (1, "unchanged")


def test_who_is_adjusted_and_who_is_not(team: Team) -> None:
    """Everybody with a grade: a suspended and an onboarded customer too. Not the closed one, nor who has no grade."""
    active, suspended = create_scored(team), create_scored(team)
    Customer.objects.filter(pk=suspended.pk).update(state="suspended", state_reason="x")
    provisional = create_active_customer(grade="C", grade_is_provisional=True)
    closed = create_active_customer(state=CustomerState.CLOSED)
    ungraded = create_customer()
    graded = (active, suspended, provisional)
    create_report(as_of=SEPTEMBER, lines=[overdue(one, 91) for one in (*graded, closed, ungraded)])
    adjusted()
    assert set(GradeAdjustment.objects.values_list("customer", flat=True)) == {one.pk for one in graded}
    assert {grade_of(one) for one in graded} == {"D"}
    change = GradeChange.objects.get(customer=provisional)
    assert change.is_provisional
    assert Customer.objects.get(pk=provisional.pk).grade_is_provisional


def test_nothing_due_is_kept_as_unchanged(team: Team) -> None:
    customer = create_scored(team)
    create_report(as_of=SEPTEMBER)
    assert dict(adjusted().counts) == {"unchanged": 1}
    assert (of(customer).new_score, of(customer).answers, of(customer).points) == (
        Decimal(85),
        "BB",
        Decimal(20),
    )


def test_the_next_quarter_goes_on_from_the_adjusted_score(team: Team) -> None:
    """85 became 75 (D) in the third quarter. Paid on time in the fourth: 75 − 10 + 20 = 85, B, to be confirmed."""
    customer = create_scored(team)
    create_report(as_of=SEPTEMBER, lines=[overdue(customer, 20)])
    adjusted()
    paid_on_time(customer, by=DECEMBER)
    create_report(as_of=DECEMBER)
    Report.objects.filter(as_of=SEPTEMBER).update(state="superseded")
    create_report(as_of=SEPTEMBER)
    adjusted(quarter=Q4, now=LATER)
    later = of(customer, Q4)
    assert (later.old_score, later.new_score, later.state) == (Decimal(75), Decimal(85), "proposed")
    assert later.reasons[4]["value"] == "D"


def test_a_review_since_is_the_current_score_again(team: Team) -> None:
    customer = create_scored(team)
    create_report(as_of=SEPTEMBER, lines=[overdue(customer, 20)])
    adjusted()
    create_scored(team, customer=customer, score="90", grade="A", ended_at=NOW + dt.timedelta(days=30))
    Customer.objects.filter(pk=customer.pk).update(grade="A")
    create_report(as_of=DECEMBER)
    adjusted(quarter=Q4, now=LATER)
    assert (of(customer, Q4).old_score, of(customer, Q4).old_grade) == (Decimal(90), "A")


@pytest.mark.parametrize(
    ("decision", "score", "state"),
    [
        ("confirm", "82.5", "unchanged"),
        ("amend", "82.5", "proposed"),
        ("refuse", "75", "unchanged"),
        ("none", "75", "unchanged"),
    ],
)
def test_only_what_came_into_force_changes_the_score(
    team: Team, decision: str, score: str, state: str
) -> None:
    """75 with C and D, on time: 82.5 is proposed. Where that was confirmed or amended it is the score of the next
    quarter; refused or left alone, 75 stays. Nobody decided: it lapses. Amended to D, the score of B is a step up."""
    customer = create_scored(team, grade="C", score="75", answers="CD")
    paid_on_time(customer)
    create_report(as_of=SEPTEMBER)
    adjusted()
    chosen: dict[str, Any] = {"adjustment": of(customer), "by": team.deputy_leader, "now": NOW}
    if decision == "confirm":
        confirm_adjustment(**chosen)
    elif decision == "amend":
        amend_adjustment(grade="D", reason="诉讼", **chosen)
    elif decision == "refuse":
        refuse_adjustment(reason="一次性", **chosen)
    create_report(as_of=DECEMBER)
    adjusted(quarter=Q4, now=LATER)
    assert (of(customer, Q4).old_score, of(customer, Q4).state) == (Decimal(score), state)
    if decision == "none":
        assert of(customer).state == AdjustmentState.LAPSED


def test_without_a_score_the_grade_that_people_gave_comes_back(team: Team) -> None:
    """Given C by a review; capped at D in the third quarter; paid in the fourth: C is proposed. The grade of a leader
    who amends counts as given."""
    customer = create_active_customer(grade="C")
    create_grade_change(customer=customer, new="C", effective_on=dt.date(2026, 1, 15))
    create_report(as_of=SEPTEMBER, lines=[overdue(customer, 91)])
    adjusted()
    assert grade_of(customer) == "D"
    create_report(as_of=DECEMBER)
    adjusted(quarter=Q4, now=LATER)
    assert (of(customer, Q4).new_grade, of(customer, Q4).state) == ("C", "proposed")
    amend_adjustment(adjustment=of(customer, Q4), grade="B", reason="担保", by=team.group_leader, now=LATER)
    march = dt.date(2027, 3, 31)
    create_report(as_of=march)
    adjusted(quarter=Quarter(2027, 1), now=LATER + dt.timedelta(days=100))
    assert (of(customer, Quarter(2027, 1)).new_grade, grade_of(customer)) == ("B", "B")


def test_without_a_history_the_grade_before_the_first_adjustment_was_given() -> None:
    customer = create_active_customer(grade="B")
    create_report(as_of=SEPTEMBER, lines=[overdue(customer, 31)])
    adjusted()
    create_report(as_of=DECEMBER)
    adjusted(quarter=Q4, now=LATER)
    assert (of(customer).new_grade, of(customer, Q4).new_grade) == ("C", "B")


def test_a_second_run_changes_nothing(team: Team) -> None:
    customers = [create_scored(team) for _number in range(3)]
    create_report(as_of=SEPTEMBER, lines=[overdue(one, 20) for one in customers])
    first, second = adjusted(), adjusted()
    assert first.counts == second.counts
    assert first.counts == {"applied": 3}
    assert GradeChange.objects.filter(source="2026Q3 adjustment").count() == 3
    assert Notification.objects.filter(user=team.account_manager).count() == 1


def test_a_dry_run_writes_nothing_and_tells_what_a_run_does(team: Team) -> None:
    customers = sorted((create_scored(team), create_active_customer(grade="C")), key=lambda one: one.number)
    create_scored(team)
    create_report(as_of=SEPTEMBER, lines=[overdue(one, 95) for one in customers])
    forecast = adjusted(dry_run=True)
    assert not GradeAdjustment.objects.exists()
    assert not Notification.objects.exists()
    assert [(change.customer, change.adjustment.new_grade) for change in forecast.changes] == [
        (customer.number, "D") for customer in customers
    ]
    assert forecast.counts == adjusted().counts


def test_the_managers_and_the_leaders_are_told_once_for_all_customers(team: Team) -> None:
    """Two down and one up for the account manager; who is both managers of a customer counts him once."""
    both = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    down = [create_scored(team), create_scored(team)]
    up = create_scored(team, grade="C", score="75", answers="CD")
    own = create_scored(team)
    Customer.objects.filter(pk=own.pk).update(account_manager=both, service_manager=both)
    Customer.objects.filter(pk=down[0].pk).update(service_manager=None)
    paid_on_time(up)
    create_report(as_of=SEPTEMBER, lines=[overdue(one, 20) for one in (*down, own)])
    adjusted()
    titles = {row.user: row.title for row in Notification.objects.all()}
    assert set(titles) == {
        team.account_manager,
        team.service_manager,
        both,
        team.deputy_leader,
        team.group_leader,
    }
    assert "2 with a worse grade, 1 with a better one" in titles[team.account_manager]
    assert "1 with a worse grade, 1 with a better one" in titles[team.service_manager]
    assert "1 with a worse grade, 0 with a better one" in titles[both]
    assert "1 better grade waits for your decision" in titles[team.deputy_leader]
    assert {row.url for row in Notification.objects.filter(user=team.deputy_leader)} == {
        "/reviews/adjustments/?quarter=2026Q3&state=proposed"
    }


def test_a_quarter_that_is_not_over_is_refused() -> None:
    create_report(as_of=SEPTEMBER)
    last_moment = dt.datetime(2026, 9, 30, 15, 59, tzinfo=dt.UTC)  # 23:59 in Shanghai
    with pytest.raises(InvalidInputError) as refused:
        adjusted(now=last_moment)
    assert refused.value.code == "adjustment.not_over"
    assert adjusted(now=last_moment + dt.timedelta(minutes=1)).quarter == Q3


@pytest.mark.parametrize("as_of", [None, JUNE, TODAY])
def test_a_quarter_without_a_report_of_its_days_is_refused(as_of: dt.date | None) -> None:
    if as_of:
        create_report(as_of=as_of)
    with pytest.raises(InvalidInputError) as refused:
        adjusted()
    assert refused.value.code == "adjustment.no_report"


@pytest.mark.parametrize(("age", "warned"), [(35, False), (36, True)])
def test_an_old_report_is_warned_of(age: int, warned: bool) -> None:
    """`report_stale_after_days` is 35."""
    report = create_report(as_of=SEPTEMBER - dt.timedelta(days=age))
    expected = [{"code": "report_stale", "report": report.number, "age_days": age}] if warned else []
    assert adjusted().warnings() == expected
    assert adjusted(dry_run=True).warnings() == expected


def test_quarters_are_adjusted_in_order() -> None:
    """Once the second was run the third is due before the fourth; after the fourth it is too late. A quarter without a
    report holds nothing up."""
    create_active_customer()
    for as_of in (JUNE, SEPTEMBER, DECEMBER):
        create_report(as_of=as_of)
    today = dt.date(2027, 1, 1)
    assert quarters_due(today=today) == [Q4]
    adjust_grades_once(quarter=Quarter(2026, 2), now=LATER)
    assert quarters_due(today=today) == [Q3, Q4]
    assert quarters_due(today=TODAY) == [Q3]
    with pytest.raises(InvalidInputError) as refused:
        adjust_grades_once(quarter=Q4, now=LATER)
    assert refused.value.code == "adjustment.earlier_due"
    assert "2026Q3" in str(refused.value)
    Report.objects.filter(as_of=SEPTEMBER).update(state=ReportState.SUPERSEDED)
    assert adjust_grades_once(quarter=Q4, now=LATER).state == JobRun.State.DONE
    Report.objects.filter(as_of=SEPTEMBER).update(state=ReportState.COMMITTED)
    assert quarters_due(today=today) == []
    with pytest.raises(ConflictError) as overtaken:
        adjust_grades_once(quarter=Q3, now=LATER)
    assert overtaken.value.code == "adjustment.later_done"
    assert set(JobRun.objects.values_list("period", flat=True)) == {"2026Q2", "2026Q4"}


def test_a_quarter_without_a_report_of_its_last_month_holds_up_the_next_only_once_begun() -> None:
    """August tells of the third quarter, September does not: the fourth may go first. Begun by hand, it is due."""
    create_active_customer()
    adjust_grades_once(quarter=adjusted_q2(), now=NOW)
    for as_of in (dt.date(2026, 8, 31), DECEMBER):
        create_report(as_of=as_of)
    assert quarters_due(today=dt.date(2027, 1, 1)) == [Q4]
    JobRun.objects.create(job=JOB, period="2026Q3", state=JobRun.State.FAILED, finished_at=NOW)
    assert quarters_due(today=dt.date(2027, 1, 1)) == [Q3, Q4]


def adjusted_q2() -> Quarter:
    """Return the second quarter, with the report that it needs."""
    create_report(as_of=JUNE)
    return Quarter(2026, 2)


def test_a_quarter_that_failed_is_due_before_the_next() -> None:
    create_active_customer()
    for as_of in (SEPTEMBER, DECEMBER):
        create_report(as_of=as_of)
    with (
        mock.patch.object(service, "_adjust_chunk", side_effect=ValueError("broken")),
        mock.patch.object(units.logger, "exception"),
    ):
        run = adjust_grades_once(quarter=Q3, now=NOW)
    assert (run.state, run.units_failed) == (JobRun.State.FAILED, 1)
    assert quarters_due(today=dt.date(2027, 1, 1)) == [Q3, Q4]
    with pytest.raises(InvalidInputError):
        adjust_grades_once(quarter=Q4, now=LATER)
    assert adjust_grades_once(quarter=Q3, now=LATER).state == JobRun.State.DONE


def test_the_ledger_runs_a_quarter_once(team: Team) -> None:
    customer = create_scored(team)
    create_report(as_of=SEPTEMBER, lines=[overdue(customer, 20)])
    run = adjust_grades_once(quarter=Q3, now=NOW)
    assert (run.job, run.period, run.state, run.units_done) == (JOB, "2026Q3", "done", 1)
    assert run.result == {"counts": {"applied": 1}, "report": Report.objects.get().number, "warnings": []}
    create_scored(team)
    again = adjust_grades_once(quarter=Q3, now=LATER)
    assert (again.pk, again.attempts) == (run.pk, 1)
    assert GradeAdjustment.objects.count() == 1


@pytest.mark.parametrize(
    ("period", "days", "told"),
    [
        ("2026Q3", ["2026-08-31"], False),
        ("2026Q3", ["2026-09-01"], False),
        ("2026Q3", ["2026-09-29"], False),
        ("2026Q3", ["2026-09-30"], True),
        ("2026Q3", ["2026-10-01"], False),
        ("2026Q3", ["2026-08-31", "2026-10-01"], False),
        ("2026Q3", ["2026-09-01", "2026-10-01"], True),
        # 2028-12-30 and 31 are a weekend.
        ("2028Q4", ["2028-12-28"], False),
        ("2028Q4", ["2028-12-29"], True),
    ],
)
def test_the_schedule_waits_for_a_report_of_the_quarters_end(
    period: str, days: list[str], told: bool
) -> None:
    """One of its last business day; or, where a later one is there, the last one of its last month."""
    for day in days:
        create_report(as_of=dt.date.fromisoformat(day))
    assert is_quarter_told(period) is told


def test_a_quarter_begun_by_hand_goes_on_until_a_later_one_is_adjusted(team: Team) -> None:
    """By hand an older report will do, so the schedule finishes what was begun; the score of a later quarter builds on
    the one before, so what it has overtaken is over."""
    create_report(as_of=dt.date(2026, 5, 31), lines=[overdue(create_scored(team), 20)])
    assert not is_quarter_told("2026Q2")
    JobRun.objects.create(job=JOB, period="2026Q2", state=JobRun.State.FAILED, finished_at=NOW)
    assert is_quarter_told("2026Q2")
    JobRun.objects.update(state=JobRun.State.DONE)
    create_report(as_of=SEPTEMBER, lines=[overdue(customer, 20) for customer in Customer.objects.all()])
    adjusted()
    assert not is_quarter_told("2026Q2")


def test_by_itself_no_quarter_is_adjusted_by_an_old_report_and_the_ledger_tells_of_it() -> None:
    """On 1 October the report of 24 September is not enough; it waits, is red after 30 days, and runs once the report
    of the end is there."""
    job = job_named(JOB)
    assert job is not None
    JobRun.objects.create(job=JOB, period="2026Q2", state="done", finished_at=NOW)
    MigrationRecorder.Migration.objects.update(applied=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    create_report(as_of=dt.date(2026, 9, 24))
    assert catch_up(job, now=NOW) == []
    due = dt.datetime(2026, 9, 30, 16, tzinfo=dt.UTC)  # midnight in Shanghai
    for waited, trouble in ((dt.timedelta(days=30, seconds=-1), ""), (dt.timedelta(days=30), "starved")):
        [state] = [one for one in job_states(due + waited) if one.job is job]
        assert (state.waiting, state.is_blocked, state.trouble) == (("2026Q3",), True, trouble)
    create_report(as_of=SEPTEMBER)
    with time_machine.travel(NOW, tick=False):
        [run] = catch_up(job, now=NOW)
    assert (run.period, run.state) == ("2026Q3", JobRun.State.DONE)


def test_the_schedule_runs_a_quarter_by_its_name() -> None:
    create_report(as_of=SEPTEMBER)
    with time_machine.travel(NOW, tick=False):
        assert adjust_quarter("2026Q3").state == JobRun.State.DONE


def test_one_customers_error_does_not_stop_the_others(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chunk is halved until he is alone; the next call does what is left."""
    customers = [create_scored(team) for _number in range(5)]
    create_report(as_of=SEPTEMBER, lines=[overdue(one, 20) for one in customers])
    bad, real = customers[3].pk, service.adjust_grade
    standings = service.standings

    def fails_for_one(given: Any, **more: Any) -> Any:
        if any(customer.pk == bad for customer in given):
            raise ValueError("broken")
        return standings(given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(service, "standings", fails_for_one)
        patched.setattr(units.logger, "exception", lambda *_: None)
        result = adjusted()
    assert result.errors == [f"customer {customers[3].number}: ValueError: broken"]
    assert result.counts == {"applied": 4}
    assert GradeAdjustment.objects.count() == 4
    assert real is service.adjust_grade
    assert adjusted().counts == {"applied": 5}
    assert [grade_of(one) for one in customers] == ["C"] * 5


def test_a_run_that_dies_in_the_middle_goes_on_where_it_was(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chunks of two; the third dies as the process does. What was committed stands, nobody is adjusted twice, and the
    ledger counts the whole quarter: four before the kill and three after it."""
    customers = [create_scored(team) for _number in range(7)]
    create_report(as_of=SEPTEMBER, lines=[overdue(one, 20) for one in customers])
    real, calls = service._adjust_chunk, []

    def dies_at_the_third(keys: Any, run: Any) -> None:
        calls.append(keys)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(keys, run)

    with monkeypatch.context() as patched:
        patched.setattr(service, "CHUNK", 2)
        patched.setattr(service, "_adjust_chunk", dies_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            adjust_grades_once(quarter=Q3, now=NOW)
    assert GradeAdjustment.objects.count() == 4
    assert not Notification.objects.exists()
    killed = JobRun.objects.get()
    assert (killed.state, killed.units_done) == (JobRun.State.RUNNING, 4)
    seen = []
    monkeypatch.setattr(service, "note_progress", lambda **told: seen.append(told["units_done"]))
    resumed = adjust_grades_once(quarter=Q3, now=NOW)
    assert (resumed.state, resumed.units_done, seen) == (JobRun.State.DONE, 7, [7])
    assert GradeAdjustment.objects.count() == 7
    assert GradeChange.objects.filter(source="2026Q3 adjustment").count() == 7
    assert Notification.objects.filter(user=team.account_manager).count() == 1


def test_where_the_database_is_gone_the_error_is_raised(team: Team) -> None:
    create_scored(team)
    create_report(as_of=SEPTEMBER)
    with (
        mock.patch.object(service, "_adjust_chunk", side_effect=InterfaceError("gone")),
        mock.patch.object(units.connection, "is_usable", return_value=False, create=True),
        pytest.raises(InterfaceError),
    ):
        adjusted()


def test_a_report_corrected_during_the_run_is_followed(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first chunk was judged by the report before and stands; the others are judged by the new one."""
    customers = [create_scored(team) for _number in range(2)]
    old = create_report(as_of=SEPTEMBER, lines=[overdue(one, 20) for one in customers])
    real = service._adjust_chunk

    def superseded_after_the_first(keys: Any, run: Any) -> None:
        real(keys, run)
        if not Report.objects.filter(state="superseded").exists():
            Report.objects.filter(pk=old.pk).update(state="superseded")
            create_report(as_of=SEPTEMBER)

    monkeypatch.setattr(service, "CHUNK", 1)
    monkeypatch.setattr(service, "_adjust_chunk", superseded_after_the_first)
    run = adjust_grades_once(quarter=Q3, now=NOW)
    assert run.units_done == 2
    assert dict(counts_of_quarter(Q3)) == {"applied": 1, "unchanged": 1}
    assert of(customers[0]).report == old
    assert of(customers[1]).report != old


def test_who_was_closed_or_adjusted_meanwhile_is_left_alone(team: Team) -> None:
    """Between reading the keys and locking them another run, or a person, may have been there."""
    done, closed, left = (create_scored(team) for _number in range(3))
    create_report(as_of=SEPTEMBER)
    run = service._prepared(Q3, today=TODAY)
    service._adjust_chunk([done.pk], run)
    Customer.objects.filter(pk=closed.pk).update(state="closed")
    service._adjust_chunk([done.pk, closed.pk, left.pk], run)
    assert set(GradeAdjustment.objects.values_list("customer", flat=True)) == {done.pk, left.pk}


@pytest.mark.parametrize("customers", [2, 9])
def test_a_chunk_costs_the_same_number_of_statements(
    team: Team, customers: int, django_assert_max_num_queries: Any
) -> None:
    listed = [create_scored(team) for _number in range(customers)]
    create_report(as_of=SEPTEMBER, lines=[overdue(one, 20) for one in listed])
    run = service._prepared(Q3, today=TODAY)
    with django_assert_max_num_queries(20):
        service._adjust_chunk([one.pk for one in listed], run)


def test_a_policy_version_of_the_review_says_what_the_old_answer_counted(team: Team) -> None:
    """Reviewed under a policy in which B counts 15, adjusted under one in which D counts 10: 85 − 15 + 10 = 80."""
    data: Any = policy_to_data(DEFAULT_POLICY)
    for criterion in data["criteria"]:
        if criterion["code"] == "repayment_speed":
            criterion["points"] = {"A": 25, "B": 15, "C": 5, "D": 0}
    then = PolicyVersion.objects.create(number=2, effective_on=dt.date(2020, 1, 1), data=data)
    customer = create_scored(team)
    customer.reviews.update(policy_version=then)
    PolicyVersion.objects.create(
        number=3, effective_on=REVIEWED_AT.date(), data=policy_to_data(DEFAULT_POLICY)
    )
    create_report(as_of=SEPTEMBER, lines=[overdue(customer, 20)])
    adjusted()
    assert of(customer).new_score == Decimal(80)

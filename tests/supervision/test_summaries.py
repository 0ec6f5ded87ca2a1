"""The life of a monthly summary (P3.2.5): made, refreshed, analysed, signed once, sent; later reports are addenda."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from creditrisk.accounts.models import Absence, RoleAssignment, User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.jobs.models import JobRun
from creditrisk.notifications.models import Notification, OutboxMessage
from customers.models import Customer
from supervision.models import MonthlySummary, SummaryAddendum, SummaryState
from supervision.selectors.summaries import (
    late_reports,
    signed_with_late_reports,
    summaries_waiting_for,
    summary_document,
)
from supervision.services import summaries as making
from supervision.services.summaries import make_summaries, refresh_summary
from supervision.services.summary_addenda import add_addenda
from supervision.services.summary_job import (
    look_after_summaries_once,
    make_summaries_once,
    remind_of_summaries,
    summaries_due_on,
)
from supervision.services.summary_signing import ANALYSIS_MAX_LENGTH, save_analysis, sign_summary
from tests.factories.absences import stand_in
from tests.factories.people import create_user, reload
from tests.factories.reports import Line
from tests.receivables.pdf_text import pdf_text
from tests.supervision.summary_world import (
    MONTH,
    OCTOBER_END,
    SEPTEMBER_END,
    World,
    corrected,
    create_world,
    made,
    report,
)

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 2, 1, 0, tzinfo=dt.UTC)
"""Monday 2 November 2026, 9 in the morning in Shanghai: the first business day after October."""


@pytest.fixture
def world() -> World:
    return create_world()


def now_made(world: World) -> MonthlySummary:
    return made(world)[world.team.service_manager.username]


def signed(summary: MonthlySummary, by: User, analysis: str = "逾期集中在一家客户。") -> MonthlySummary:
    version = MonthlySummary.objects.get(pk=summary.pk).version
    return sign_summary(
        summary=summary, by=reload(by), analysis=analysis, seen_version=version, now=timezone.now()
    )


# Making ---------------------------------------------------------------------------------------------------------------


def test_one_for_each_manager_and_one_for_the_group(world: World) -> None:
    done = make_summaries(month=MONTH, now=NOW)
    names = sorted([world.team.service_manager.username, world.other.username])
    assert done.made == [*names, ""]
    assert (done.kept, done.errors) == ([], [])
    found = MonthlySummary.objects.get(service_manager=world.team.service_manager)
    assert (found.state, found.customers, found.version) == ("draft", [world.first.pk], 1)
    assert found.computed_at == NOW
    assert found.figures.customers == 1
    # Three business days after Monday 2 November.
    assert found.sign_by_on == dt.date(2026, 11, 5)
    told = Notification.objects.get(user=world.team.service_manager)
    assert "2026-10" in told.title
    assert told.url == found.get_absolute_url()
    assert MonthlySummary.objects.get(service_manager=None).customers == []


def test_a_second_run_makes_nothing_and_changes_nothing(world: World) -> None:
    first = make_summaries(month=MONTH, now=NOW)
    computed = list(MonthlySummary.objects.values_list("pk", "computed_at"))
    again = make_summaries(month=MONTH, now=NOW + dt.timedelta(days=1))
    assert (again.made, sorted(again.kept)) == ([], sorted(first.made))
    assert list(MonthlySummary.objects.values_list("pk", "computed_at")) == computed
    assert Notification.objects.count() == 2


def test_a_run_that_was_killed_in_the_middle_does_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, calls = making._make, []

    def killed(*args: Any) -> bool:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return make(*args)

    monkeypatch.setattr(making, "_make", killed)
    with pytest.raises(KeyboardInterrupt):
        make_summaries(month=MONTH, now=NOW)
    assert MonthlySummary.objects.count() == 1
    monkeypatch.undo()
    run = make_summaries_once(month=MONTH, now=NOW)
    assert run.result is not None
    assert (len(run.result["made"]), len(run.result["kept"]), run.units_done) == (2, 1, 3)
    assert MonthlySummary.objects.count() == 3


def test_one_that_fails_costs_nobody_else_his(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    make = making._make

    def failing(making_: Any, person: User | None, *args: Any) -> bool:
        if person == world.other:
            raise DatabaseError("disk full")
        return make(making_, person, *args)

    monkeypatch.setattr(making, "_make", failing)
    done = make_summaries(month=MONTH, now=NOW)
    assert done.errors == [f"{world.other.username}: DatabaseError: disk full"]
    assert done.made == [world.team.service_manager.username, ""]


def test_one_that_another_run_made_meanwhile_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    content = making.content_of_month

    def slower(month: dt.date, managers: Any) -> Any:
        found = content(month, managers)
        monkeypatch.setattr(making, "content_of_month", content)
        make_summaries(month=MONTH, now=NOW)
        return found

    monkeypatch.setattr(making, "content_of_month", slower)
    done = make_summaries(month=MONTH, now=NOW)
    assert (done.made, len(done.kept)) == ([], 3)
    assert MonthlySummary.objects.count() == 3
    assert Notification.objects.count() == 2


@pytest.mark.parametrize("month", [dt.date(2026, 11, 1), dt.date(2027, 1, 1), dt.date(2026, 10, 2)])
def test_a_month_that_is_not_over_has_no_summary(world: World, month: dt.date) -> None:
    with pytest.raises(InvalidInputError) as refused:
        make_summaries(month=month, now=NOW)
    assert refused.value.code == "summary.month_not_over"


def test_on_the_last_day_the_month_is_not_over_and_a_day_later_it_is(world: World) -> None:
    """By the company's time zone: 16:00 UTC is midnight in Shanghai."""
    with pytest.raises(InvalidInputError):
        make_summaries(month=MONTH, now=dt.datetime(2026, 10, 31, 15, 59, tzinfo=dt.UTC))
    assert make_summaries(month=MONTH, now=dt.datetime(2026, 10, 31, 16, 0, tzinfo=dt.UTC)).made


def test_it_is_due_on_the_first_business_day() -> None:
    """1 November 2026 is a Sunday; 1 October 2026 begins the holidays of a week."""
    assert summaries_due_on(MONTH) == dt.date(2026, 11, 2)
    assert summaries_due_on(dt.date(2026, 9, 1)) == dt.date(2026, 10, 8)


def test_the_job_runs_once_a_month(world: World) -> None:
    run = make_summaries_once(month=MONTH, now=NOW)
    assert (run.job, run.period, run.state, run.units_done) == ("monthly_summary", "2026-10", "done", 3)
    assert make_summaries_once(month=MONTH, now=NOW).pk == run.pk
    assert MonthlySummary.objects.count() == 3


def test_there_is_one_for_each_month_and_manager(world: World) -> None:
    summary = now_made(world)
    for person in (summary.service_manager, None):
        with pytest.raises(DatabaseError), transaction.atomic():
            MonthlySummary.objects.create(
                month=MONTH,
                service_manager=person,
                facts={},
                policy_version=summary.policy_version,
                computed_at=NOW,
                sign_by_on=MONTH,
            )


# Refreshing and analysing ---------------------------------------------------------------------------------------------


def test_a_draft_takes_in_a_later_report_and_a_handover(world: World) -> None:
    summary = now_made(world)
    save_analysis(summary=summary, by=world.team.service_manager, analysis="初稿", seen_version=1)
    corrected(world.closing, Line(world.first, SEPTEMBER_END, "100.00", "A"))
    Customer.objects.filter(pk=world.second.pk).update(service_manager=world.team.service_manager)
    fresh = refresh_summary(summary=summary, by=world.team.service_manager, now=timezone.now())
    assert fresh.figures.aging[0].total_amount == 100
    assert sorted(fresh.customers) == sorted([world.first.pk, world.second.pk])
    assert (fresh.analysis, fresh.version) == ("初稿", 3)
    assert late_reports(fresh).all == []


def test_where_nothing_changed_the_version_stays(world: World) -> None:
    summary = now_made(world)
    fresh = refresh_summary(summary=summary, by=world.team.service_manager, now=timezone.now())
    assert (fresh.version, fresh.facts) == (1, summary.facts)
    assert fresh.computed_at > summary.computed_at


def test_the_groups_is_refreshed_by_the_deputy(world: World) -> None:
    group = made(world)[""]
    corrected(world.closing, Line(world.first, SEPTEMBER_END, "100.00", "A"))
    fresh = refresh_summary(summary=group, by=world.team.deputy_leader, now=timezone.now())
    assert fresh.figures.aging[0].total_amount == 100
    for person in (world.team.group_leader, world.team.service_manager):
        with pytest.raises(NotAllowedError):
            refresh_summary(summary=group, by=person, now=timezone.now())


def test_the_same_text_twice_is_saved_once(world: World) -> None:
    summary, by = now_made(world), world.team.service_manager
    assert save_analysis(summary=summary, by=by, analysis=" 一 \n", seen_version=1).version == 2
    assert save_analysis(summary=summary, by=by, analysis="一", seen_version=1).version == 2
    with pytest.raises(ConflictError) as refused:
        save_analysis(summary=summary, by=by, analysis="二", seen_version=1)
    assert refused.value.code == "summary.changed"


def test_an_analysis_has_a_length(world: World) -> None:
    summary, by = now_made(world), world.team.service_manager
    longest = "长" * ANALYSIS_MAX_LENGTH
    assert save_analysis(summary=summary, by=by, analysis=longest, seen_version=1).analysis == longest
    with pytest.raises(InvalidInputError) as refused:
        save_analysis(summary=summary, by=by, analysis=longest + "长", seen_version=2)
    assert refused.value.code == "summary.analysis_too_long"


# Signing --------------------------------------------------------------------------------------------------------------


def test_the_signature_sends_it_to_leader_and_deputy(world: World) -> None:
    User.objects.filter(pk=world.team.deputy_leader.pk).update(language="zh-hans")
    summary = signed(now_made(world), world.team.service_manager)
    assert (summary.state, summary.signed_by) == (SummaryState.SIGNED, world.team.service_manager)
    for person in (world.team.group_leader, world.team.deputy_leader):
        assert Notification.objects.filter(user=person, url=summary.get_absolute_url()).count() == 1
    mails = {mail.to: mail for mail in OutboxMessage.objects.filter(key__startswith="summary_signed")}
    assert set(mails) == {"leader@example.com", "deputy@example.com"}
    mail = mails["leader@example.com"]
    assert mail.subject.startswith("Monthly summary 2026-10: ")
    assert "1,200.00" in mail.body
    assert "逾期集中在一家客户。" in mail.body
    with mail.attachment.open("rb") as file:
        pdf = pdf_text(file.read())
    assert "Monthlysummary2026-10" in pdf
    assert "逾期集中在一家客户。" in pdf
    assert mails["deputy@example.com"].language == "zh-hans"


def test_who_wants_no_mails_and_who_has_no_address_is_told_all_the_same(world: World) -> None:
    User.objects.filter(pk=world.team.group_leader.pk).update(mails_wanted=False)
    User.objects.filter(pk=world.team.deputy_leader.pk).update(email="")
    signed(now_made(world), world.team.service_manager)
    assert not OutboxMessage.objects.filter(key__startswith="summary_signed").exists()
    assert Notification.objects.filter(user=world.team.group_leader).count() == 1


def test_the_same_signature_twice_is_one(world: World) -> None:
    summary = now_made(world)
    first = signed(summary, world.team.service_manager)
    values = {"summary": summary, "by": world.team.service_manager, "seen_version": 1, "now": timezone.now()}
    assert sign_summary(analysis=first.analysis, **values).signed_at == first.signed_at
    assert OutboxMessage.objects.filter(key__startswith="summary_signed").count() == 2
    with pytest.raises(ConflictError) as refused:
        sign_summary(analysis="anders", **values)
    assert refused.value.code == "summary.signed"


def test_nobody_signs_without_an_analysis_or_what_he_has_not_seen(world: World) -> None:
    summary, by = now_made(world), world.team.service_manager
    with pytest.raises(InvalidInputError) as refused:
        sign_summary(summary=summary, by=by, analysis=" \n", seen_version=1, now=NOW)
    assert refused.value.code == "summary.analysis_missing"
    corrected(world.closing, Line(world.first, SEPTEMBER_END, "100.00", "A"))
    refresh_summary(summary=summary, by=by, now=timezone.now())
    with pytest.raises(ConflictError) as stale:
        sign_summary(summary=summary, by=by, analysis="一", seen_version=1, now=NOW)
    assert stale.value.code == "summary.changed"
    assert MonthlySummary.objects.get(pk=summary.pk).state == "draft"


def test_only_its_own_manager_signs(world: World) -> None:
    summary = now_made(world)
    for person in (world.other, world.team.deputy_leader, world.team.department_manager):
        with pytest.raises(NotAllowedError) as refused:
            signed(summary, person)
        assert refused.value.code == "summary.not_yours"
    RoleAssignment.objects.filter(user=world.team.service_manager).delete()
    with pytest.raises(NotAllowedError):
        signed(summary, world.team.service_manager)


def absent(person: User, deputy: User) -> None:
    today = timezone.localdate()
    stand_in(deputy, person=person, starts_on=today, ends_on=today, today=today)


def test_who_stands_in_for_the_manager_signs_in_his_name(world: World) -> None:
    """Both names are told, everywhere; the deputy reads the drafts of who is away, and what he signed himself."""
    manager, deputy = world.team.service_manager, world.team.account_manager
    summary = now_made(world)
    with pytest.raises(NotAllowedError):
        signed(summary, deputy)
    assert not MonthlySummary.objects.visible_to(reload(deputy)).exists()
    absent(manager, deputy)
    assert list(MonthlySummary.objects.visible_to(reload(deputy))) == [summary]
    assert [list(rows) for rows in summaries_waiting_for(reload(deputy))] == [[summary]]
    save_analysis(summary=summary, by=reload(deputy), analysis="代拟", seen_version=1)
    found = signed(summary, deputy)
    assert (found.signed_by, found.service_manager) == (deputy, manager)
    both = f"{deputy.display_name} on behalf of {manager.display_name}"
    assert found.signature == both
    assert f"Signed by {both} on" in OutboxMessage.objects.get(to="leader@example.com").body
    assert summary_document(found).signed_by == both
    assert Notification.objects.filter(user=manager, key=f"summary_signed:{summary.pk}").count() == 1
    Absence.objects.all().delete()
    assert list(MonthlySummary.objects.visible_to(reload(deputy))) == [summary]
    assert now_made(world).signature == both


def test_a_deputy_stands_in_for_the_manager_alone_and_not_for_whoever_lost_the_role(world: World) -> None:
    manager, deputy = world.team.service_manager, world.team.account_manager
    absent(manager, deputy)
    with pytest.raises(NotAllowedError):
        signed(made(world)[world.other.username], deputy)
    RoleAssignment.objects.filter(user=manager).delete()
    with pytest.raises(NotAllowedError):
        signed(now_made(world), deputy)
    assert not MonthlySummary.objects.visible_to(reload(deputy)).exists()
    assert summaries_waiting_for(reload(deputy)) == []


@pytest.mark.parametrize("leader", ["group_leader", "deputy_leader"])
@pytest.mark.parametrize("left", ["inactive", "without the role"])
def test_either_leader_signs_for_a_manager_who_left(world: World, leader: str, left: str) -> None:
    manager, by = world.team.service_manager, getattr(world.team, leader)
    summary, mine = now_made(world), {one.pk for rows in summaries_waiting_for(reload(by)) for one in rows}
    with pytest.raises(NotAllowedError):
        signed(summary, by)
    if left == "inactive":
        User.objects.filter(pk=manager.pk).update(is_active=False)
    else:
        RoleAssignment.objects.filter(user=manager).delete()
    waiting = {one.pk for rows in summaries_waiting_for(reload(by)) for one in rows}
    assert waiting == {*mine, summary.pk}
    with pytest.raises(NotAllowedError):
        signed(summary, world.other)
    found = signed(summary, by)
    assert found.signature == f"{by.display_name} on behalf of {manager.display_name}"


def test_a_draft_and_the_groups_have_no_second_name(world: World) -> None:
    found = made(world)
    assert found[""].signature == ""
    assert signed(found[""], world.team.deputy_leader).signature == world.team.deputy_leader.display_name
    own = signed(found[world.other.username], world.other)
    assert own.signature == world.other.display_name


def test_the_deputy_is_told_after_the_last_signature_and_signs_the_groups(world: World) -> None:
    found = made(world)
    deputy = world.team.deputy_leader
    signed(found[world.team.service_manager.username], world.team.service_manager)
    ready = Notification.objects.filter(user=deputy, key__startswith="summary_group_ready")
    assert not ready.exists()
    signed(found[world.other.username], world.other)
    assert ready.count() == 1
    with pytest.raises(NotAllowedError) as refused:
        signed(found[""], world.team.group_leader)
    assert refused.value.code == "summary.deputy_only"
    assert signed(found[""], deputy).state == "signed"
    mail = OutboxMessage.objects.get(key__startswith=f"summary_signed:{found[''].pk}:")
    assert (mail.to, mail.subject) == ("leader@example.com", "Monthly summary 2026-10: Whole group")


def test_the_deputy_signs_the_groups_at_any_time_and_is_not_asked_again(world: World) -> None:
    found = made(world)
    assert signed(found[""], world.team.deputy_leader).state == "signed"
    for person in (world.team.service_manager, world.other):
        signed(found[person.username], person)
    assert not Notification.objects.filter(key__startswith="summary_group_ready").exists()


def test_the_database_refuses_every_change_of_a_signed_one(world: World) -> None:
    summary = signed(now_made(world), world.team.service_manager)
    for change in (
        {"facts": {}},
        {"analysis": "anders"},
        {"state": "draft", "signed_at": None, "signed_by": None},
        {"computed_at": NOW},
    ):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            MonthlySummary.objects.filter(pk=summary.pk).update(**change)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        MonthlySummary.objects.filter(pk=summary.pk).delete()
    with pytest.raises(ConflictError):
        refresh_summary(summary=summary, by=world.team.service_manager, now=NOW)
    with pytest.raises(ConflictError):
        save_analysis(summary=summary, by=world.team.service_manager, analysis="anders", seen_version=2)


def at_once(acts: dict[str, Callable[[], object]]) -> dict[str, object]:
    """Do all acts at the same moment, each in a thread; return what each returned, or the code of its refusal."""
    outcomes: dict[str, object] = {}
    barrier = threading.Barrier(len(acts))

    def attempt(name: str) -> None:
        barrier.wait()
        try:
            outcomes[name] = acts[name]()
        except ConflictError as refused:
            outcomes[name] = refused.code
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(name,)) for name in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_signing_and_refreshing_at_once_leave_one_consistent_summary() -> None:
    """Whichever comes first: what is signed is what its signer saw, or he is told that it changed."""
    world = create_world()
    by = world.team.service_manager
    for number in range(4):
        summary = made(world, month=dt.date(2026, 10 - number, 1))[by.username]
        holder = by if number % 2 == 0 else world.other
        Customer.objects.filter(pk=world.second.pk).update(service_manager=holder)
        outcomes = at_once(
            {
                "sign": partial(
                    sign_summary, summary=summary, by=by, analysis="一", seen_version=1, now=timezone.now()
                ),
                "refresh": partial(refresh_summary, summary=summary, by=by, now=timezone.now()),
            }
        )
        stored = MonthlySummary.objects.get(pk=summary.pk)
        if outcomes["refresh"] == "summary.signed":
            assert (stored.state, stored.facts) == ("signed", summary.facts)
        else:
            assert outcomes["sign"] == "summary.changed"
            assert (stored.state, stored.analysis) == ("draft", "")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_who_sign_last_at_the_same_moment_one_tells_the_deputy() -> None:
    world = create_world()
    for number in range(3):
        found = made(world, month=dt.date(2026, 10 - number, 1))
        outcomes = at_once(
            {
                person.username: partial(
                    sign_summary,
                    summary=found[person.username],
                    by=person,
                    analysis="一",
                    seen_version=1,
                    now=timezone.now(),
                )
                for person in (world.team.service_manager, world.other)
            }
        )
        assert all(isinstance(outcome, MonthlySummary) for outcome in outcomes.values())
        key = f"summary_group_ready:{found[''].pk}"
        assert Notification.objects.filter(user=world.team.deputy_leader, key=key).count() == 1


# Late reports ---------------------------------------------------------------------------------------------------------


def test_a_correction_after_the_signature_is_an_addendum(world: World) -> None:
    """Finance corrects October: A is 650, not 700. Its manager and the group get an addendum, the other one, whose
    figures are the same, an empty one; the signed figures stay.
    """
    found = made(world)
    first = signed(found[world.team.service_manager.username], world.team.service_manager)
    other = signed(found[world.other.username], world.other)
    group = signed(found[""], world.team.deputy_leader)
    assert add_addenda(now=timezone.now()).changed == 0
    late = corrected(
        world.closing,
        Line(world.first, SEPTEMBER_END, "650.00", "A"),
        Line(world.first, dt.date(2026, 11, 30), "500.00", "B"),
        Line(world.second, dt.date(2026, 9, 15), "300.00", "C"),
        Line(world.second, OCTOBER_END, "-40.00", "D"),
    )
    done = add_addenda(now=timezone.now())
    assert (done.changed, done.unchanged, done.errors) == (2, 1, [])
    addendum = SummaryAddendum.objects.get(summary=first)
    assert addendum.report == late
    changes = {one.figure: (one.before, one.after) for one in addendum.differences}
    assert changes == {
        "total": (1200, 1150),
        "overdue": (700, 650),
        "bucket:2": (700, 650),
        "paid": (300, 350),
    }
    assert SummaryAddendum.objects.get(summary=other).changes == []
    assert SummaryAddendum.objects.get(summary=group).differences[0].change == -50
    stored = MonthlySummary.objects.get(pk=first.pk)
    assert stored.facts == first.facts
    again = add_addenda(now=timezone.now())
    assert (again.changed, again.unchanged) == (0, 0)
    assert SummaryAddendum.objects.count() == 3


def test_a_handover_after_the_signature_changes_nothing(world: World) -> None:
    """The addendum is about the customers of the signature, whoever has them now."""
    summary = signed(now_made(world), world.team.service_manager)
    Customer.objects.filter(pk=world.first.pk).update(service_manager=world.other)
    corrected(
        world.closing,
        Line(world.first, SEPTEMBER_END, "700.00", "A"),
        Line(world.first, dt.date(2026, 11, 30), "500.00", "B"),
    )
    add_addenda(now=timezone.now())
    assert SummaryAddendum.objects.get(summary=summary).changes == []


def test_the_month_before_and_payables_are_causes_of_their_own(world: World) -> None:
    summary = signed(now_made(world), world.team.service_manager)
    before = corrected(world.opening, Line(world.first, SEPTEMBER_END, "900.00", "A"))
    payables = report(OCTOBER_END.replace(day=30))
    type(payables).objects.filter(pk=payables.pk).update(kind="payables", file_kind="payables")
    world.first.payable_sums.create(report=payables, currency="CNY", total_amount=25, items=1)
    assert add_addenda(now=timezone.now()).changed == 2
    found = {
        one.report_id: {part.figure for part in one.differences}
        for one in SummaryAddendum.objects.filter(summary=summary)
    }
    assert found == {before.pk: {"opening", "paid"}, payables.pk: {"payables"}}
    late = corrected(world.closing, Line(world.first, SEPTEMBER_END, "650.00", "A"))
    earlier = corrected(before, Line(world.first, SEPTEMBER_END, "950.00", "A"))
    add_addenda(now=timezone.now())
    told = {one.report_id: {part.figure for part in one.differences} for one in summary.addenda.all()}
    assert told[earlier.pk] == {"opening"}
    assert {"total", "new"} <= told[late.pk]


def test_late_payables_alone_are_an_addendum(world: World) -> None:
    summary = signed(now_made(world), world.team.service_manager)
    payables = report(OCTOBER_END.replace(day=30))
    type(payables).objects.filter(pk=payables.pk).update(kind="payables", file_kind="payables")
    world.first.payable_sums.create(report=payables, currency="CNY", total_amount=25, items=1)
    assert add_addenda(now=timezone.now()).changed == 1
    (addendum,) = SummaryAddendum.objects.filter(summary=summary)
    assert [(one.figure, one.before, one.after) for one in addendum.differences] == [("payables", None, 25)]
    assert str(addendum) == f"2026-10 {world.team.service_manager.display_name} {payables.number}"


def test_a_report_of_another_month_and_a_draft_get_none(world: World) -> None:
    summary = signed(now_made(world), world.team.service_manager)
    report(dt.date(2026, 11, 30), Line(world.first, SEPTEMBER_END, "1.00", "A"))
    report(dt.date(2026, 8, 31), Line(world.first, SEPTEMBER_END, "1.00", "A"))
    corrected(world.closing, Line(world.first, SEPTEMBER_END, "700.00", "A"))
    add_addenda(now=timezone.now())
    assert set(SummaryAddendum.objects.values_list("summary", flat=True)) == {summary.pk}
    assert SummaryAddendum.objects.count() == 1


def test_a_report_that_the_figures_were_not_made_from_is_late_whatever_the_clocks_say(world: World) -> None:
    """Committed by its clock before the figures were computed, in force only after: its transaction took longer."""
    summary = now_made(world)
    assert late_reports(summary).all == []
    late = corrected(world.closing, Line(world.first, SEPTEMBER_END, "650.00", "A"))
    type(late).objects.filter(pk=late.pk).update(committed_at=summary.computed_at - dt.timedelta(minutes=5))
    assert late_reports(summary).all == [late]
    signed(summary, world.team.service_manager)
    assert add_addenda(now=timezone.now()).changed == 1
    assert SummaryAddendum.objects.get(summary=summary).report == late
    assert late_reports(summary).all == []


def test_a_report_that_the_figures_were_made_from_is_not_late_whatever_the_clocks_say(world: World) -> None:
    type(world.closing).objects.update(committed_at=timezone.now() + dt.timedelta(hours=1))
    summary = now_made(world)
    assert late_reports(summary).all == []
    signed(summary, world.team.service_manager)
    assert add_addenda(now=timezone.now()).unchanged == 0


def test_what_is_late_is_asked_for_all_summaries_of_a_month_together(
    world: World, django_assert_num_queries: Any
) -> None:
    found = made(world)
    signed(found[world.team.service_manager.username], world.team.service_manager)
    with django_assert_num_queries(4):
        assert signed_with_late_reports() == []
    signed(found[world.other.username], world.other)
    signed(found[""], world.team.deputy_leader)
    with django_assert_num_queries(4):
        assert signed_with_late_reports() == []


def test_one_addendum_that_fails_costs_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from supervision.services import summary_addenda

    found = made(world)
    bad = signed(found[world.team.service_manager.username], world.team.service_manager)
    signed(found[world.other.username], world.other)
    corrected(world.closing, Line(world.first, SEPTEMBER_END, "1.00", "A"))
    add = summary_addenda._add

    def failing(summary: MonthlySummary, **values: Any) -> Any:
        if summary.pk == bad.pk:
            raise DatabaseError("disk full")
        return add(summary, **values)

    monkeypatch.setattr(summary_addenda, "_add", failing)
    done = add_addenda(now=timezone.now())
    assert (done.changed, done.errors) == (1, [f"{bad.pk}: DatabaseError: disk full"])


def test_who_was_faster_under_the_lock_leaves_nothing_to_add(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from supervision.services import summary_addenda

    summary = signed(now_made(world), world.team.service_manager)
    corrected(world.closing, Line(world.first, SEPTEMBER_END, "1.00", "A"))
    assert add_addenda(now=timezone.now()).changed == 1
    assert summary_addenda._add(summary, now=timezone.now()) == []


def test_addenda_are_final(world: World) -> None:
    signed(now_made(world), world.team.service_manager)
    corrected(world.closing, Line(world.first, SEPTEMBER_END, "1.00", "A"))
    add_addenda(now=timezone.now())
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        SummaryAddendum.objects.update(changes=[])


# Reminders ------------------------------------------------------------------------------------------------------------


def test_reminded_on_the_last_day_and_told_to_the_deputy_the_day_after(world: World) -> None:
    make_summaries(month=MONTH, now=NOW)
    manager, deputy = world.team.service_manager, world.team.deputy_leader
    summary = MonthlySummary.objects.get(service_manager=manager)
    signed(MonthlySummary.objects.get(service_manager=world.other), world.other)

    def told(person: User, kind: str) -> int:
        return Notification.objects.filter(user=person, key=f"{kind}:{summary.pk}").count()

    assert remind_of_summaries(on=summary.sign_by_on - dt.timedelta(days=1)) == 0
    assert remind_of_summaries(on=summary.sign_by_on) == 2
    assert remind_of_summaries(on=summary.sign_by_on) == 0
    assert (told(manager, "summary_remind"), told(manager, "summary_late")) == (1, 0)
    assert told(deputy, "summary_late") == 0
    # Each draft counts once when it is late, not anew every day.
    counted = [remind_of_summaries(on=summary.sign_by_on + dt.timedelta(days=days)) for days in (1, 1, 2)]
    assert counted == [2, 0, 0]
    assert (told(manager, "summary_remind"), told(manager, "summary_late")) == (1, 1)
    assert told(deputy, "summary_late") == 1
    group = MonthlySummary.objects.get(service_manager=None)
    assert Notification.objects.filter(user=deputy, key=f"summary_late:{group.pk}").count() == 1


def test_who_stands_in_is_reminded_and_for_who_left_the_deputy_leader(world: World) -> None:
    make_summaries(month=MONTH, now=NOW)
    manager, deputy, leader = world.team.service_manager, world.team.account_manager, world.team.deputy_leader
    on = MonthlySummary.objects.get(service_manager=manager).sign_by_on
    stand_in(deputy, person=manager, starts_on=on, ends_on=on, today=on)
    User.objects.filter(pk=world.other.pk).update(is_active=False)
    assert remind_of_summaries(on=on) == 3

    def reminded(person: User) -> set[User | None]:
        keys = Notification.objects.filter(user=person, key__startswith="summary_remind").values_list("key")
        pks = [int(key.partition(":")[2]) for (key,) in keys]
        return {one.service_manager for one in MonthlySummary.objects.filter(pk__in=pks)}

    assert (reminded(manager), reminded(deputy)) == ({manager}, {manager})
    assert reminded(leader) == {None, world.other}
    assert reminded(world.other) == set()


def test_the_days_care_is_done_once(world: World) -> None:
    make_summaries(month=MONTH, now=NOW)
    later = NOW + dt.timedelta(days=30)
    run = look_after_summaries_once(now=later)
    assert run.state == JobRun.State.DONE
    assert run.result == {"addenda": 0, "unchanged": 0, "reminded": 3}
    assert look_after_summaries_once(now=later).pk == run.pk


def test_what_waits_for_whom(world: World) -> None:
    found = made(world)

    def waiting(person: User) -> set[int]:
        return {one.pk for rows in summaries_waiting_for(reload(person)) for one in rows}

    assert waiting(world.team.service_manager) == {found[world.team.service_manager.username].pk}
    assert waiting(world.team.deputy_leader) == {found[""].pk}
    assert waiting(world.team.group_leader) == waiting(create_user(Role.ACCOUNT_MANAGER)) == set()
    signed(found[""], world.team.deputy_leader)
    assert waiting(world.team.deputy_leader) == set()

"""The log of case reviews: written by leaders, signed off once, corrected by addenda (P3.1 d)."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.badges import badge_counts
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.jobs.models import JobRun
from creditrisk.notifications.models import Notification
from customers.merging import Relation
from customers.models import Customer
from customers.panels import panels_for
from customers.timeline import timeline_of
from supervision.models import (
    CaseAddendum,
    CaseFollowUp,
    CaseReview,
    CaseReviewCustomer,
    CaseReviewFile,
    CaseReviewState,
    InvoicedSum,
    ReportFigures,
)
from supervision.selectors import case_reviews as selectors
from supervision.services.case_reviews import (
    add_addendum,
    attach_case_review_files,
    change_case_review,
    close_case_review,
    discuss_customer,
    leave_customer_out,
    open_case_review,
)
from supervision.services.follow_ups import (
    ask_follow_up,
    complete_follow_up,
    leave_follow_up_out,
    remind_follow_ups_once,
)
from supervision.services.merging import move_case_points, move_invoiced_sums
from tests.factories.customers import PDF, create_active_customer
from tests.factories.people import Team, create_team, create_user, reload
from tests.factories.reports import create_report
from tests.supervision.meetings import (
    HELD_ON,
    NOW,
    asked,
    create_closed_meeting,
    create_meeting,
    held,
    minutes_of,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(
        number="C1", account_manager=team.account_manager, service_manager=team.service_manager
    )


@pytest.fixture
def foreign() -> Customer:
    return create_active_customer(number="C2", account_manager=create_user(Role.ACCOUNT_MANAGER))


def titles(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


# Minutes --------------------------------------------------------------------------------------------------------------


def test_a_meeting_is_opened_once_and_who_takes_part_is_told(team: Team) -> None:
    key = uuid4()
    people = [team.account_manager, team.deputy_leader]
    first, again = (
        open_case_review(minutes=minutes_of(participants=people), by=team.deputy_leader, submission_key=key)
        for _time in range(2)
    )
    assert first == again
    assert first.number == "CR-2026-0001"
    assert held(team).number == "CR-2026-0002"
    assert titles(team.account_manager) == ["You take part in “案例会” on 2026-11-20."]
    assert titles(team.deputy_leader) == []  # he knows


@pytest.mark.parametrize("role", ["account_manager", "general_manager", "administrator"])
def test_leaders_alone_hold_meetings(team: Team, role: str) -> None:
    with pytest.raises(NotAllowedError):
        open_case_review(minutes=minutes_of(), by=team.holder(role))


def test_a_meeting_has_a_title(team: Team) -> None:
    with pytest.raises(InvalidInputError) as refused:
        held(team, title=" \n ")
    assert refused.value.code == "case_review.title_missing"


def test_minutes_are_written_anew_from_what_was_read(team: Team) -> None:
    """Twice is once; from an older version is refused, and only who is new is told."""
    review = held(team, participants=[team.account_manager])
    people = [team.account_manager, team.service_manager]
    for _time in range(2):
        changed = change_case_review(
            review=review,
            minutes=minutes_of(minutes="新", title="  新  题 ", participants=people),
            version=1,
            by=team.group_leader,
        )
        assert (changed.version, changed.title, changed.minutes) == (2, "新 题", "新")
    assert (len(titles(team.account_manager)), len(titles(team.service_manager))) == (1, 1)
    with pytest.raises(ConflictError) as refused:
        change_case_review(review=review, minutes=minutes_of(), version=1, by=team.deputy_leader)
    assert refused.value.code == "case_review.changed_meanwhile"
    with pytest.raises(NotAllowedError):
        change_case_review(review=review, minutes=minutes_of(), version=2, by=team.service_manager)


def test_what_was_said_about_a_customer(team: Team, customer: Customer) -> None:
    review = held(team)
    point = discuss_customer(review=review, customer=customer, point=" 慢 ", by=team.deputy_leader)
    assert discuss_customer(review=review, customer=customer, point="慢", by=team.deputy_leader) == point
    seen = CaseReview.objects.get(pk=review.pk).version
    discuss_customer(review=review, customer=customer, point="更慢", by=team.group_leader, version=seen)
    assert [(one.point, one.added_by) for one in review.points.all()] == [("更慢", team.group_leader)]
    with pytest.raises(InvalidInputError):
        discuss_customer(review=review, customer=customer, point=" ", by=team.deputy_leader)
    with pytest.raises(NotAllowedError):
        discuss_customer(review=review, customer=customer, point="?", by=team.service_manager)
    for _time in range(2):
        leave_customer_out(review=review, customer=customer, by=team.deputy_leader)
    assert not review.points.exists()


def test_somebody_else_s_words_about_a_customer_are_not_overwritten_unread(
    team: Team, customer: Customer, foreign: Customer
) -> None:
    """Both leaders have the page open and write about the same customer: the second one is told. About another customer
    nothing would be lost, and the same words twice are once.
    """
    review = held(team)
    first = discuss_customer(
        review=review, customer=customer, point="慢", by=team.deputy_leader, version=review.version
    )
    for version in (review.version, None):
        with pytest.raises(ConflictError) as refused:
            discuss_customer(
                review=review, customer=customer, point="快", by=team.group_leader, version=version
            )
        assert refused.value.code == "case_review.changed_meanwhile"
    assert [one.point for one in review.points.all()] == ["慢"]
    again = discuss_customer(
        review=review, customer=customer, point="慢", by=team.group_leader, version=review.version
    )
    assert again == first
    discuss_customer(
        review=review, customer=foreign, point="快", by=team.group_leader, version=review.version
    )
    assert [one.point for one in review.points.all()] == ["慢", "快"]


def test_the_database_refuses_every_change_of_signed_minutes(team: Team, customer: Customer) -> None:
    """Minutes, who took part, what was said, and addenda; those that are being written change as before."""
    signed, written = create_closed_meeting(customer, team), create_meeting(customer, team)
    changes: list[Callable[[CaseReview], Any]] = [
        lambda review: CaseReview.objects.filter(pk=review.pk).update(minutes="x"),
        lambda review: review.points.update(point="x"),
        lambda review: review.points.create(
            customer=create_active_customer(), point="x", added_by=team.deputy_leader
        ),
        lambda review: review.participants.add(team.account_manager),
        lambda review: review.participants.clear(),
        lambda review: review.points.all().delete(),
    ]
    for change in changes:
        with pytest.raises(DatabaseError, match=r"signed off|Cannot update or delete"), transaction.atomic():
            change(signed)
    moved = CaseReviewCustomer.objects.filter(review=written)
    with pytest.raises(DatabaseError, match="signed off"), transaction.atomic():
        moved.update(review=signed, customer=create_active_customer())
    for change in changes:
        change(written)
    for forbidden in (
        lambda: CaseReview.objects.filter(pk=signed.pk)._raw_delete("default"),
        lambda: CaseAddendum.objects.update(text="x"),
        lambda: CaseAddendum.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            forbidden()
    assert (CaseReviewCustomer.objects.get(review=signed).point, CaseAddendum.objects.get().text) == (
        "付款变慢",
        "更正",
    )


def test_files_are_kept_once_and_not_too_many(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    review = held(team)
    files = [("纪要.pdf", PDF), ("纪要.pdf", PDF)]
    assert attach_case_review_files(review=review, files=files, by=team.deputy_leader) == 1
    assert attach_case_review_files(review=review, files=files, by=team.deputy_leader) == 0
    with pytest.raises(InvalidInputError) as refused:
        attach_case_review_files(review=review, files=[("空.pdf", b"")], by=team.deputy_leader)
    assert str(refused.value).startswith("空.pdf: ")
    monkeypatch.setattr(settings, "CREDITRISK_ATTACHMENTS_MAX_COUNT", 1)
    with pytest.raises(InvalidInputError) as refused:
        attach_case_review_files(review=review, files=[("b.pdf", PDF + b"%2")], by=team.deputy_leader)
    assert refused.value.code == "case_review.too_many_files"
    assert CaseReviewFile.objects.count() == 1


def test_what_hangs_on_the_minutes_is_signed_as_it_was_read(team: Team, customer: Customer) -> None:
    """Somebody notes a point after the leader has opened the page: he reads it before he signs."""
    review = create_meeting(customer, team)
    read = CaseReview.objects.get(pk=review.pk).version
    leave_customer_out(review=review, customer=customer, by=team.deputy_leader)
    with pytest.raises(ConflictError):
        close_case_review(review=review, version=read, by=team.group_leader, now=NOW)


def test_signed_minutes_stay_as_they_are(team: Team, customer: Customer) -> None:
    """The group leader signs what he read; a second click changes nothing; afterwards only addenda and results."""
    review = create_meeting(customer, team)
    read = CaseReview.objects.get(pk=review.pk).version
    with pytest.raises(NotAllowedError):
        close_case_review(review=review, version=read, by=team.deputy_leader, now=NOW)
    with pytest.raises(ConflictError):
        close_case_review(review=review, version=read - 1, by=team.group_leader, now=NOW)
    for time in (NOW, NOW + DAY):
        closed = close_case_review(review=review, version=read, by=team.group_leader, now=time)
        assert (closed.state, closed.closed_by, closed.closed_at) == (
            CaseReviewState.CLOSED,
            team.group_leader,
            NOW,
        )
    other = create_user(Role.GROUP_LEADER)
    follow_up, leader = review.follow_ups.get(), team.deputy_leader
    refused: list[Callable[[], Any]] = [
        lambda: close_case_review(review=review, version=1, by=other, now=NOW),
        lambda: change_case_review(review=review, minutes=minutes_of(title="x"), version=1, by=leader),
        lambda: discuss_customer(review=review, customer=customer, point="x", by=leader),
        lambda: leave_customer_out(review=review, customer=customer, by=leader),
        lambda: attach_case_review_files(review=review, files=[], by=leader),
        lambda: asked(review, team.service_manager, by=leader),
        lambda: leave_follow_up_out(follow_up=follow_up, by=leader),
    ]
    for action in refused:
        with pytest.raises(ConflictError):
            action()
    assert (
        complete_follow_up(follow_up=follow_up, result="好", by=team.service_manager, now=NOW).done_at == NOW
    )
    assert [title for title in titles(team.finance_clerk) if "signed off" in title]


def test_addenda(team: Team, customer: Customer) -> None:
    review = held(team, participants=[team.service_manager])
    with pytest.raises(ConflictError):
        add_addendum(review=review, text="更正", by=team.deputy_leader, now=NOW)
    close_case_review(review=review, version=1, by=team.group_leader, now=NOW)
    key = uuid4()
    first, again = (
        add_addendum(review=review, text=" 更正 ", by=team.deputy_leader, now=NOW, submission_key=key)
        for _time in range(2)
    )
    assert first == again
    assert (first.text, CaseAddendum.objects.count()) == ("更正", 1)
    assert "addendum" in titles(team.service_manager)[-1]
    with pytest.raises(InvalidInputError):
        add_addendum(review=review, text=" ", by=team.deputy_leader, now=NOW)
    with pytest.raises(NotAllowedError):
        add_addendum(review=review, text="更正", by=team.service_manager, now=NOW)


# Follow-ups -----------------------------------------------------------------------------------------------------------


def test_a_follow_up_is_asked_once_and_who_is_responsible_is_told(team: Team, customer: Customer) -> None:
    review, key = held(team), uuid4()
    first, again = (
        asked(review, team.service_manager, by=team.deputy_leader, customer=customer, submission_key=key)
        for _time in range(2)
    )
    assert first == again
    assert titles(team.service_manager) == ["To do after “案例会” by 2026-11-30: 催收"]
    own = asked(review, team.deputy_leader, by=team.deputy_leader)
    assert (titles(team.deputy_leader), own.customer) == ([], None)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": " "}, "case_follow_up.text_missing"),
        ({"due_on": HELD_ON - DAY}, "case_follow_up.due_before_meeting"),
        ({"due_on": HELD_ON}, None),
    ],
)
def test_what_a_follow_up_needs(team: Team, fields: dict[str, Any], code: str | None) -> None:
    review = held(team)
    if code is None:
        assert asked(review, team.service_manager, by=team.deputy_leader, **fields)
        return
    with pytest.raises(InvalidInputError) as refused:
        asked(review, team.service_manager, by=team.deputy_leader, **fields)
    assert refused.value.code == code


def test_who_is_responsible_sees_the_customer_and_is_at_work(team: Team, foreign: Customer) -> None:
    review = held(team)
    for person, about in ((team.service_manager, foreign), (create_user(), None)):
        with pytest.raises(InvalidInputError) as refused:
            asked(review, person, by=team.deputy_leader, customer=about)
        assert refused.value.code == "case_follow_up.responsible"
    assert asked(review, team.legal_affairs, by=team.deputy_leader, customer=foreign)


def test_leaders_alone_ask(team: Team) -> None:
    with pytest.raises(NotAllowedError):
        ask_follow_up(
            review=held(team),
            text="x",
            responsible=team.service_manager,
            due_on=HELD_ON,
            by=team.service_manager,
        )


def test_done_once(team: Team, customer: Customer) -> None:
    follow_up = create_meeting(customer, team).follow_ups.get()
    with pytest.raises(NotAllowedError):
        complete_follow_up(follow_up=follow_up, result="", by=team.account_manager, now=NOW)
    complete_follow_up(follow_up=follow_up, result=" 已签 \n 计划 ", by=team.service_manager, now=NOW)
    stored = complete_follow_up(follow_up=follow_up, result="别的", by=team.group_leader, now=NOW + DAY)
    assert (stored.done_by, stored.done_at, stored.result) == (team.service_manager, NOW, "已签 计划")


def test_a_mistake_is_taken_out_what_is_done_stays(team: Team, customer: Customer) -> None:
    review = create_meeting(customer, team)
    done, mistake = review.follow_ups.get(), asked(review, team.legal_affairs, by=team.deputy_leader)
    complete_follow_up(follow_up=done, result="", by=team.service_manager, now=NOW)
    for follow_up in (done, mistake, mistake):
        leave_follow_up_out(follow_up=follow_up, by=team.deputy_leader)
    assert list(review.follow_ups.all()) == [done]


def test_reminders_two_days_before_and_once_overdue(team: Team) -> None:
    """Due on the 30th: nothing on the 27th; reminded on the 28th, not again on the 29th and 30th; on 1 December it is
    overdue, told once. Who has done it is left alone.
    """
    review = held(team)
    asked(review, team.service_manager, by=team.deputy_leader)
    done = asked(review, team.account_manager, by=team.deputy_leader)
    complete_follow_up(follow_up=done, result="", by=team.account_manager, now=NOW)
    told, counted = [], []
    for day in (27, 28, 29, 30, 31, 32):
        run = remind_follow_ups_once(on=dt.date(2026, 11, 1) + (day - 1) * DAY)
        counted.append(run.units_done)
        told.append(len(titles(team.service_manager)) - 1)
    assert told == [0, 1, 1, 1, 2, 2]
    assert counted == [0, 1, 0, 0, 1, 0]
    assert "Due on 2026-11-30" in titles(team.service_manager)[1]
    assert "Overdue since 2026-11-30" in titles(team.service_manager)[2]
    assert len(titles(team.account_manager)) == 1


def test_missed_days_are_made_up_for_and_a_day_runs_once(team: Team) -> None:
    asked(held(team), team.service_manager, by=team.deputy_leader)
    first = remind_follow_ups_once(on=dt.date(2026, 12, 9))
    assert remind_follow_ups_once(on=dt.date(2026, 12, 9)) == first
    assert (first.state, first.units_done) == (JobRun.State.DONE, 1)
    assert "Overdue since 2026-11-30" in titles(team.service_manager)[1]


# Who reads what -------------------------------------------------------------------------------------------------------


def test_who_reads_what(team: Team, customer: Customer, foreign: Customer) -> None:
    """Supervisors everything; who took part the minutes and what is about his customers; whose customer was discussed
    only that; who has something to do that; anybody else nothing.
    """
    review = held(team, participants=[team.account_manager])
    for one in (customer, foreign):
        discuss_customer(review=review, customer=one, point=one.number, by=team.deputy_leader)
    helper = create_user(Role.SERVICE_MANAGER)
    general = asked(review, helper, by=team.deputy_leader)
    about = asked(review, team.legal_affairs, by=team.deputy_leader, customer=foreign)
    stranger, lost = create_user(Role.SERVICE_MANAGER), create_user()

    def reads(person: User) -> tuple[bool, bool, list[str], list[CaseFollowUp]]:
        user = reload(person)
        seen = selectors.case_review_for_page(user).filter(pk=review.pk).first()
        if seen is None:
            return False, False, [], []
        points = [one.point for one in selectors.points_of(review, user)]
        return True, selectors.reads_all_of(user, seen), points, list(selectors.follow_ups_of(review, user))

    assert reads(team.general_management) == (True, True, ["C1", "C2"], [general, about])
    assert reads(team.account_manager) == (True, True, ["C1"], [general])
    assert reads(team.service_manager) == (True, False, ["C1"], [])
    assert foreign.account_manager is not None
    assert reads(foreign.account_manager) == (True, False, ["C2"], [about])
    assert reads(helper) == (True, False, [], [general])
    for nobody in (stranger, lost, team.administrator):
        assert reads(nobody) == (False, False, [], [])
    for user in (team.general_management, team.account_manager, helper):
        (row,) = selectors.case_review_list(reload(user))
        assert row.discussed == len(reads(user)[2])  # type: ignore[attr-defined]
        assert row.open_follow_ups == len(reads(user)[3])  # type: ignore[attr-defined]
    assert [
        badge_counts(reload(user))["supervision:follow_up_list"] for user in (helper, stranger, lost)
    ] == [1, 0, 0]
    assert list(selectors.follow_ups_waiting_for(lost)) == []


def test_who_lost_his_roles_reads_no_more(team: Team) -> None:
    review = held(team, participants=[team.account_manager])
    team.account_manager.role_assignments.all().delete()
    lost = reload(team.account_manager)
    assert not CaseReview.objects.visible_to(lost).exists()
    assert not selectors.reads_all_of(lost, review)
    assert not CaseAddendum.objects.visible_to(lost).exists()
    assert not CaseFollowUp.objects.visible_to(lost).exists()


def test_the_customer_s_page_and_timeline_tell_it(team: Team, customer: Customer) -> None:
    assert [panel.title for panel in panels_for(customer=customer, user=team.group_leader)].count(
        "Case reviews"
    ) == 0
    review = create_meeting(customer, team)
    follow_up = review.follow_ups.get()
    panels = {str(panel.title): panel for panel in panels_for(customer=customer, user=team.group_leader)}
    context = panels["Case reviews"].context
    assert ([point.point for point in context["points"]], [one for one, _late in context["follow_ups"]]) == (
        ["付款变慢"],
        [follow_up],
    )
    complete_follow_up(follow_up=follow_up, result="已签", by=team.service_manager, now=NOW)
    entries = [
        line.entry for line in timeline_of(customer=customer, person=None, codes=["case_review"]).lines
    ]
    assert [(entry.title, entry.text) for entry in entries] == [
        ("Follow-up done: 催收", "已签"),
        ("Discussed in case review", "付款变慢"),
    ]


def test_one_history_for_two_files(team: Team, customer: Customer, foreign: Customer) -> None:
    """Both were discussed in one meeting: both points stand under the file kept. What was invoiced is added up."""
    both, only = held(team), held(team)
    for review, one in ((both, customer), (both, foreign), (only, foreign)):
        discuss_customer(review=review, customer=one, point=one.number, by=team.deputy_leader)
    read = CaseReview.objects.get(pk=both.pk)  # also what is signed off moves: its words stay
    close_case_review(review=read, version=read.version, by=team.group_leader, now=NOW)
    moved = move_case_points(Relation(CaseReviewCustomer, "customer"), customer, foreign)
    assert moved.moved == 2
    points = CaseReviewCustomer.objects.order_by("review__pk").values_list("customer__number", "point")
    assert list(points) == [("C1", "C1\nC2"), ("C1", "C2")]
    report = create_report(as_of=HELD_ON)
    figures = ReportFigures.objects.create(report=report, opening=report)
    for one, currency, amount in ((customer, "CNY", 5), (foreign, "CNY", 7), (foreign, "USD", 9)):
        InvoicedSum.objects.create(figures=figures, customer=one, currency=currency, invoiced_amount=amount)
    assert move_invoiced_sums(Relation(InvoicedSum, "customer"), customer, foreign).moved == 2
    sums = InvoicedSum.objects.order_by("currency").values_list(
        "customer__number", "currency", "invoiced_amount"
    )
    assert list(sums) == [("C1", "CNY", 12), ("C1", "USD", 9)]


# At the same moment ---------------------------------------------------------------------------------------------------


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Run the actions at the same moment; return each one's result or refusal."""
    barrier, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(place: int, action: Callable[[], Any]) -> None:
        barrier.wait(timeout=10)
        try:
            results[place] = action()
        except BusinessError as refused:
            results[place] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_double_clicks_and_races() -> None:
    """The same form twice at once is one meeting, without a gap in the numbers; signing off against changing ends one
    way or the other, never with words that nobody signed.
    """
    team = create_team()
    for number in range(1, 11):
        key = uuid4()

        def send(key: Any = key) -> CaseReview:
            return open_case_review(minutes=minutes_of(), by=team.deputy_leader, submission_key=key)

        first, second = at_once(send, send)
        assert first == second
        assert first.number == f"CR-2026-{number:04d}"

        def sign(review: CaseReview = first) -> CaseReview:
            return close_case_review(review=review, version=1, by=team.group_leader, now=NOW)

        def change(review: CaseReview = first) -> CaseReview:
            return change_case_review(
                review=review, minutes=minutes_of(minutes="改"), version=1, by=team.deputy_leader
            )

        signed, changed = at_once(sign, change)
        assert isinstance(signed, ConflictError) is not isinstance(changed, ConflictError)
        stored = CaseReview.objects.get(pk=first.pk)
        assert (stored.state, stored.minutes) in [("closed", "逐户讨论。"), ("open", "改")]

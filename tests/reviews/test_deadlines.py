"""Deadlines in business days: set when a step opens, spoken of at 80 % and when they are past, never an approval."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.business_days.calendar import BusinessCalendar
from creditrisk.business_days.models import CalendarDay
from creditrisk.exceptions import ConflictError
from creditrisk.jobs.models import JobRun
from creditrisk.notifications.models import Notification, OutboxMessage
from creditrisk.policy.approval_chains import Stage
from reviews import services, tasks
from reviews.deadlines import due_on, is_nearly_due, is_overdue
from reviews.models import ApprovalStep, ReviewState
from reviews.services import deadlines, digest
from tests.factories.absences import stand_in
from tests.factories.people import Team, create_user
from tests.factories.reviews import (
    NOW,
    TODAY,
    approve_all,
    approve_as,
    create_annual_draft,
    create_annual_submitted,
    create_draft,
    create_submitted,
    start_on_chain,
    step_of,
)

CALENDAR = BusinessCalendar()
MONDAY = TODAY  # 2026-03-02


def at(day: dt.date, hour: int = 8, minute: int = 30) -> dt.datetime:
    """The moment in the company's time zone (UTC+8)."""
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def day(number: int) -> dt.date:
    """A day of March 2026; the 2nd is a Monday."""
    return dt.date(2026, 3, number)


# The rules --------------------------------------------------------------------------------------


def test_three_business_days_from_a_monday_and_from_a_thursday() -> None:
    """Opened on Monday the 2nd: Thursday the 5th. Opened on Thursday the 5th: Friday, Monday, Tuesday the 10th."""
    assert due_on(opened_on=day(2), limit_days=3, calendar=CALENDAR) == day(5)
    assert due_on(opened_on=day(5), limit_days=3, calendar=CALENDAR) == day(10)
    assert due_on(opened_on=day(5), limit_days=None, calendar=CALENDAR) is None


@pytest.mark.parametrize(
    ("limit", "on", "near"),
    [
        # 5 days from Monday the 2nd: due on the 9th; 80 % of 5 is 4, the 4th business day is Friday the 6th
        (5, day(5), False),
        (5, day(6), True),
        (5, day(7), True),
        # 3 days: 2.4, so the third day, which is the last, the 5th
        (3, day(4), False),
        (3, day(5), True),
        # 1 day: the day itself
        (1, day(2), False),
        (1, day(3), True),
    ],
)
def test_a_reminder_is_due_at_four_fifths(limit: int, on: dt.date, near: bool) -> None:
    due = due_on(opened_on=day(2), limit_days=limit, calendar=CALENDAR)
    assert due is not None
    found = is_nearly_due(opened_on=day(2), due_on=due, on=on, ratio=Decimal("0.8"), calendar=CALENDAR)
    assert found is near


@pytest.mark.parametrize(("on", "overdue"), [(day(4), False), (day(5), False), (day(6), True)])
def test_overdue_from_the_day_after(on: dt.date, overdue: bool) -> None:
    assert is_overdue(due_on=day(5), on=on) is overdue


# What is said -----------------------------------------------------------------------------------


def said(on: dt.date) -> list[tuple[str, str, tuple[str, ...]]]:
    spoken, errors = deadlines.speak_of_deadlines(on=on, now=at(on))
    assert errors == []
    return [(one.kind, one.role, one.told) for one in spoken]


@pytest.mark.django_db
def test_a_step_gets_its_deadline_when_it_opens_and_the_next_its_own(team: Team) -> None:
    review = create_submitted(team)
    assert step_of(review, "service_manager").due_on == day(5)
    assert step_of(review, "department_manager").due_on is None
    approve_as(team, review, "service_manager", now=at(day(5)))
    assert step_of(review, "department_manager").due_on == day(10)
    services.take_back_step(step=step_of(review, "service_manager"), by=team.service_manager, now=at(day(5)))
    assert step_of(review, "department_manager").due_on is None
    CalendarDay.objects.create(day=day(6), is_business_day=False)
    approve_as(team, review, "service_manager", now=at(day(5)))
    assert step_of(review, "department_manager").due_on == day(11)


@pytest.mark.django_db
def test_the_holder_is_reminded_once_and_then_the_next_stage_is_told_once(team: Team) -> None:
    review = create_submitted(team)
    assert said(day(4)) == []
    assert said(day(5)) == [("reminder", "service_manager", (team.service_manager.username,))]
    assert said(day(5)) == []
    assert said(day(6)) == [("escalation", "service_manager", (team.department_manager.username,))]
    assert said(day(9)) == []
    title = Notification.objects.filter(user=team.department_manager).latest("pk").title
    assert title == (
        f"Review {review.number} of {review.customer.name} is overdue since 2026-03-05: "
        "it waits for Customer service manager."
    )
    review.refresh_from_db()
    assert review.state == ReviewState.IN_APPROVAL
    assert step_of(review, "service_manager").state == "pending"


@pytest.mark.django_db
def test_who_was_never_reminded_is_escalated_at_once(team: Team) -> None:
    """The system was down on the day of the reminder."""
    create_submitted(team)
    assert [kind for kind, _role, _told in said(day(20))] == ["escalation"]
    assert said(day(23)) == []


@pytest.mark.django_db
def test_the_whole_block_is_reminded_and_the_group_leader_told(team: Team) -> None:
    review = create_annual_submitted(team)
    approve_as(team, review, "department_manager")
    assert sorted(role for _kind, role, _told in said(day(6))) == [
        "general_management",
        "legal_affairs",
        "planning_finance",
    ]
    approve_as(team, review, "legal_affairs")
    found = said(day(10))
    assert [(kind, told) for kind, _role, told in found] == [
        ("escalation", (team.group_leader.username,))
    ] * 2


@pytest.mark.django_db
def test_behind_the_last_stage_is_the_initiator(team: Team) -> None:
    review = approve_all(team, create_submitted(team), up_to="general_manager")
    assert step_of(review, "general_manager").due_on == day(9)
    assert said(day(10)) == [("escalation", "general_manager", (team.account_manager.username,))]


@pytest.mark.django_db
def test_the_deputy_is_reminded_too(team: Team) -> None:
    create_submitted(team)
    stand_in(team.finance_clerk, person=team.service_manager, ends_on=day(31))
    ((_kind, _role, told),) = said(day(5))
    assert told == (team.service_manager.username, team.finance_clerk.username)


@pytest.mark.django_db
def test_a_stage_without_a_limit_is_never_spoken_of(team: Team) -> None:
    review = create_draft(team)
    start_on_chain(review, (Stage("general_manager", (Role.GENERAL_MANAGER,)),))
    assert step_of(review, "general_manager").due_on is None
    assert said(day(31)) == []
    assert services.verify_decisions(review) == []


@pytest.mark.django_db
def test_only_open_steps_are_looked_at(team: Team) -> None:
    """A decided step of the same review has a deadline as well, and one without is beside it."""
    review = create_annual_submitted(team)
    approve_as(team, review, "department_manager")
    ApprovalStep.objects.filter(review=review, role="legal_affairs").update(due_on=None)
    assert len(said(day(6))) == 2


@pytest.mark.django_db
def test_one_review_that_fails_does_not_keep_the_others_out(team: Team, monkeypatch: Any) -> None:
    broken, whole = create_submitted(team), create_submitted(team)
    tell = deadlines.tell_nearly_due

    def failing(review: Any, *args: Any, **kwargs: Any) -> Any:
        if review.pk == broken.pk:
            raise DatabaseError("gone")
        return tell(review, *args, **kwargs)

    monkeypatch.setattr(deadlines, "tell_nearly_due", failing)
    spoken, errors = deadlines.speak_of_deadlines(on=day(5), now=at(day(5)))
    assert [one.review for one in spoken] == [whole.number]
    assert errors == [f"{broken.pk}: DatabaseError"]
    monkeypatch.setattr(deadlines, "tell_nearly_due", tell)
    assert len(said(day(5))) == 1


# The job ----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "runs"),
    [
        (at(day(5), 6, 59), False),
        (at(day(5), 7, 0), True),
        (at(day(7), 9, 0), False),  # a Saturday
    ],
)
def test_the_job_works_on_business_days_from_seven_on(team: Team, now: dt.datetime, runs: bool) -> None:
    create_submitted(team)
    run = deadlines.catch_up_deadlines(now=now)
    assert (run is not None) is runs
    if run:
        again = deadlines.catch_up_deadlines(now=now)
        assert again is not None
        assert (again.pk, again.attempts) == (run.pk, 1)


@pytest.mark.django_db
def test_the_command_says_what_was_said_again(team: Team) -> None:
    review = create_submitted(team)
    for _call in range(2):
        out = StringIO()
        call_command("remind_of_deadlines", "--on", "2026-03-05", "--json", stdout=out)
        (spoken,) = json.loads(out.getvalue())["spoken"]
        assert (spoken["review"], spoken["kind"], spoken["due_on"]) == (
            review.number,
            "reminder",
            "2026-03-05",
        )
    out = StringIO()
    call_command("remind_of_deadlines", "--on", "2026-03-05", stdout=out)
    assert review.number in out.getvalue()
    err = StringIO()
    call_command("remind_of_deadlines", "--on", "2026-03-04", stderr=err)
    assert "No deadline is near or past." in err.getvalue()


@pytest.mark.django_db
def test_the_command_fails_where_something_failed_or_another_is_at_it(team: Team, monkeypatch: Any) -> None:
    create_submitted(team)

    def broken(*_args: Any, **_kwargs: Any) -> Any:
        raise DatabaseError

    monkeypatch.setattr(deadlines, "tell_nearly_due", broken)
    with pytest.raises(SystemExit) as raised:
        call_command("remind_of_deadlines", "--on", "2026-03-05", stdout=StringIO(), stderr=StringIO())
    assert raised.value.code == 1

    def refuse(**_kwargs: Any) -> Any:
        raise ConflictError("job.running", "busy")

    monkeypatch.setattr("reviews.management.commands.remind_of_deadlines.speak_once", refuse)
    with pytest.raises(CommandError) as refused:
        call_command("remind_of_deadlines", "--on", "2026-03-05")
    assert refused.value.returncode == 2


@pytest.mark.parametrize("name", ["catch_up_deadlines", "catch_up_digests"])
def test_a_task_lets_another_process_do_it(monkeypatch: Any, name: str) -> None:
    calls = []

    def refuse(**_kwargs: Any) -> Any:
        calls.append(name)
        raise ConflictError("job.running", "busy")

    monkeypatch.setattr(deadlines if name == "catch_up_deadlines" else digest, name, refuse)
    getattr(tasks, name)()
    assert calls == [name]


# The morning's mail -----------------------------------------------------------------------------


def with_mail(person: User, language: str = "") -> User:
    person.email, person.language = f"{person.username}@example.com", language
    person.save()
    return person


def mails() -> dict[str, str]:
    return {
        mail.to: f"{mail.subject}\n{mail.body}"
        for mail in OutboxMessage.objects.filter(key__startswith="digest:").order_by("pk")
    }


@pytest.mark.django_db
def test_who_has_work_gets_one_mail_in_his_language(team: Team) -> None:
    review, second = create_submitted(team), create_submitted(team)
    with_mail(team.service_manager)
    with_mail(team.finance_clerk, "zh-hans")
    with_mail(team.general_manager)
    stand_in(team.finance_clerk, person=team.service_manager, ends_on=day(31))
    for _call in range(2):
        sent, errors = digest.send_digests(on=day(6))
        assert (sent, errors) == ([team.finance_clerk.username, team.service_manager.username], [])
    found = mails()
    assert set(found) == {team.service_manager.email, team.finance_clerk.email}
    text = found[team.service_manager.email]
    assert text.startswith("2 matters wait for you\n")
    assert (
        f"{review.number} {review.customer.name} (Customer service manager): overdue since 2026-03-05" in text
    )
    assert second.number in text
    assert "件" in found[team.finance_clerk.email].splitlines()[0]


@pytest.mark.django_db
def test_scores_and_questions_are_in_it(team: Team) -> None:
    create_annual_draft(team)
    review = create_submitted(team)
    services.ask_colleague(
        step=step_of(review, "service_manager"),
        asked=with_mail(team.legal_affairs),
        question="?",
        by=team.service_manager,
        now=NOW,
    )
    with_mail(team.service_manager)
    digest.send_digests(on=day(3))
    found = mails()
    assert "1 annual review waits for your scores." in found[team.service_manager.email]
    assert "by 2026-03-05" in found[team.service_manager.email]
    assert found[team.legal_affairs.email].startswith("1 matter waits for you\n")
    assert "1 colleague asks for your opinion." in found[team.legal_affairs.email]


@pytest.mark.django_db
def test_a_long_list_is_cut_and_a_step_without_a_deadline_has_none(team: Team, monkeypatch: Any) -> None:
    monkeypatch.setattr(digest, "LISTED", 1)
    create_submitted(team)
    create_submitted(team)
    ApprovalStep.objects.update(due_on=None)
    with_mail(team.service_manager)
    digest.send_digests(on=day(3))
    text = mails()[team.service_manager.email]
    assert "… and 1 more." in text
    assert "(Customer service manager)\n" in text


@pytest.mark.django_db
@pytest.mark.parametrize("wish", ["mails_wanted", "digest_wanted", "address", "is_active"])
def test_who_does_not_want_it_gets_none(team: Team, wish: str) -> None:
    create_submitted(team)
    person = with_mail(team.service_manager)
    if wish == "address":
        person.email = "no address"
    else:
        setattr(person, wish, False)
    person.save()
    assert digest.send_digests(on=day(3)) == ([], [])


@pytest.mark.django_db
def test_a_mail_that_fails_does_not_keep_the_others_out(team: Team, monkeypatch: Any) -> None:
    create_submitted(team)
    with_mail(team.service_manager)

    def broken(**_kwargs: Any) -> Any:
        raise DatabaseError

    monkeypatch.setattr(digest, "queue_mail", broken)
    assert digest.send_digests(on=day(3)) == ([], [f"{team.service_manager.username}: DatabaseError"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "runs"),
    [(at(day(5), 8, 29), False), (at(day(5), 8, 30), True), (at(day(8), 9, 0), False)],
)
def test_mails_leave_at_half_past_eight_on_business_days(team: Team, now: dt.datetime, runs: bool) -> None:
    create_submitted(team)
    with_mail(team.service_manager)
    run = digest.catch_up_digests(now=now)
    assert (run is not None) is runs
    assert JobRun.objects.filter(job="review_digest").exists() is runs
    assert bool(mails()) is runs


@pytest.mark.django_db
def test_nobody_has_nothing_to_read(team: Team) -> None:
    with_mail(create_user(Role.LEGAL_AFFAIRS))
    assert digest.send_digests(on=day(3)) == ([], [])

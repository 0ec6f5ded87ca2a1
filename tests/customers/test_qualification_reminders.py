"""Reminders of qualifications that end: once each, a day is made up for, nobody but the managers is told (P4.3)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import get_language

from creditrisk.exceptions import ConflictError
from creditrisk.jobs.models import JobRun
from creditrisk.notifications.models import Notification, OutboxMessage
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import FileRules, policy_to_data
from customers import services, tasks
from customers.models import Customer, CustomerState, Qualification, QualificationReminder
from customers.services import qualification_reminders
from customers.services.qualification_reminders import (
    JOB,
    catch_up_reminders,
    remind_of_qualifications,
    remind_once,
)
from tests.factories.customers import create_active_customer, create_qualification
from tests.factories.people import Team, create_team, create_user

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = dt.timedelta(days=1)
END = dt.date(2026, 12, 31)


def at(day: dt.date, clock: str = "09:00") -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), SHANGHAI)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(
        number="K1",
        name="示范公司",
        account_manager=team.account_manager,
        service_manager=team.service_manager,
    )


@pytest.fixture
def licence(customer: Customer) -> Qualification:
    return create_qualification(customer=customer, kind="business_licence", number="Z-1", valid_to_on=END)


def sent() -> list[tuple[int, dt.date]]:
    rows = QualificationReminder.objects.order_by("sent_on", "pk").values_list("days_before", "sent_on")
    return [(int(days), day) for days, day in rows]


def ledger() -> dict[str, str]:
    return dict(JobRun.objects.filter(job=JOB).order_by("period").values_list("period", "state"))


def test_each_reminder_once_when_every_day_is_run(team: Team, licence: Qualification) -> None:
    for left in range(65, -3, -1):
        for _ in range(2):
            remind_of_qualifications(on=END - left * DAY)
    assert sent() == [(60, END - 60 * DAY), (30, END - 30 * DAY), (7, END - 7 * DAY)]
    told = Notification.objects.order_by("pk")
    assert {note.user for note in told} == {team.account_manager, team.service_manager}
    assert told.count() == 6
    assert told[0].title == "K1 示范公司: Business licence ends in 60 days (2026-12-31)."
    assert told[0].url == f"{licence.customer.get_absolute_url()}#qualifications"


@pytest.mark.parametrize(
    ("left", "text"),
    [(0, "ends today (2026-12-31)."), (1, "ends in 1 day (2026"), (7, "ends in 7 days (2026")],
)
def test_what_is_told_near_the_end(licence: Qualification, left: int, text: str) -> None:
    (reminder,) = remind_of_qualifications(on=END - left * DAY).reminders
    assert (reminder.days_left, reminder.days_before) == (left, 7)
    assert text in Notification.objects.all()[0].title


def test_each_reader_in_his_own_language(
    team: Team, licence: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person, language in ((team.account_manager, "zh-hans"), (team.service_manager, "zh-hant")):
        type(person).objects.filter(pk=person.pk).update(language=language)
    monkeypatch.setattr(
        qualification_reminders, "ngettext", lambda _one, many, _count: f"{get_language()} {many}"
    )
    remind_of_qualifications(on=END - 30 * DAY)
    assert {note.user_id: note.title.split()[0] for note in Notification.objects.all()} == {
        team.account_manager.pk: "zh-hans",
        team.service_manager.pk: "zh-hant",
    }


def test_a_licence_that_comes_late_is_reminded_of_at_once(customer: Customer) -> None:
    """It is entered 20 days before its end: the reminder of 30 days goes out now, and says 20."""
    create_qualification(customer=customer, valid_to_on=END)
    (reminder,) = remind_of_qualifications(on=END - 20 * DAY).reminders
    assert (reminder.days_left, reminder.days_before) == (20, 30)
    assert not remind_of_qualifications(on=END - 19 * DAY).reminders


def test_a_renewed_licence_is_reminded_of_anew(team: Team, licence: Qualification) -> None:
    remind_of_qualifications(on=END - 7 * DAY)
    services.update_qualification(
        qualification=licence,
        data={"valid_to_on": dt.date(2029, 12, 31)},
        version=1,
        by=team.account_manager,
    )
    assert not remind_of_qualifications(on=END - 6 * DAY).reminders
    assert remind_of_qualifications(on=dt.date(2029, 12, 24)).reminders
    assert [row.valid_to_on for row in QualificationReminder.objects.order_by("pk")] == [
        END,
        dt.date(2029, 12, 31),
    ]


def test_what_is_retired_without_end_or_closed_is_left_alone(team: Team, licence: Qualification) -> None:
    create_qualification(customer=licence.customer, valid_to_on=None)
    closed = create_active_customer(account_manager=team.account_manager, state=CustomerState.CLOSED)
    create_qualification(customer=closed, valid_to_on=END)
    services.retire_qualification(qualification=licence, by=team.account_manager, now=timezone.now())
    result = remind_of_qualifications(on=END - 7 * DAY)
    assert result.as_json() == {"reminders": [], "unattended": [], "errors": []}


def test_nobody_to_tell_is_said_and_tried_again(customer: Customer, licence: Qualification) -> None:
    manager = create_user(is_active=False)
    Customer.objects.update(account_manager=manager, service_manager=None)
    result = remind_of_qualifications(on=END - 7 * DAY)
    assert ([row.customer for row in result.unattended], result.reminders, sent()) == (["K1"], (), [])
    type(manager).objects.update(is_active=True)
    assert remind_of_qualifications(on=END - 6 * DAY).reminders[0].told == (manager.username,)


def test_the_days_are_those_of_the_policy_in_force(licence: Qualification) -> None:
    stricter = replace(DEFAULT_POLICY, customer_file=FileRules(qualification_reminder_days=(90, 0)))
    PolicyVersion.objects.create(
        number=2, effective_on=dt.date(2026, 12, 1), data=policy_to_data(stricter), note="90 days"
    )
    assert not remind_of_qualifications(on=END - 61 * DAY).reminders
    assert remind_of_qualifications(on=dt.date(2026, 12, 1)).reminders[0].days_before == 90
    assert remind_of_qualifications(on=END).reminders[0].days_before == 0


def test_one_that_fails_keeps_no_other_from_being_sent(
    team: Team, licence: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_qualification(customer=licence.customer, kind="iso_9000", valid_to_on=END)
    real = qualification_reminders.notify

    def notify(**message: Any) -> None:
        if f"qualification:{licence.pk}:" in message["key"]:
            raise DatabaseError("gone")
        real(**message)

    monkeypatch.setattr(qualification_reminders, "notify", notify)
    run = remind_once(on=END - 7 * DAY)
    assert (run.state, run.units_done, run.units_failed, run.error) == ("failed", 1, 1, "K1: DatabaseError")
    assert QualificationReminder.objects.get().qualification != licence
    monkeypatch.setattr(qualification_reminders, "notify", real)
    run = remind_once(on=END - 7 * DAY)
    assert (run.state, run.units_done, run.attempts) == ("done", 1, 2)
    assert Notification.objects.count() == 4


@pytest.mark.parametrize("event", ["retired", "sent"])
def test_what_changed_meanwhile_is_looked_at_again(
    team: Team, licence: Qualification, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    """Between the list and its turn the licence was retired, or another run sent the reminder."""
    stale = list(qualification_reminders.qualifications_ending(on=END, within_days=0))
    if event == "retired":
        services.retire_qualification(qualification=licence, by=team.account_manager, now=timezone.now())
    else:
        remind_of_qualifications(on=END)
    before = sent()
    real = qualification_reminders.qualifications_ending
    answers = iter([stale])
    monkeypatch.setattr(
        qualification_reminders, "qualifications_ending", lambda **asked: next(answers, None) or real(**asked)
    )
    assert remind_of_qualifications(on=END).reminders == ()
    assert sent() == before


def test_a_sent_reminder_is_final(licence: Qualification) -> None:
    remind_of_qualifications(on=END)
    row = QualificationReminder.objects.get()
    assert "2026-12-31" in str(row)
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        row.delete()


def test_mails_go_to_who_wants_them(team: Team, licence: Qualification) -> None:
    type(team.account_manager).objects.filter(pk=team.account_manager.pk).update(email="am@company.example")
    remind_of_qualifications(on=END - 30 * DAY)
    assert OutboxMessage.objects.get().to == "am@company.example"


def test_queries_do_not_grow_with_what_is_not_due(
    team: Team, customer: Customer, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(30):
        create_qualification(customer=customer, valid_to_on=END)
    remind_of_qualifications(on=END - 10 * DAY)
    with django_assert_num_queries(3):  # the policy, the qualifications, their reminders
        assert remind_of_qualifications(on=END - 9 * DAY).reminders == ()


# The job


def test_from_the_hour_on_once_a_day(licence: Qualification, settings: Any) -> None:
    settings.CREDITRISK_REMINDERS_NOT_BEFORE = dt.time(7)
    day = END - 30 * DAY
    assert catch_up_reminders(now=at(day, "06:59")) is None
    run = catch_up_reminders(now=at(day, "07:00"))
    assert run is not None
    assert (run.state, run.result) == ("done", {"reminders": 1, "unattended": 0})
    assert catch_up_reminders(now=at(day, "23:59")) is None
    assert ledger() == {str(day): "done"}


@pytest.mark.parametrize(
    ("down_days", "reminders"), [(1, [60, 30]), (23, [60, 30]), (24, [60, 7]), (40, [60])]
)
def test_days_that_were_missed_bring_one_reminder(
    licence: Qualification, down_days: int, reminders: list[int]
) -> None:
    """The last run was 32 days before the end. Down for 23 days: the next is 32 − 24 = 8 days before it; for 24: 7."""
    for left in (60, 32):
        catch_up_reminders(now=at(END - left * DAY))
    back = END - 32 * DAY + (down_days + 1) * DAY
    with time_machine.travel(at(back), tick=False):
        tasks.catch_up_qualification_reminders()
        tasks.catch_up_qualification_reminders()
    assert [days for days, _day in sent()] == reminders
    states = ledger()
    assert states[str(back)] == "done"
    missed = [str(END - 32 * DAY + offset * DAY) for offset in range(1, down_days + 1)]
    assert all(states[day] == "covered" for day in missed)


def test_a_failed_run_covers_nothing(licence: Qualification, monkeypatch: pytest.MonkeyPatch) -> None:
    catch_up_reminders(now=at(END - 40 * DAY))

    def broken(**_message: Any) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(qualification_reminders, "notify", broken)
    run = catch_up_reminders(now=at(END - 30 * DAY))
    assert run is not None
    assert run.state == "failed"
    assert ledger() == {str(END - 40 * DAY): "done", str(END - 30 * DAY): "failed"}


def test_the_schedule_wakes_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = django_settings.CELERY_BEAT_SCHEDULE["catch up on qualification reminders"]
    assert entry["task"] == tasks.catch_up_qualification_reminders.name

    def busy(**_now: Any) -> None:
        raise ConflictError("job.running", "busy")

    monkeypatch.setattr(tasks, "catch_up_reminders", busy)
    tasks.catch_up_qualification_reminders()  # another process does it: no error


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_send_each_reminder_once() -> None:
    customer = create_active_customer(account_manager=create_user("account_manager"))
    for _ in range(10):
        create_qualification(customer=customer, valid_to_on=END)
    barrier = Barrier(2)
    failed: list[str] = []

    def run() -> None:
        barrier.wait()
        failed.extend(remind_of_qualifications(on=END - 7 * DAY).errors)
        connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert QualificationReminder.objects.count() == 10
    assert Notification.objects.count() == 10


# The command


def command(*arguments: str) -> tuple[int, Any]:
    """Return the exit code of the command and its JSON."""
    from io import StringIO

    out = StringIO()
    code = 0
    try:
        call_command("remind_qualifications", *arguments, stdout=out, stderr=StringIO())
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    text = out.getvalue()
    return code, json.loads(text) if "--json" in arguments else text


def test_the_command_shows_sends_and_shows_again(team: Team, licence: Qualification) -> None:
    on = str(END - 30 * DAY)
    expected = {
        "on": on,
        "reminders": [
            {
                "customer": "K1",
                "kind": "business_licence",
                "name": "Business licence",
                "number": "Z-1",
                "valid_to": "2026-12-31",
                "days_left": 30,
                "days_before": 30,
                "told": [team.account_manager.username, team.service_manager.username],
            }
        ],
        "unattended": [],
        "errors": [],
    }
    assert command("--on", on, "--dry-run", "--json") == (0, expected)
    assert (sent(), ledger()) == ([], {})
    for _ in range(2):
        assert command("--on", on, "--json") == (0, expected)
    assert ledger() == {on: "done"}
    assert Notification.objects.count() == 2
    assert "Business licence" in command("--on", on)[1]


def test_the_command_with_nothing_due(db: None) -> None:
    assert command("--on", "2026-01-01") == (0, "")
    with pytest.raises(CommandError):
        call_command("remind_qualifications", "--on", "2026-02-31")


def test_the_command_says_who_is_unattended_and_what_failed(
    licence: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = create_qualification(customer=create_active_customer(number="K2"), valid_to_on=END)
    monkeypatch.setattr(
        qualification_reminders, "notify", lambda **_message: (_ for _ in ()).throw(DatabaseError("gone"))
    )
    code, result = command("--on", str(END), "--json")
    assert code == 1
    assert [row["customer"] for row in result["unattended"]] == [other.customer.number]
    assert result["errors"] == ["K1: DatabaseError"]


def test_the_command_refuses_while_another_one_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(**_on: Any) -> None:
        raise ConflictError("job.running", "busy")

    monkeypatch.setattr("customers.management.commands.remind_qualifications.remind_once", busy)
    with pytest.raises(CommandError) as refused:
        call_command("remind_qualifications", "--on", "2026-01-01")
    assert refused.value.returncode == 2

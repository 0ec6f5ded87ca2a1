"""Robots beside mails, mails to customers in business hours, and the dry run: what leaves, where to, and when."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from creditrisk.accounts.roles import Role
from creditrisk.business_days.models import CalendarDay
from creditrisk.notifications.models import OutboxEvent, OutboxMessage, Robot, RobotChoice
from creditrisk.notifications.services import (
    notify,
    queue_mail,
    queue_robot_message,
    requeue_mail,
    send_due_mails,
)
from tests.factories.people import create_user
from tests.factories.robots import FINE, SECRET, TOKEN, RobotSink, create_robot, robot_sink
from tests.factories.smtp import MailSink, mail_sink

State = OutboxMessage.State
NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
DRY = "dry-run@demo.example"

pytestmark = pytest.mark.django_db


def use_robots(settings: Any, sink: RobotSink) -> None:
    settings.CREDITRISK_ROBOT_BASE_URL, settings.CREDITRISK_ROBOT_TIMEOUT = sink.base, 1


def use_mails(settings: Any, sink: MailSink) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 1


def say(key: str = "r", *, robot: Robot | None = None, **fields: Any) -> OutboxMessage:
    values = {"robot": robot or Robot.objects.first() or create_robot(), "mention": "13800138000"}
    return queue_robot_message(key=key, **(values | {"text": f"Text {key}", "language": "en"} | fields))


def mail(key: str = "m", **fields: Any) -> OutboxMessage:
    values = {"to": f"{key}@example.com", "subject": f"Mail {key}", "body": "Text", "language": "en"}
    return queue_mail(key=key, **(values | fields))


def states() -> dict[str, str]:
    return dict(OutboxMessage.objects.order_by("pk").values_list("key", "state"))


def happened(message: OutboxMessage) -> list[str]:
    return list(OutboxEvent.objects.filter(message=message).values_list("kind", flat=True))


# Robots


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_a_robot_says_it_once_and_that_is_recorded(settings: Any, kind: str) -> None:
    with robot_sink() as sink:
        use_robots(settings, sink)
        message = say(robot=create_robot(kind, signing_secret="" if kind == "wecom" else SECRET))
        assert send_due_mails(now=NOW) == {"sent": 1}
        assert send_due_mails(now=NOW) == {}
        (said,) = sink.said
    assert TOKEN in {*said.query.values(), *said.path.split("/")}
    assert "Text r" in json.dumps(said.data)
    assert ("sign" in said.query) == (kind == "dingtalk")
    assert ("sign" in said.data) == (kind == "feishu")
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.channel, message.error) == (State.SENT, NOW, kind, "")
    assert happened(message) == ["sent"]


def test_a_refusal_is_final_and_a_robot_s_secrets_are_in_no_record(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The host repeats what it was sent, as some do."""
    text = f"invalid {TOKEN} {SECRET}"
    answer = json.dumps({"errcode": 310000, "errmsg": text}).encode()
    with robot_sink(lambda _number: (200, answer)) as sink, caplog.at_level(logging.DEBUG):
        use_robots(settings, sink)
        message = say(robot=create_robot("dingtalk", signing_secret=SECRET))
        assert send_due_mails(now=NOW) == {"failed": 1}
    message.refresh_from_db()
    assert message.error == "310000: invalid … …"
    events = "".join(OutboxEvent.objects.values_list("text", flat=True))
    for record in (events, caplog.text, str(message.robot)):
        assert TOKEN not in record
        assert SECRET not in record


def test_a_robot_that_asks_for_a_pause_gets_it_and_the_others_speak(settings: Any) -> None:
    """45009 to the first: its second message keeps its attempts; the other robot and the mails go on."""
    busy = json.dumps({"errcode": 45009, "errmsg": "api freq out of limit"}).encode()

    def answer(number: int) -> tuple[int, bytes]:
        return 200, busy if number == 1 else json.dumps(FINE).encode()

    with robot_sink(answer) as sink, mail_sink() as server:
        use_robots(settings, sink)
        use_mails(settings, server)
        slow, other = create_robot(name="slow"), create_robot(name="other")
        say("1", robot=slow)
        say("2", robot=slow)
        say("3", robot=other)
        mail("4")
        assert send_due_mails(now=NOW) == {"queued": 1, "sent": 2}
        assert states() == {"1": "queued", "2": "queued", "3": "sent", "4": "sent"}
        assert OutboxMessage.objects.get(key="2").attempts == 0
        assert send_due_mails(now=NOW + MINUTE) == {"sent": 2}
        assert len(sink.said) == 4


def test_a_host_that_is_down_costs_one_message_one_attempt_and_stops_no_mail(settings: Any) -> None:
    settings.CREDITRISK_ROBOT_BASE_URL = "http://127.0.0.1:9"
    with mail_sink() as server:
        use_mails(settings, server)
        say("1")
        say("2")
        mail("3")
        assert send_due_mails(now=NOW) == {"queued": 1, "sent": 1}
    assert list(OutboxMessage.objects.order_by("pk").values_list("attempts", flat=True)) == [1, 0, 1]


def test_a_mail_server_that_is_down_stops_no_robot(settings: Any) -> None:
    use_mails(settings, MailSink(port=9))
    with robot_sink() as sink:
        use_robots(settings, sink)
        mail("1")
        say("2")
        assert send_due_mails(now=NOW) == {"queued": 1, "sent": 1}


def test_5xx_is_tried_again(settings: Any) -> None:
    with robot_sink(
        lambda number: (502, b"bad gateway") if number == 1 else (200, json.dumps(FINE).encode())
    ) as sink:
        use_robots(settings, sink)
        message = say()
        assert send_due_mails(now=NOW) == {"queued": 1}
        assert send_due_mails(now=NOW + MINUTE) == {"sent": 1}
    assert happened(message) == ["postponed", "sent"]


@pytest.mark.parametrize("silence", [False, True])
def test_a_request_without_an_answer_is_unknown_and_not_sent_again(settings: Any, silence: bool) -> None:
    """The connection breaks after the request, or nothing comes for longer than the timeout of 1 s."""

    def answer(_number: int) -> tuple[int, bytes] | None:
        if silence:
            time.sleep(2)
        return None

    with robot_sink(answer) as sink:
        use_robots(settings, sink)
        message = say()
        assert send_due_mails(now=NOW) == {"unknown": 1}
        assert send_due_mails(now=NOW + dt.timedelta(days=30)) == {}
        assert len(sink.said) == 1
        sink.answer = lambda _number: (200, json.dumps(FINE).encode())
        requeue_mail(message=message, by=create_user(Role.ADMINISTRATOR), now=NOW)
        assert send_due_mails(now=NOW) == {"sent": 1}
    assert happened(message) == ["unknown", "requeued", "sent"]


def test_a_robot_that_was_switched_off_says_nothing(settings: Any) -> None:
    with robot_sink() as sink:
        use_robots(settings, sink)
        say(robot=create_robot(is_active=False))
        assert send_due_mails(now=NOW) == {"failed": 1}
        assert sink.said == []


def test_the_real_hosts_are_called_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    from creditrisk.notifications.services import robot_sending

    called = []

    class Refusing:
        def __init__(self, host: str, port: int | None, **options: Any) -> None:
            called.append((host, port, options["context"].check_hostname, options["timeout"]))

        def connect(self) -> None:
            raise OSError("no network in a test")

        def close(self) -> None:
            """Nothing was opened."""

    monkeypatch.setattr(robot_sending.http.client, "HTTPSConnection", Refusing)
    say()
    assert send_due_mails(now=NOW) == {"queued": 1}
    assert called == [("qyapi.weixin.qq.com", None, True, 10)]


def test_who_chose_a_robot_is_told_through_it_as_well() -> None:
    chosen, off = create_robot(), create_robot("feishu", is_active=False)
    speaks, silent, without = (create_user(email=f"{name}@x.example") for name in "abc")
    RobotChoice.objects.create(user=speaks, robot=chosen, mention="zhao")
    RobotChoice.objects.create(user=silent, robot=off)
    for _twice in range(2):
        notify(users=iter([speaks, silent, without]), title="Hello", url="", key="e")
    message = OutboxMessage.objects.get(channel="wecom")
    assert (message.robot, message.to, message.body, message.customer_number) == (chosen, "zhao", "Hello", "")
    assert OutboxMessage.objects.filter(channel="email").count() == 3


# Business hours


@pytest.fixture
def business_hours(settings: Any) -> None:
    settings.CREDITRISK_CUSTOMER_MAILS_FROM, settings.CREDITRISK_CUSTOMER_MAILS_UNTIL = (
        dt.time(8),
        dt.time(20),
    )


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.usefixtures("business_hours")
def test_at_night_mails_to_customers_wait_and_those_to_us_leave(settings: Any) -> None:
    """Friday, 27 November 2026, 20:00: held until Monday, 08:00."""
    friday, monday = local("2026-11-27T20:00:00"), local("2026-11-30T08:00:00")
    with mail_sink() as server, robot_sink() as sink:
        use_mails(settings, server)
        use_robots(settings, sink)
        letter = mail("letter", customer_number="C1")
        mail("ours")
        say("robot")
        assert send_due_mails(now=friday - MINUTE / 60) == {"sent": 3}
        OutboxMessage.objects.update(state="queued", sent_at=None, attempts=0)
        assert send_due_mails(now=friday) == {"held": 1, "sent": 2}
        letter.refresh_from_db()
        assert (letter.next_attempt_at, letter.attempts, letter.is_held) == (monday, 0, True)
        assert send_due_mails(now=friday + MINUTE) == {}
        assert send_due_mails(now=monday - MINUTE) == {}
        assert send_due_mails(now=monday) == {"sent": 1}


@pytest.mark.usefixtures("business_hours")
def test_a_retry_at_night_waits_for_the_morning_too(settings: Any) -> None:
    use_mails(settings, MailSink(port=9))
    mail("letter", customer_number="C1")
    evening = local("2026-11-24T19:59:30")
    assert send_due_mails(now=evening) == {"queued": 1}
    assert send_due_mails(now=evening + MINUTE) == {"held": 1}
    letter = OutboxMessage.objects.get()
    assert (letter.next_attempt_at, letter.is_held) == (local("2026-11-25T08:00:00"), False)


@pytest.mark.usefixtures("business_hours")
def test_the_company_s_own_holiday_holds_and_a_sender_that_was_down_does_not_make_up_at_night(
    settings: Any,
) -> None:
    CalendarDay.objects.create(day=dt.date(2026, 11, 25), is_business_day=False)
    with mail_sink() as server:
        use_mails(settings, server)
        mail("letter", customer_number="C1")
        assert send_due_mails(now=local("2026-11-25T10:00:00")) == {"held": 1}
        assert send_due_mails(now=local("2026-11-26T23:00:00")) == {"held": 1}
        assert OutboxMessage.objects.get().next_attempt_at == local("2026-11-27T08:00:00")


# Dry run


def test_in_a_dry_run_a_customer_s_mail_goes_to_the_address_and_says_whose_it_is(settings: Any) -> None:
    settings.CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO = DRY
    with mail_sink() as server:
        use_mails(settings, server)
        message = mail("c", customer_number="C1", reply_to="csm@x.example")
        mail("ours")
        assert send_due_mails(now=NOW) == {"sent": 2}
        letter, internal = server.taken
    assert (letter["To"], letter["Subject"]) == (DRY, "[c@example.com] Mail c")
    text = letter.get_body()
    assert text is not None
    assert text.get_content().startswith("Dry run: without it this mail would have gone to c@example.com.")
    assert (internal["To"], internal["Subject"]) == ("ours@example.com", "Mail ours")
    message.refresh_from_db()
    assert (message.to, message.dry_run_to, message.arrived_at) == ("c@example.com", DRY, None)
    event = OutboxEvent.objects.get(message=message)
    assert (event.kind, event.address) == ("dry_run", DRY)


def test_after_a_dry_run_a_person_sends_it_in_earnest(settings: Any) -> None:
    settings.CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO = DRY
    with mail_sink() as server:
        use_mails(settings, server)
        message = mail("c", customer_number="C1")
        send_due_mails(now=NOW)
        settings.CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO = ""
        assert (
            requeue_mail(message=message, by=create_user(Role.ADMINISTRATOR), now=NOW).state == State.QUEUED
        )
        assert send_due_mails(now=NOW) == {"sent": 1}
        assert [letter["To"] for letter in server.taken] == [DRY, "c@example.com"]
    message.refresh_from_db()
    assert (message.dry_run_to, message.arrived_at) == ("", NOW)


def test_in_a_dry_run_no_robot_is_called(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO = DRY
    with robot_sink() as sink, caplog.at_level(logging.INFO):
        use_robots(settings, sink)
        message = say()
        assert send_due_mails(now=NOW) == {"sent": 1}
        assert sink.said == []
    assert "is not called" in caplog.text
    assert TOKEN not in caplog.text
    assert happened(message) == ["dry_run"]

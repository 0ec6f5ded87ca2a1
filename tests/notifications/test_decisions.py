"""What people and mail servers say about a mail afterwards: another address, it came back, a report through a pipe."""

from __future__ import annotations

import datetime as dt
import io
import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications import services
from creditrisk.notifications.models import OutboxEvent, OutboxMessage
from creditrisk.notifications.services import (
    mark_bounced,
    queue_mail,
    replace_message,
    requeue_mail,
    send_to_other_address,
)
from tests.factories.customers import create_customer
from tests.factories.people import create_user
from tests.factories.robots import create_robot
from tests.notifications.test_bounce_reports import report

State = OutboxMessage.State
NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
STATES = list(State)


def mail(state: str = State.QUEUED, key: str = "k", **fields: Any) -> OutboxMessage:
    values = {"to": "a@x.example", "subject": "Letter", "body": "正文", "language": "zh-hans"}
    message = queue_mail(key=key, **(values | fields))
    OutboxMessage.objects.filter(pk=message.pk).update(
        state=state,
        claimed_at=NOW,
        sent_at=NOW if state in (State.SENT, State.BOUNCED) else None,
        bounced_at=NOW if state == State.BOUNCED else None,
    )
    message.refresh_from_db()
    return message


def administrator() -> User:
    return create_user(Role.ADMINISTRATOR)


def kinds(message: OutboxMessage) -> list[str]:
    return list(message.events.values_list("kind", flat=True))


# Another address


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.FAILED, State.UNKNOWN, State.BOUNCED])
def test_a_mail_that_ended_badly_goes_to_another_address_once(state: str) -> None:
    by = administrator()
    message = mail(
        state, attachment=b"%PDF", attachment_name="a.pdf", reply_to="csm@x.example", customer_number="C1"
    )
    copy = send_to_other_address(message=message, to="b@x.example", by=by, now=NOW)
    assert send_to_other_address(message=message, to="b@x.example", by=by, now=NOW).pk == copy.pk
    assert OutboxMessage.objects.count() == 2
    assert (copy.to, copy.state, copy.replaces) == ("b@x.example", State.QUEUED, message)
    for field in ("subject", "body", "language", "reply_to", "attachment_name", "customer_number"):
        assert getattr(copy, field) == getattr(message, field)
    assert copy.attachment.name == message.attachment.name
    event = OutboxEvent.objects.get(message=message)
    assert (event.kind, event.address, event.text, event.by) == ("replaced", "a@x.example", "b@x.example", by)
    message = OutboxMessage.objects.get(pk=message.pk)
    assert message.is_replaced
    for again in ("c@x.example", "a@x.example"):
        with pytest.raises(ConflictError, match="in its place"):
            send_to_other_address(message=message, to=again, by=by, now=NOW)
    with pytest.raises(ConflictError, match="in its place"):
        requeue_mail(message=message, by=by, now=NOW)
    with pytest.raises(ConflictError, match="in its place"):
        replace_message(message=message, to="d@x.example", now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING, State.SENT])
def test_a_mail_that_is_fine_goes_nowhere_else(state: str) -> None:
    with pytest.raises(ConflictError) as refusal:
        send_to_other_address(message=mail(state), to="b@x.example", by=administrator(), now=NOW)
    assert refusal.value.code == "mail.not_ended_badly"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("A@x.example", "mail.same_address"),
        ("nobody", "mail.address"),
        ("b@x.example\nBcc: c@x.example", "mail.address"),
        ("b@x.example,c@x.example", "mail.address"),
        ("", "mail.address"),
    ],
)
def test_the_other_address_is_one_and_another(to: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        send_to_other_address(message=mail(State.FAILED), to=to, by=administrator(), now=NOW)
    assert refusal.value.code == code
    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db
def test_a_robot_s_message_has_no_other_address() -> None:
    message = services.queue_robot_message(key="r", robot=create_robot(), mention="", text="T", language="en")
    OutboxMessage.objects.update(state=State.FAILED)
    with pytest.raises(ConflictError):
        send_to_other_address(message=message, to="b@x.example", by=administrator(), now=NOW)
    with pytest.raises(ConflictError):
        mark_bounced(message=message, reason="no", by=administrator(), now=NOW)


@pytest.mark.django_db
def test_who_decides_about_a_mail() -> None:
    manager = create_user(Role.SERVICE_MANAGER)
    customer = create_customer(service_manager=manager)
    for number, person in enumerate((administrator(), manager)):
        failed = mail(State.FAILED, f"f{number}", customer_number=customer.number)
        sent = mail(State.SENT, f"s{number}", customer_number=customer.number)
        send_to_other_address(message=failed, to="b@x.example", by=person, now=NOW)
        mark_bounced(message=sent, reason="no", by=person, now=NOW)
    failed = mail(State.FAILED, "f", customer_number=customer.number)
    sent = mail(State.SENT, "s", customer_number=customer.number)
    for role in (role for role in Role if role is not Role.ADMINISTRATOR):
        person = create_user(role)
        with pytest.raises(NotAllowedError):
            send_to_other_address(message=failed, to="b@x.example", by=person, now=NOW)
        with pytest.raises(NotAllowedError):
            mark_bounced(message=sent, reason="no", by=person, now=NOW)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_people_send_it_elsewhere_at_once_and_one_copy_goes() -> None:
    message, people = mail(State.FAILED), [administrator() for _number in range(6)]
    told: list[str] = []

    def send(number: int) -> None:
        try:
            send_to_other_address(message=message, to=f"b{number}@x.example", by=people[number], now=NOW)
            told.append("sent")
        except ConflictError as refusal:
            told.append(refusal.code)
        connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ["mail.replaced"] * 5 + ["sent"]
    assert OutboxMessage.objects.count() == 2


# Bounced, says a person


@pytest.mark.django_db
@pytest.mark.parametrize("state", STATES)
def test_what_was_sent_or_may_have_been_can_come_back(state: str) -> None:
    by, message = administrator(), mail(state)
    if state in (State.SENT, State.UNKNOWN, State.BOUNCED):
        bounced = mark_bounced(message=message, reason=" no  such\nperson ", by=by, now=NOW)
        mark_bounced(message=message, reason="again", by=by, now=NOW)
        assert (bounced.state, bounced.bounced_at, bounced.arrived_at) == (State.BOUNCED, NOW, None)
        assert kinds(message) == ([] if state == State.BOUNCED else ["bounced"])
        if state != State.BOUNCED:
            assert bounced.error == "no such person"
            assert bounced.sent_at == (NOW if state == State.SENT else None)
        return
    with pytest.raises(ConflictError) as refusal:
        mark_bounced(message=message, reason="no", by=by, now=NOW)
    assert refusal.value.code == "mail.not_sent"


@pytest.mark.django_db
def test_a_bounce_needs_a_reason_and_a_dry_run_does_not_bounce() -> None:
    with pytest.raises(InvalidInputError):
        mark_bounced(message=mail(State.SENT), reason=" \n", by=administrator(), now=NOW)
    message = mail(State.SENT, "dry")
    OutboxMessage.objects.filter(pk=message.pk).update(dry_run_to="dry@x.example")
    with pytest.raises(ConflictError):
        mark_bounced(message=message, reason="no", by=administrator(), now=NOW)


# Bounced, says a mail server


def pipe(monkeypatch: pytest.MonkeyPatch, raw: bytes, *options: str) -> int:
    """Run the command with `raw` on its standard input; return its exit status."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    try:
        call_command("record_bounce", *options)
    except CommandError as error:
        return int(error.returncode)
    return 0


@pytest.fixture(autouse=True)
def our_domain(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Creditrisk <credit@demo.example>"


def about(message: OutboxMessage, **parts: str) -> bytes:
    return report(number=f"<outbox-{message.pk}@demo.example>", **parts)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.SENT, State.UNKNOWN])
def test_a_report_turns_what_was_sent_into_bounced_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: str
) -> None:
    message = mail(state)
    told = []
    for _twice in range(2):
        assert pipe(monkeypatch, about(message), "--json") == 0
        told.append(json.loads(capsys.readouterr().out))
    assert told == [
        {"message": message.pk, "action": action, "status": "5.1.1"} for action in ("bounced", "known")
    ]
    message.refresh_from_db()
    assert (message.state, message.bounced_at is not None) == (State.BOUNCED, True)
    assert "no such user" in message.error
    assert kinds(message) == ["bounced"]


@pytest.mark.django_db
def test_a_delay_is_noted_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    message = mail(State.SENT)
    assert pipe(monkeypatch, about(message, fields="Action: delayed\nStatus: 4.4.1")) == 0
    assert f"message {message.pk}: noted" in capsys.readouterr().err
    message.refresh_from_db()
    assert (message.state, message.arrived_at) == (State.SENT, NOW)
    assert kinds(message) == ["delayed"]


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.QUEUED, State.FAILED, State.BOUNCED])
def test_a_report_about_a_mail_in_another_state_is_noted(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """A person queued it again meanwhile, or it ended before: a late word changes nothing."""
    message = mail(state)
    assert pipe(monkeypatch, about(message)) == 0
    message.refresh_from_db()
    assert message.state == state
    assert kinds(message) == ["bounced"]


@pytest.mark.django_db
def test_a_report_that_overtakes_our_own_record_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    message = mail(State.SENDING)
    assert pipe(monkeypatch, about(message)) == 75
    assert kinds(message) == []
    OutboxMessage.objects.filter(pk=message.pk).update(state=State.SENT, sent_at=NOW)
    assert pipe(monkeypatch, about(message)) == 0
    message.refresh_from_db()
    assert message.state == State.BOUNCED


@pytest.mark.django_db
def test_what_is_no_report_or_about_no_mail_of_ours_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    robot = services.queue_robot_message(key="r", robot=create_robot(), mention="", text="T", language="en")
    sent = mail(State.SENT)
    for raw in (
        b"",
        b"hello",
        about(robot),
        report(number="<outbox-999999999999999999@demo.example>"),
        report(number=f"<outbox-{sent.pk}@other.example>"),
        b"\0" * 1_000_000,
    ):
        assert pipe(monkeypatch, raw) == 2
    assert not OutboxEvent.objects.exists()
    sent.refresh_from_db()
    assert sent.state == State.SENT


@pytest.mark.django_db
def test_without_a_database_the_mail_server_keeps_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    from creditrisk.notifications.management.commands import record_bounce

    def down(**_options: Any) -> str:
        raise OperationalError("connection refused")

    monkeypatch.setattr(record_bounce, "take_bounce_report", down)
    assert pipe(monkeypatch, report()) == 75


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_same_report_six_times_at_once_is_taken_once() -> None:
    from creditrisk.notifications.bounce_reports import read_report

    message = mail(State.SENT)
    found = read_report(about(message), domain="demo.example")
    assert found is not None
    told: list[str] = []

    def take() -> None:
        told.append(services.take_bounce_report(report=found, now=NOW))
        connection.close()

    threads = [threading.Thread(target=take) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ["bounced"] + ["known"] * 5

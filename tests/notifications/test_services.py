"""Telling people, queueing mails, and deciding about those that ended badly."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import get_language

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification, OutboxMessage
from creditrisk.notifications.selectors import mails_visible_to, unread_by
from creditrisk.notifications.services import (
    is_mail_address,
    mark_all_read,
    mark_read,
    notify,
    queue_mail,
    requeue_mail,
)
from tests.factories.customers import create_customer
from tests.factories.people import create_user
from tests.factories.smtp import mail_sink

State = OutboxMessage.State
NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)


def queue(key: str = "k", **fields: Any) -> OutboxMessage:
    values = {"to": "a@example.com", "subject": "Hello", "body": "Text", "language": "en"}
    return queue_mail(key=key, **(values | fields))


def ended(state: str, key: str = "k", **fields: Any) -> OutboxMessage:
    message = queue(key, **fields)
    OutboxMessage.objects.filter(pk=message.pk).update(
        state=state,
        attempts=5,
        error="no",
        sent_at=NOW if state in (State.SENT, State.BOUNCED) else None,
        bounced_at=NOW if state == State.BOUNCED else None,
        claimed_at=NOW,
    )
    message.refresh_from_db()
    return message


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).values_list("title", flat=True))


@pytest.mark.django_db
def test_each_person_is_told_once_in_his_language_by_bell_and_mail() -> None:
    people = [create_user(email="en@example.com"), create_user(email="zh@example.com", language="zh-hans")]
    for _twice in range(2):
        notify(users=people, title=lazy(get_language, str)(), url="/x/", key="event:1")
    assert [told(person) for person in people] == [["en"], ["zh-hans"]]
    mails = OutboxMessage.objects.order_by("pk").values_list("to", "subject", "language")
    assert list(mails) == [("en@example.com", "en", "en"), ("zh@example.com", "zh-hans", "zh-hans")]


@pytest.mark.django_db
def test_who_wants_no_mails_or_has_no_good_address_gets_the_bell_alone() -> None:
    quiet = create_user(email="q@example.com")
    quiet.mails_wanted = False
    notify(users=[quiet, create_user(), create_user(email="not an address")], title="T", url="", key="e")
    assert Notification.objects.count() == 3
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_who_has_left_is_not_told() -> None:
    notify(users=[create_user(is_active=False, email="a@example.com")], title="T", url="", key="e")
    assert not Notification.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_a_title_with_line_breaks_or_too_long_is_one_line_that_fits() -> None:
    """A customer's name must not stop the business, nor add a header to the mail."""
    person = create_user(email="a@example.com")
    notify(users=[person], title="Name\r\nBcc: x@example.com " + "长" * 400, url="", key="e")
    (title,) = told(person)
    assert title.startswith("Name Bcc: x@example.com 长")
    assert len(title) == 300
    assert OutboxMessage.objects.get().subject == title


@pytest.mark.django_db
def test_reading_one_and_all() -> None:
    person, other = create_user(), create_user()
    for number in range(3):
        notify(users=[person, other], title=f"T{number}", url="", key=f"e{number}")
    first = Notification.objects.filter(user=person).latest("pk")
    mark_read(notification=first, now=NOW)
    mark_read(notification=first, now=NOW + dt.timedelta(hours=1))
    first.refresh_from_db()
    assert (first.read_at, str(first)) == (NOW, first.title)
    assert unread_by(person).count() == 2
    assert mark_all_read(user=person, now=NOW) == 2
    assert (unread_by(person).count(), unread_by(other).count()) == (0, 3)


@pytest.mark.django_db
def test_the_same_key_is_one_mail() -> None:
    first, second = queue(subject="First"), queue(subject="Second")
    assert second.pk == first.pk
    assert OutboxMessage.objects.get().subject == "First"
    assert str(first) == "First → a@example.com"


@pytest.mark.django_db(transaction=True)
def test_a_mail_is_recorded_with_what_it_tells_or_not_at_all() -> None:
    @transaction.atomic
    def tell_and_fail() -> None:
        queue(attachment=b"%PDF", attachment_name="a.pdf")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        tell_and_fail()
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_an_attachment_is_kept_and_a_stored_one_is_shared() -> None:
    own = queue("1", attachment=b"%PDF-1", attachment_name="a.pdf")
    shared = queue("2", stored_attachment=own.attachment.name, attachment_name="b.pdf")
    with shared.attachment.open("rb") as file:
        assert file.read() == b"%PDF-1"
    assert shared.attachment.name == own.attachment.name
    assert "a.pdf" not in own.attachment.name


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"to": "a@example.com\nBcc: b@example.com"},
        {"to": "a@example.com, b@example.com"},
        {"to": "A <a@example.com>"},
        {"to": ""},
        {"to": "nobody"},
        {"to": "a" * 250 + "@example.com"},
        {"reply_to": "a@example.com\r\nX: y"},
    ],
)
def test_an_address_that_is_none_is_refused_when_the_mail_is_queued(fields: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        queue(**fields)
    assert refusal.value.code == "mail.address"
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["subject", "attachment_name"])
@pytest.mark.parametrize("bad", ["\r\nBcc: b@example.com", "\n", "\r", "\0", "\x1b[2J", "\u2028", "\x85"])
def test_control_characters_in_a_head_are_refused_when_the_mail_is_queued(field: str, bad: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        queue(**{field: f"Hello{bad}"})
    assert refusal.value.code == "mail.header"
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_a_long_subject_is_cut() -> None:
    assert len(queue(subject="长" * 400).subject) == 300


@pytest.mark.parametrize(
    ("text", "expected"), [("a@example.com", True), ("财务@example.com", False), ("a@b", False), ("", False)]
)
def test_mail_addresses(text: str, expected: bool) -> None:
    assert is_mail_address(text) is expected


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.FAILED, State.UNKNOWN, State.BOUNCED])
def test_an_administrator_and_the_customer_s_service_manager_queue_a_bad_mail_again(state: str) -> None:
    manager = create_user(Role.SERVICE_MANAGER)
    customer = create_customer(service_manager=manager)
    for number, person in enumerate((create_user(Role.ADMINISTRATOR), manager)):
        message = requeue_mail(
            message=ended(state, str(number), customer_number=customer.number), by=person, now=NOW
        )
        assert (message.state, message.attempts, message.next_attempt_at) == (State.QUEUED, 0, None)
        assert (message.requeued_by, message.requeued_at) == (person, NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING, State.SENT])
def test_a_mail_that_did_not_end_badly_is_not_queued_again(state: str) -> None:
    """A double click is the second request for a mail that is queued by then: nothing happens twice."""
    message = requeue_mail(message=ended(state), by=create_user(Role.ADMINISTRATOR), now=NOW)
    assert (message.state, message.attempts, message.requeued_at) == (state, 5, None)


@pytest.mark.django_db
def test_nobody_else_queues_a_mail_again() -> None:
    former = create_user(Role.ACCOUNT_MANAGER)
    customer = create_customer(service_manager=former, account_manager=former)
    people = [create_user(role) for role in Role if role is not Role.ADMINISTRATOR]
    messages = [ended(State.FAILED, "1", customer_number=customer.number), ended(State.FAILED, "2")]
    for person in (*people, former):
        for message in messages:
            with pytest.raises(NotAllowedError):
                requeue_mail(message=message, by=person, now=NOW)


@pytest.mark.django_db
def test_who_sees_which_mails() -> None:
    manager, head = create_user(Role.SERVICE_MANAGER), create_user(Role.ACCOUNT_MANAGER)
    mine = create_customer(service_manager=manager, account_manager=head)
    queue("mine", customer_number=mine.number)
    queue("other", customer_number=create_customer().number)
    queue("gone", customer_number="NOBODY")
    queue("personal")

    def seen(person: User) -> set[str]:
        return set(mails_visible_to(person).values_list("key", flat=True))

    for role in (Role.ADMINISTRATOR, Role.GROUP_LEADER, Role.DEPUTY_LEADER):
        assert seen(create_user(role)) == {"mine", "other", "gone", "personal"}
    for role in (Role.FINANCE_CLERK, Role.PLANNING_FINANCE, Role.LEGAL_AFFAIRS):
        assert seen(create_user(role)) == {"mine", "other"}
    assert seen(manager) == seen(head) == {"mine"}
    assert seen(create_user(Role.SERVICE_MANAGER)) == seen(create_user()) == set()


WAKE = """
import sys, time, django
django.setup()
from creditrisk.notifications.services import outbox
for _twice in range(2):
    start = time.monotonic()
    outbox.wake_sender()
    print(time.monotonic() - start)
"""


def wake_seconds(broker: str) -> list[float]:
    """Return how long waking the sender took, twice, in a web process of its own."""
    environment = os.environ | {"REDIS_URL": broker, "CREDITRISK_WEB": "1"}
    told = subprocess.run(
        [sys.executable, "-c", WAKE], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert "could not be woken" in told.stderr
    return [float(line) for line in told.stdout.split()]


def test_a_broker_that_is_down_or_silent_does_not_hold_up_who_queues_a_mail() -> None:
    first, second = wake_seconds("redis://127.0.0.1:9/0")
    assert first < 2
    assert second < 0.1
    with mail_sink(is_silent=True) as silent:
        first, second = wake_seconds(f"redis://127.0.0.1:{silent.port}/0")
    assert first < 2.5
    assert second < 0.1


@pytest.mark.django_db(transaction=True)
def test_the_sender_is_woken_after_the_commit_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    from creditrisk.notifications import tasks
    from creditrisk.notifications.services import outbox

    woken: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.send_queued_mails, "apply_async", lambda **options: woken.append(options))
    monkeypatch.setattr(outbox, "alarm", type(outbox.alarm)())
    with transaction.atomic():
        for number in range(5):
            queue(str(number))
        assert woken == []
    assert woken == [{"countdown": 1}]
    time.sleep(1.05)
    queue("later")
    assert len(woken) == 2
    assert timezone.now() >= OutboxMessage.objects.latest("pk").created_at

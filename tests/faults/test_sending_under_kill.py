"""Robots and letters' next addresses under kill: nothing goes twice unnoticed, what is unknown goes nowhere by itself.

Faults 1 and 3, for what `test_letters_under_kill` shows of mails; and PostgreSQL that is gone when the mail was taken.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import OutboxMessage
from creditrisk.notifications.services import queue_robot_message, send_due_mails
from customers.models import Contact, Customer
from receivables.models import DunningNotice
from receivables.selectors.delivery import attempts_of
from receivables.services.delivery import fall_back_letters
from receivables.services.dunning import run_dunning
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report
from tests.factories.robots import FINE, create_robot, robot_sink
from tests.factories.smtp import mail_sink
from tests.faults.nursery import nursery
from tests.faults.test_letters_under_kill import KILLED, KILLS, kill_at_random, queue_mails

State = OutboxMessage.State
LATER = dt.timedelta(minutes=11)

pytestmark = pytest.mark.django_db(transaction=True)


def say(count: int) -> None:
    robot = create_robot()
    for number in range(count):
        queue_robot_message(key=str(number), robot=robot, mention="", text=f"Text {number}", language="en")


def test_a_sender_killed_again_and_again_lets_a_robot_say_nothing_twice() -> None:
    def slow(_number: int) -> tuple[int, bytes]:
        time.sleep(0.01)
        return 200, json.dumps(FINE).encode()

    say(120)
    with robot_sink(slow) as sink, nursery(TEST_ROBOT_BASE=sink.base) as children:
        struck = kill_at_random(children, "send_mails", progress=lambda: len(sink.said))
        assert children.start("send_mails").wait() == 0
    assert struck >= KILLS / 2
    assert send_due_mails(now=timezone.now() + LATER).get("sent") is None
    texts = [said.data["text"]["content"] for said in sink.said]
    assert len(texts) == len(set(texts))
    states = dict(OutboxMessage.objects.values_list("body", "state"))
    sent = {text for text, state in states.items() if state == State.SENT}
    unknown = {text for text, state in states.items() if state == State.UNKNOWN}
    assert len(sent) + len(unknown) == 120
    assert sent <= set(texts) <= sent | unknown
    assert len(unknown) <= struck


def test_what_a_robot_said_before_the_kill_is_unknown_and_not_said_again() -> None:
    accepted, killed = threading.Event(), threading.Event()

    def hold(_number: int) -> tuple[int, bytes]:
        accepted.set()
        killed.wait(20)
        return 200, json.dumps(FINE).encode()

    say(1)
    with robot_sink(hold) as sink, nursery(TEST_ROBOT_BASE=sink.base) as children:
        child = children.start("send_mails")
        assert accepted.wait(20)
        child.kill()
        assert child.wait() == KILLED
        killed.set()
        for minutes, expected in ((0, "sending"), (9, "sending"), (11, "unknown"), (60 * 24 * 30, "unknown")):
            send_due_mails(now=timezone.now() + dt.timedelta(minutes=minutes))
            assert OutboxMessage.objects.get().state == expected
        assert children.start("send_mails").wait() == 0
        assert len(sink.said) == 1


def test_a_mail_that_was_taken_while_postgresql_went_away_is_unknown_and_not_sent_again() -> None:
    """The server takes the text, our connection to PostgreSQL is cut, then the server says so."""

    def cut(_number: int) -> bytes:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> ALL(%s)",
                [[*ours, connection.connection.info.backend_pid]],
            )
        connection.close()
        return b"250 taken"

    queue_mails(1)
    with mail_sink(answer=cut) as sink, nursery(TEST_SMTP_PORT=str(sink.port)) as children:
        with connection.cursor() as cursor:
            # More than one: where a browser runs, its event loop gives this thread a second connection.
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            ours = [pid for (pid,) in cursor.fetchall()]
        assert children.start("send_mails").wait() not in (0, KILLED)
        assert OutboxMessage.objects.get().state == State.SENDING
        assert send_due_mails(now=timezone.now() + LATER) == {"unknown": 1}
        assert children.start("send_mails").wait() == 0
        assert len(sink.taken) == 1
    message = OutboxMessage.objects.get()
    assert (message.state, message.sent_at) == (State.UNKNOWN, None)
    assert [event.kind for event in message.events.all()] == ["unknown"]


def letters(count: int) -> list[Customer]:
    """Issue a letter each to customers with two addresses; return them."""
    author, today = create_user(Role.ACCOUNT_MANAGER), timezone.localdate()
    customers = [create_active_customer(finance_email=f"first{number}@x.example") for number in range(count)]
    for number, customer in enumerate(customers):
        Contact.objects.create(
            customer=customer, kind="finance", name="2", email=f"second{number}@x.example", created_by=author
        )
    due = today - dt.timedelta(days=1)
    create_report(as_of=today, lines=[Line(customer, due, document="I") for customer in customers])
    assert run_dunning(on=today, by=None).errors == ()
    return customers


def test_letters_fall_back_under_kill_with_never_two_on_their_way() -> None:
    """Every first address is refused. Whatever dies whenever, each letter has at most one copy, to the second."""
    letters(40)
    with (
        mail_sink(recipient_answer=b"550 no such user") as refusing,
        nursery(TEST_SMTP_PORT=str(refusing.port)) as children,
    ):
        struck = kill_at_random(children, "send_mails", progress=OutboxMessage.objects.count, kills=4)
    assert struck
    # Now the second addresses are taken. What was in a killed sender's hands becomes unknown and stays.
    with mail_sink() as sink, nursery(TEST_SMTP_PORT=str(sink.port)) as children:
        for _pass in range(3):
            assert children.start("send_mails").wait() == 0
    send_due_mails(now=timezone.now() + LATER)
    copies = Counter(str(mail["To"]) for mail in sink.taken)
    assert not copies or max(copies.values()) == 1
    for notice in DunningNotice.objects.select_related("message"):
        attempts = attempts_of(notice)
        assert [attempt.to[:3] for attempt in attempts] in (["fir"], ["fir", "sec"])
        for earlier in attempts[:-1]:
            assert earlier.state in OutboxMessage.NOT_ARRIVED
    assert OutboxMessage.objects.filter(replaces__isnull=False).count() > 0


def test_a_letter_that_was_taken_before_the_kill_does_not_go_to_the_next_address() -> None:
    accepted, killed = threading.Event(), threading.Event()

    def hold(_number: int) -> bytes:
        accepted.set()
        killed.wait(20)
        return b"250 taken"

    letters(1)
    with mail_sink(answer=hold) as sink, nursery(TEST_SMTP_PORT=str(sink.port)) as children:
        child = children.start("send_mails")
        assert accepted.wait(20)
        child.kill()
        assert child.wait() == KILLED
        killed.set()
        for minutes in (0, 11, 60 * 24 * 10):
            now = timezone.now() + dt.timedelta(minutes=minutes)
            send_due_mails(now=now)
            fall_back_letters(now=now)
        assert children.start("send_mails").wait() == 0
        assert len(sink.taken) == 1
    notice = DunningNotice.objects.get()
    assert (notice.delivery, len(attempts_of(notice)), notice.sent_on) == ("unknown", 1, None)

"""Letters under kill: whatever dies whenever, each item is dunned once, no number is missing, no mail goes twice.

Faults 1, 3 and 7. The moments are random with a fixed seed; what happens at them is not.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from creditrisk.accounts.roles import Role
from creditrisk.jobs.models import JobRun
from creditrisk.notifications.models import Notification, OutboxMessage
from creditrisk.notifications.services import queue_mail, send_due_mails
from customers.models import CustomerState
from receivables.models import DunnedItem, DunningNotice
from receivables.selectors.dunning import stored_pdf
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report
from tests.factories.smtp import mail_sink
from tests.faults.nursery import Nursery, nursery

KILLS = 12
SEED = 20261124
KILLED = -9
DUE = dt.date(2026, 3, 2)

pytestmark = pytest.mark.django_db(transaction=True)


def kill_at_random(
    children: Nursery, *arguments: str, progress: Callable[[], int], kills: int = KILLS
) -> int:
    """Run the command `kills` times and kill it each time; return how many kills struck before it ended by itself.

    A third strike at any moment of the first half second, the others soon after `progress` has grown.
    """
    moments = random.Random(SEED)
    struck = 0
    for _try in range(kills):
        before = progress()
        child = children.start(*arguments)
        patience = time.monotonic() + (0 if moments.random() < 1 / 3 else 3)
        while progress() == before and time.monotonic() < patience:
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 0.2 if patience > time.monotonic() else 0.5))
        child.kill()
        struck += child.wait() == KILLED
    return struck


def test_a_dunning_run_killed_again_and_again_doubles_and_loses_nothing() -> None:
    """300 customers with two letters each, twenty a transaction; the last run, undisturbed, does what is left."""
    manager, leader = create_user(Role.SERVICE_MANAGER), create_user(Role.GROUP_LEADER)
    customers = [
        create_active_customer(finance_email="a@x.example", service_manager=manager) for _number in range(300)
    ]
    lines = [
        Line(customer, DUE, document="I", currency=code) for customer in customers for code in ("CNY", "USD")
    ]
    create_report(as_of=DUE, lines=lines)
    with nursery() as children:
        progress = DunningNotice.objects.count
        assert kill_at_random(children, "run_dunning", "--on", "2026-03-03", progress=progress) == KILLS
        halfway = DunningNotice.objects.count()
        assert children.start("run_dunning", "--on", "2026-03-03").wait() == 0
    assert 0 < halfway < 600
    assert JobRun.objects.get().state == "done"
    notices = list(DunningNotice.objects.order_by("number").prefetch_related("items"))
    assert [notice.number for notice in notices] == [f"DL-2026-{number:06d}" for number in range(1, 601)]
    assert {len(notice.items.all()) for notice in notices} == {1}
    assert DunnedItem.objects.count() == OutboxMessage.objects.count() == 600
    for notice in notices:
        assert stored_pdf(notice).startswith(b"%PDF-")
    assert Notification.objects.filter(user=manager).count() == 1
    assert not Notification.objects.filter(user=leader).exists()


def test_final_demands_killed_again_and_again_suspend_once_and_tell_the_leader_once() -> None:
    leader = create_user(Role.GROUP_LEADER)
    customers = [create_active_customer(finance_email="a@x.example") for _number in range(70)]
    create_report(as_of=DUE, lines=[Line(customer, DUE, document="I") for customer in customers])
    with nursery() as children:
        assert children.start("run_dunning", "--on", "2026-03-03").wait() == 0
        OutboxMessage.objects.update(state="sent", sent_at=dt.datetime(2026, 3, 3, tzinfo=dt.UTC))
        progress = DunningNotice.objects.count
        struck = kill_at_random(children, "run_dunning", "--on", "2026-03-17", progress=progress, kills=6)
        assert children.start("run_dunning", "--on", "2026-03-17").wait() == 0
    assert struck >= 3
    demands = DunningNotice.objects.filter(stage="final_demand", has_suspended=True)
    assert demands.count() == Notification.objects.filter(user=leader).count() == 70
    assert sorted(filter(None, demands.values_list("number", flat=True))) == [
        f"DL-2026-{number:06d}" for number in range(71, 141)
    ]
    for customer in customers:
        customer.refresh_from_db()
        assert customer.state == CustomerState.SUSPENDED


def queue_mails(count: int) -> None:
    for number in range(count):
        queue_mail(key=str(number), to="a@x.example", subject=f"Mail {number}", body="Text", language="en")


def test_a_sender_killed_again_and_again_sends_no_mail_twice_and_owns_up_to_what_it_does_not_know() -> None:
    """A mail in the hands of a killed sender ends as unknown, at most one a kill; every other one is sent once."""

    def slow(_number: int) -> bytes:
        time.sleep(0.01)
        return b"250 taken"

    queue_mails(150)
    with mail_sink(answer=slow) as sink, nursery(TEST_SMTP_PORT=str(sink.port)) as children:
        struck = kill_at_random(children, "send_mails", progress=lambda: len(sink.taken))
        assert children.start("send_mails").wait() == 0
    assert struck >= KILLS / 2
    later = timezone.now() + dt.timedelta(minutes=11)
    assert send_due_mails(now=later).get("sent") is None
    assert len(sink.subjects) == len(set(sink.subjects))
    states = dict(OutboxMessage.objects.values_list("subject", "state"))
    sent = {subject for subject, state in states.items() if state == "sent"}
    unknown = {subject for subject, state in states.items() if state == "unknown"}
    assert len(sent) + len(unknown) == 150
    assert sent <= set(sink.subjects) <= sent | unknown
    assert len(unknown) <= struck


def test_a_mail_that_was_accepted_before_the_kill_is_unknown_and_never_sent_by_itself_again() -> None:
    accepted, killed = threading.Event(), threading.Event()

    def hold(_number: int) -> bytes:
        accepted.set()
        killed.wait(20)
        return b"250 taken"

    queue_mails(1)
    with mail_sink(answer=hold) as sink, nursery(TEST_SMTP_PORT=str(sink.port)) as children:
        child = children.start("send_mails")
        assert accepted.wait(20)
        child.kill()
        assert child.wait() == KILLED
        killed.set()
        now = timezone.now()
        for minutes, expected in ((0, "sending"), (9, "sending"), (11, "unknown"), (60 * 24 * 30, "unknown")):
            send_due_mails(now=now + dt.timedelta(minutes=minutes))
            assert OutboxMessage.objects.get().state == expected
        assert children.start("send_mails").wait() == 0
        assert len(sink.taken) == 1

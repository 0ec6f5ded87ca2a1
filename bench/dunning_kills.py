"""Proof: a dunning run over 5,000 customers, and its mails, under 20 kills of the worker and of PostgreSQL.

    python -m bench.dunning_kills

One process writes the letters, another sends them to a mail server of ours; at random moments one of the two is
killed, or a session of PostgreSQL is, which ends all sessions and starts its crash recovery. Afterwards both run to
their end undisturbed. Then each item has entered its stage once, numbers have neither gap nor double, every PDF is the
one that was issued, and each mail was accepted once by the mail server, or is visibly `unknown`: never sent again by
itself. Prints what was found; exit 1 where one of it does not hold. The moments are random with a fixed seed.
"""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import time
from collections import Counter
from datetime import date, timedelta
from typing import Any

from bench.scratch import scratch_database

CUSTOMERS, ITEMS_EACH, KILLS, SEED = 5_000, 4, 20, 20261127
AS_OF = date(2026, 10, 31)
DUE_ON = AS_OF - timedelta(days=3)
LONGEST_SECONDS = 8.0


def fill() -> None:
    """Write the customers with their items."""
    import bench.dunning as run

    run.CUSTOMERS, run.ITEMS_EACH = CUSTOMERS, ITEMS_EACH
    run.fill()


def kill_a_session() -> bool:
    """Kill one session of PostgreSQL as the machine would; return whether there was one beside ours."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        sessions = [pid for (pid,) in cursor.fetchall()]
    if not sessions:
        return False
    os.kill(random.Random(len(sessions)).choice(sessions), signal.SIGKILL)
    return True


def wait_for_the_database() -> float:
    """Return the seconds until PostgreSQL answers again."""
    from django.db import DatabaseError, connection

    started = time.perf_counter()
    while time.perf_counter() - started < 60:
        try:
            connection.close()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            time.sleep(0.05)
        else:
            return time.perf_counter() - started
    raise TimeoutError("PostgreSQL did not come back within a minute")


def disturb(children: Any, senders: Any) -> tuple[Counter[str], float]:
    """Kill `KILLS` times; return what was struck, and the longest recovery of PostgreSQL in seconds."""
    moments, struck, longest = random.Random(SEED), Counter[str](), 0.0
    for number in range(KILLS):
        worker = children.start("run_dunning", "--on", AS_OF.isoformat())
        sender = senders.start("send_mails")
        time.sleep(moments.uniform(0.2, LONGEST_SECONDS))
        victim = ("worker", "sender", "PostgreSQL")[number % 3]
        if victim == "PostgreSQL":
            struck[victim] += kill_a_session()
            longest = max(longest, wait_for_the_database())
        for child in (worker, sender):
            child.kill()
        struck["worker"] += worker.wait() == -signal.SIGKILL
        struck["sender"] += sender.wait() == -signal.SIGKILL
    return struck, longest


def letter_number(subject: str) -> str:
    """Return the number of the letter that a mail carries."""
    found = re.search(r"DL-\d{4}-\d{6}", subject)
    assert found is not None, subject
    return found[0]


def found(taken: list[str]) -> list[tuple[str, object, bool]]:
    """Return what holds afterwards: a label, the figure, and whether it is right."""
    from creditrisk.notifications.models import OutboxMessage
    from receivables.models import DunnedItem, DunningNotice
    from receivables.selectors.dunning import stored_pdf

    items = DunnedItem.objects.values_list("customer_id", "document", "due_on", "currency", "stage")
    numbers = list(DunningNotice.objects.order_by("number").values_list("number", flat=True))
    states = Counter(OutboxMessage.objects.values_list("state", flat=True))
    accepted = Counter(letter_number(subject) for subject in taken)
    sent, unknown = (
        {
            letter_number(subject)
            for subject in OutboxMessage.objects.filter(state=state).values_list("subject", flat=True)
        }
        for state in ("sent", "unknown")
    )
    changed = sum(not stored_pdf(notice).startswith(b"%PDF-") for notice in DunningNotice.objects.iterator())
    wanted = [f"DL-{AS_OF.year}-{number:06d}" for number in range(1, CUSTOMERS + 1)]
    return [
        ("items that entered the stage", len(items), len(items) == len(set(items)) == CUSTOMERS * ITEMS_EACH),
        ("letters, numbered without gap or double", len(numbers), numbers == wanted),
        ("PDFs that are not the ones issued", changed, changed == 0),
        (
            "mails by state",
            dict(states),
            sum(states.values()) == CUSTOMERS and set(states) <= {"sent", "unknown"},
        ),
        ("mails that nobody knows about", states["unknown"], states["unknown"] <= KILLS),
        ("mails accepted more than once", sum(n > 1 for n in accepted.values()), max(accepted.values()) == 1),
        (
            "mails accepted and recorded as neither",
            len(set(accepted) - sent - unknown),
            set(accepted) <= sent | unknown,
        ),
        ("mails recorded as sent and never accepted", len(sent - set(accepted)), sent <= set(accepted)),
    ]


def main() -> int:
    """Run it; return 1 where something does not hold."""
    from tests.factories.smtp import mail_sink
    from tests.faults.nursery import nursery

    with scratch_database():
        fill()
        from django.utils import timezone

        from creditrisk.notifications.services import mark_ambiguous_mails

        started = time.perf_counter()
        with mail_sink() as sink, nursery() as children, nursery(TEST_SMTP_PORT=str(sink.port)) as senders:
            struck, recovery = disturb(children, senders)
            assert children.start("run_dunning", "--on", AS_OF.isoformat()).wait() == 0
            mark_ambiguous_mails(now=timezone.now() + timedelta(minutes=11))
            assert senders.start("send_mails").wait() == 0
            taken = list(sink.subjects)
        rows = found(taken)
        print(f"kills that struck: {dict(struck)}; longest recovery of PostgreSQL {recovery:.2f} s")
        print(f"all in all {time.perf_counter() - started:.0f} s")
        for label, value, is_right in rows:
            print(f"{label:<44} {value!s:>24}  {'ok' if is_right else 'WRONG'}")
        return int(not all(is_right for _label, _value, is_right in rows))


if __name__ == "__main__":
    sys.exit(main())

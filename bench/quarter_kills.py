"""Proof: the quarterly adjustment of 20,000 customers in the running product, under 20 kills at random moments.

    python -m bench.quarter_kills

The product runs as `make run` starts it. This process wakes the job every second, as a second beat would. One after the
other a worker, beat, the broker, the PostgreSQL server and one of its sessions are killed with SIGKILL; the product
brings back what was killed by itself. Afterwards the quarter is done exactly once for every customer: one adjustment,
at most one line of the grade history, the grade that this line gives, one message per person. Prints what was found;
exit 1 where one of it does not hold. The moments are random with a fixed seed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

KILLS, SEED, LIMIT_SECONDS = 20, 20261127, 900.0
QUARTER, SETTLED = "2026Q3", "2026Q2"
MOMENTS = (0.3, 4.0)
"""Seconds between two kills: at least and at most."""
FILL = "--fill"


def fill() -> None:
    """Write the customers with their reports; settle every job but the quarter's, so that nothing else is at work."""
    import django

    django.setup()
    from datetime import timedelta

    from django.utils import timezone

    import bench.grade_adjustment as run
    from creditrisk.dates import local_today
    from creditrisk.jobs.models import JobRun
    from creditrisk.jobs.periods import Cadence
    from creditrisk.jobs.schedule import jobs

    run.fill()
    days = [str(local_today() + timedelta(days=day)) for day in range(2)]
    settled = [(job.code, day) for job in jobs() if job.cadence is Cadence.DAY for day in days]
    JobRun.objects.bulk_create(
        JobRun(job=job, period=period, state="done", finished_at=timezone.now())
        for job, period in [*settled, ("grade_adjustment", SETTLED)]
    )


def wake() -> None:
    """Send what beat sends; a broker that is down loses it, as it does beat's."""
    from kombu.exceptions import KombuError
    from redis.exceptions import RedisError

    from creditrisk.jobs.tasks import catch_up_job

    with suppress(KombuError, RedisError, OSError):
        catch_up_job.delay("grade_adjustment")


def is_done() -> bool:
    """Return whether the ledger says that the quarter is done; a database that is down says nothing."""
    from django.db import DatabaseError, connection

    from creditrisk.jobs.models import JobRun

    try:
        return JobRun.objects.filter(job="grade_adjustment", period=QUARTER, state="done").exists()
    except DatabaseError:
        connection.close()
        return False


def adjusted() -> int:
    """Return how many customers are adjusted; 0 while the database is down."""
    from django.db import DatabaseError, connection

    from reviews.models import GradeAdjustment

    try:
        return GradeAdjustment.objects.filter(quarter=QUARTER).count()
    except DatabaseError:
        connection.close()
        return 0


def strike(product: Any, victim: str, moments: random.Random) -> bool:
    """Kill a part of the product; return whether there was one."""
    from tests.embedded.probes import postmaster_pid, server_pids

    found: list[int] = []
    with suppress(OSError, ValueError, IndexError):
        if victim in ("worker", "beat"):
            found = product.pids(victim)
        elif victim == "broker":
            found = server_pids(product.data_dir, "valkey-server")
        elif victim == "PostgreSQL":
            found = [postmaster_pid(product.data_dir)]
        else:
            server = postmaster_pid(product.data_dir)
            found = [pid for pid in server_pids(product.data_dir, "postgres") if pid != server]
    if not found:
        return False
    with suppress(ProcessLookupError):
        os.kill(moments.choice(found), signal.SIGKILL)
        return True
    return False


def disturb(product: Any) -> tuple[Counter[str], list[int]]:
    """Kill `KILLS` times while the run goes on; return what was struck, and how far the run was each time."""
    moments, struck, progress = random.Random(SEED), Counter[str](), []
    victims = ("worker", "session", "broker", "worker", "beat", "PostgreSQL")
    while struck.total() < KILLS:
        until = time.monotonic() + moments.uniform(*MOMENTS)
        while time.monotonic() < until:
            wake()
            time.sleep(0.2)
        victim = victims[struck.total() % len(victims)]
        if strike(product, victim, moments):
            struck[victim] += 1
            progress.append(adjusted())
    return struck, progress


def found() -> list[tuple[str, object, bool]]:
    """Return what holds afterwards: a label, the figure, and whether it is right."""
    from django.db.models import Count, F, OuterRef, Subquery

    from bench.grade_adjustment import CUSTOMERS
    from creditrisk.notifications.models import Notification
    from customers.models import Customer, GradeChange
    from reviews.models import GradeAdjustment

    adjustments = GradeAdjustment.objects.filter(quarter=QUARTER)
    customers = adjustments.values("customer").distinct().count()
    changes = GradeChange.objects.filter(source=f"{QUARTER} adjustment")
    doubled = changes.values("customer").annotate(lines=Count("pk")).filter(lines__gt=1).count()
    applied = adjustments.filter(state="applied").count()
    last = GradeChange.objects.filter(customer=OuterRef("pk")).order_by("-pk").values("new")[:1]
    unlike = Customer.objects.annotate(last=Subquery(last)).exclude(grade=F("last")).count()
    told = Notification.objects.filter(key__startswith=f"grades:{QUARTER}")
    twice = told.values("user", "key").annotate(count=Count("pk")).filter(count__gt=1).count()
    return [
        ("adjustments", adjustments.count(), adjustments.count() == CUSTOMERS),
        ("customers adjusted", customers, customers == CUSTOMERS),
        ("lines of the grade history", changes.count(), changes.count() == applied > 0),
        ("customers with two lines", doubled, doubled == 0),
        ("customers whose grade is not that of their last line", unlike, unlike == 0),
        ("messages to people", told.count(), told.count() > 0),
        ("people told twice", twice, twice == 0),
    ]


def main() -> int:
    """Run it; return 1 where something does not hold."""
    from creditrisk.embedded.addresses import DataFolder, read_state
    from creditrisk.embedded.environment import local_environment
    from tests.embedded.running_product import RunningProduct

    with tempfile.TemporaryDirectory(prefix="creditrisk-bench-") as folder:
        product = RunningProduct(Path(folder) / "var")
        try:
            product.start()
            state = read_state(DataFolder(product.data_dir.resolve()))
            assert state is not None
            os.environ |= local_environment(product.data_dir.resolve(), state.addresses)
            os.environ |= {"DJANGO_SETTINGS_MODULE": "creditrisk.settings", "LOG_LEVEL": "ERROR"}
            subprocess.run([sys.executable, "-m", "bench.quarter_kills", FILL], check=True)
            import django

            django.setup()
            started = time.perf_counter()
            struck, progress = disturb(product)
            while not is_done() and time.perf_counter() - started < LIMIT_SECONDS:
                wake()
                time.sleep(1)
            seconds = time.perf_counter() - started
            rows = [("the quarter is done", is_done(), is_done()), *found()]
        finally:
            product.clean_up()
    for label, value, holds in rows:
        print(f"{label:<56} {value!s:>10}  {'ok' if holds else 'WRONG'}")
    print(f"killed: {', '.join(f'{count} × {name}' for name, count in sorted(struck.items()))}")
    print(f"customers adjusted at each kill: {progress}")
    print(f"seconds from the first wake to the end: {seconds:.0f}")
    return int(not all(holds for _label, _value, holds in rows))


if __name__ == "__main__":
    sys.exit(fill() if FILL in sys.argv else main())

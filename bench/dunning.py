"""Benchmark: a dunning run over 100,000 overdue items of 5,000 customers, without and with its PDFs.

    python -m bench.dunning

Every item is 3 days past due: each customer gets one letter of 20 items. Without PDFs the letters are written with all
that belongs to them (numbers, items, mails, history) but one and the same bytes for a PDF. Beside it stands what
PostgreSQL takes for the rows alone: the bare `INSERT … SELECT` of the 100,000 items on 5,000 notices. Prints seconds,
memory and the ratio; exit 1 where a limit is missed.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from unittest import mock

from bench.scratch import scratch_database

CUSTOMERS, ITEMS_EACH = 5_000, 20
AS_OF = date(2026, 10, 31)
DUE_ON = AS_OF - timedelta(days=3)
LIMIT_SECONDS_WITHOUT, LIMIT_SECONDS_WITH = 30.0, 300.0
LIMIT_GROWTH_MEGABYTES = 100.0
BARE = """
    INSERT INTO bench_dunned (notice_id, customer_id, stage, document, due_on, currency, amount, days_overdue)
    SELECT dense_rank() OVER (ORDER BY customer_id), customer_id, 'dunning_letter', document, due_on, currency,
        open_amount, %s - due_on
    FROM receivables_openitem WHERE report_id = %s AND open_amount > 0
"""


def fill() -> int:
    """Write the customers and one report; return its primary key."""
    from creditrisk.accounts.roles import Role
    from customers.models import Customer
    from tests.factories.customers import REVIEWED_ON
    from tests.factories.people import create_user
    from tests.factories.reports import Line, create_report

    managers = [create_user(Role.SERVICE_MANAGER) for _number in range(50)]
    create_user(Role.GROUP_LEADER)
    Customer.objects.bulk_create(
        Customer(
            number=f"B{number:05d}",
            name=f"第 {number} 号客户股份有限公司",
            state="active",
            grade="B",
            reviewed_on=REVIEWED_ON,
            finance_email=f"finance{number}@customer.example",
            service_manager=managers[number % len(managers)],
        )
        for number in range(CUSTOMERS)
    )
    customers = list(Customer.objects.order_by("number"))
    lines = (
        Line(customer, DUE_ON, f"{100 + index}.00", f"INV-{customer.number}-{index}")
        for customer in customers
        for index in range(ITEMS_EACH)
    )
    return create_report(as_of=AS_OF, lines=lines).pk


def seconds(action: Callable[[], object]) -> float:
    """Return how long `action` takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def megabytes() -> float:
    """Return the peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bare(report: int) -> float:
    """Return the seconds of the bare `INSERT … SELECT` of the dunned items."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_dunned (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, notice_id bigint,"
            " customer_id bigint, stage text, document text, due_on date, currency text, amount numeric(18, 2),"
            " days_overdue int, UNIQUE (customer_id, document, due_on, currency, stage))"
        )
        return seconds(lambda: cursor.execute(BARE, [AS_OF, report]))


def run(on: date) -> None:
    """Run dunning; nobody may be left out."""
    from receivables.services.dunning import run_dunning

    result = run_dunning(on=on, by=None)
    assert not result.errors, result.errors[:3]
    assert len(result.letters) == CUSTOMERS, len(result.letters)


def forget() -> None:
    """Take back what the run wrote, for the next one."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE receivables_dunneditem, receivables_dunningnotice, notifications_outboxmessage CASCADE"
        )


def main() -> int:
    """Run it; return 1 where a limit is missed."""
    with scratch_database():
        report = fill()
        raw = bare(report)
        before = megabytes()
        with mock.patch("receivables.services.letters.render_letter", return_value=b"%PDF-1.7 bench"):
            without = seconds(lambda: run(AS_OF))
        growth = megabytes() - before
        forget()
        with_pdfs = seconds(lambda: run(AS_OF))
        rows = [
            (
                f"{CUSTOMERS * ITEMS_EACH:,} items, {CUSTOMERS:,} letters, without PDFs, s",
                without,
                LIMIT_SECONDS_WITHOUT,
            ),
            ("the same with PDFs, s", with_pdfs, LIMIT_SECONDS_WITH),
            ("memory grown by the run, MB", growth, LIMIT_GROWTH_MEGABYTES),
        ]
        for label, value, limit in rows:
            print(f"{label:<56} {value:10.2f}  limit {limit:8.2f}  {'ok' if value <= limit else 'MISSED'}")
        print(f"{'bare INSERT … SELECT of the items, s':<56} {raw:10.2f}")
        print(f"{'ratio without PDFs to the bare statement':<56} {without / raw:10.2f}")
        print(f"{'peak memory with PDFs, MB':<56} {megabytes():10.2f}")
        return int(any(value > limit for _, value, limit in rows))


if __name__ == "__main__":
    sys.exit(main())

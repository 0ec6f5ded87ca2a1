"""Benchmark: the work list over 5,000 customers with 100,000 overdue items, beside the bare SQL that adds them up.

    python -m bench.worklist

A leader's list (all 5,000), that of one of 50 service managers (100 customers), the badge of the navigation, and the
queries of each. Prints each beside its limit; exit 1 where one is missed.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from bench.aging_page import LIMIT_P95_MILLISECONDS, milliseconds, p95
from bench.reading import report
from bench.scratch import scratch_database

CUSTOMERS, ITEMS_EACH, MANAGERS = 5_000, 20, 50
ROUNDS = 15
LIMIT_ALL_MILLISECONDS = 1_000
LIMIT_BADGE_MILLISECONDS = 10
LIMIT_QUERIES = 24
PATH = "/receivables/worklist/"
BARE = (
    "SELECT customer_id, currency, SUM(open_amount), MIN(due_on) FROM receivables_openitem"
    " WHERE report_id = %s AND as_of = %s AND due_on < %s GROUP BY customer_id, currency"
)


def fill() -> tuple[Any, Any, Any]:
    """Store customers, items and calls; return a leader, a manager and the report."""
    from creditrisk.accounts.roles import Role
    from creditrisk.dates import local_today
    from customers.models import Customer, CustomerState
    from receivables.models import CollectionContact, OpenItem
    from tests.factories.people import create_user
    from tests.factories.reports import create_report

    today = local_today()
    managers = [create_user(Role.SERVICE_MANAGER) for _number in range(MANAGERS)]
    customers = Customer.objects.bulk_create(
        [
            Customer(
                number=f"C{number:06d}",
                name=f"上海第{number}贸易有限公司",
                state=CustomerState.ACTIVE,
                grade="ABCD"[number % 4],
                finance_contact="王",
                finance_phone="021-5555 0100",
                service_manager=managers[number % MANAGERS],
            )
            for number in range(CUSTOMERS)
        ],
        batch_size=1000,
    )
    as_of = today - dt.timedelta(days=5)
    stored = create_report(as_of=as_of)
    OpenItem.objects.bulk_create(
        [
            OpenItem(
                report=stored,
                as_of=as_of,
                customer=customer,
                row_number=index,
                document=f"INV-{customer.number}-{index}",
                due_on=today - dt.timedelta(days=1 + 7 * index),
                currency="CNY",
                amount=Decimal("1000.00"),
                open_amount=Decimal(100 + index),
            )
            for customer in customers
            for index in range(ITEMS_EACH)
        ],
        batch_size=5000,
    )
    CollectionContact.objects.bulk_create(
        [
            CollectionContact(
                customer=customer,
                happened_on=today - dt.timedelta(days=days),
                result="no_answer",
                next_on=today,
                by=managers[0],
            )
            for customer in customers
            for days in (30, 20, 10, 5)
        ],
        batch_size=5000,
    )
    return create_user(Role.GROUP_LEADER), managers[0], stored


def figures() -> Iterator[bool]:
    """Measure, print, and yield for each figure whether it keeps its limit."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from creditrisk.badges import badge_counts
    from creditrisk.dates import local_today
    from tests.factories.people import reload

    leader, manager, stored = fill()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

        def bare() -> None:
            cursor.execute(BARE, [stored.pk, stored.as_of, local_today()])
            cursor.fetchall()

        print(f"bare sums of all items, p95: {p95(milliseconds(bare, ROUNDS)):.0f} ms")
    for name, person, limit in (
        ("all customers", leader, LIMIT_ALL_MILLISECONDS),
        ("a manager's own", manager, LIMIT_P95_MILLISECONDS),
    ):
        client = Client(HTTP_HOST="localhost")
        client.force_login(person)
        assert client.get(PATH).status_code == 200
        with CaptureQueriesContext(connection) as queries:
            client.get(PATH)
        count = len(queries)  # at once: the next request forgets them
        times = milliseconds(lambda client=client: client.get(PATH), ROUNDS)  # type: ignore[misc]
        yield report(f"{name}, p95", p95(times), limit, "ms")
        yield report(f"{name}, queries", count, LIMIT_QUERIES, "")
    asking = reload(manager)
    badge_counts(asking)
    yield report(
        "all badges of the navigation, median",
        statistics.median(milliseconds(lambda: badge_counts(asking), ROUNDS)),
        LIMIT_BADGE_MILLISECONDS,
        "ms",
    )


def main() -> int:
    """Run the benchmark and return its exit status."""
    with scratch_database():
        kept = list(figures())
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

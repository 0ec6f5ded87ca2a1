"""Benchmark: 20,000 customers with 10 contacts and 10 contracts each: the list, its search and one file, 10 clients.

    python -m bench.customers

A search is measured twice: as the list asks while somebody types, and as a page of its own.
Every page is asked for from a real web server by 10 clients without a pause, and so is, in the same run, the Django
administration's list of the same customers. Prints p50, p95 and pages a second, each p95 against its limit; ours must
not be slower than the administration's. Exit 1 where a limit is missed.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bench.aging_page import SECONDS, p95, under_load
from bench.lists import add_customers
from bench.reading import report
from bench.scratch import scratch_database

CUSTOMERS, EACH = 20_000, 10
LIMIT_P95_MILLISECONDS = 250
ADMIN = "/admin/customers/customer/"
TYPED = {"HX-Request": "true", "HX-Target": "list"}
PAGES = (
    ("customer list", ["/customers/"]),
    ("search by a name", [f"/customers/?q=第{number}" for number in range(1000, 1100)]),
    ("search by a contact", [f"/customers/?q=139{number:05d}" for number in range(1000, 1100)]),
    ("search that finds nobody", ["/customers/?q=nobody"]),
    ("customer page", [f"/customers/C{number:06d}/" for number in range(1000, 1100)]),
)


def fill(team: Any) -> None:
    """Add the customers with their contacts and contracts."""
    from customers.models import Contact, Contract, Customer

    add_customers(team, first=0, last=CUSTOMERS)
    customers = list(Customer.objects.order_by("number"))
    rows = ((customer, index) for customer in customers for index in range(EACH))
    while part := list(islice(rows, 5000)):
        Contact.objects.bulk_create(
            Contact(
                customer=customer,
                kind="other",
                name=f"王{customer.number}{index}",
                mobile=f"139{customer.pk * EACH + index:08d}",
                email=f"a{index}@{customer.number.lower()}.example",
            )
            for customer, index in part
        )
        Contract.objects.bulk_create(
            Contract(
                customer=customer,
                number=f"HT-{customer.number}-{index}",
                service_type="sales",
                amount=100_000,
                currency="CNY",
                payment_term_days=30,
                state="signed",
                signed_on=dt.date(2026, 1, 1),
                handler=team.account_manager,
            )
            for customer, index in part
        )


def told(name: str, times: list[float]) -> float:
    """Print what a page costs; return its p95 in milliseconds."""
    slow = p95(times)
    print(
        f"{name:<44} p50 {statistics.median(times):7.1f} ms   p95 {slow:7.1f} ms   {len(times) / SECONDS:5.0f} pages/s"
    )
    return slow


def figures() -> Iterator[bool]:
    """Print every figure; yield for each limit whether it is kept."""
    from django.db import connection

    from tests.factories.people import create_team, session_of

    team = create_team()
    fill(team)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    admin = told("the administration's list", under_load(session_of(team.administrator), [ADMIN]))
    leader = session_of(team.group_leader)
    for name, paths in PAGES:
        if name.startswith("search"):
            typed = told(f"{name}, typed", under_load(leader, paths, headers=TYPED, sign=b"list-tools"))
            yield report(f"{name}, typed: p95", typed, LIMIT_P95_MILLISECONDS, "ms")
        slow = told(name, under_load(leader, paths))
        yield report(f"{name}: p95", slow, LIMIT_P95_MILLISECONDS, "ms")
        if name == "customer list":
            yield report(f"{name}: p95 against the administration's", slow / admin, 1.0, "×")


def main() -> int:
    """Run the benchmark and return its exit status."""
    with scratch_database():
        kept = list(figures())
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

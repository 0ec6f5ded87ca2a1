"""Benchmark: the early warnings of a day for 20,000 customers with 1,000,000 open items in each monthly report.

    python -m bench.warnings [--customers 20000]

Sixteen reports, which are what a run compares. Prints the seconds of counting one report, of a
day's run that raises every case, of the same run again, of a simulation, the memory that the runs added, and beside
them the bare SQL over the same items; exit 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.reading import report
from bench.scratch import scratch_database

REPORTS = 16
NEW_EACH, LEFT_EACH = 35, 15
"""Documents a customer gets in a month, and how many of them are still open a month later: 50 open in each report."""
ON = dt.date(2026, 11, 27)
LIMIT_FLOW_SECONDS = 20
LIMIT_RUN_SECONDS, LIMIT_AGAIN_SECONDS = 60, 60
LIMIT_MEMORY_MEGABYTES = 200

FILL = """
    INSERT INTO {table} (report_id, as_of, customer_id, row_number, document, document_on, due_on, currency, amount,
        open_amount, contract_number, description, due_basis)
    SELECT %(report)s, %(as_of)s, customer.id, 1, 'INV-' || customer.id || '-' || month.back || '-' || item.number,
        month.first + item.number %% 28, month.first + item.number %% 28 + 20, 'CNY',
        100 + (customer.id * 7919 + (%(age)s + month.back) * 104729 + item.number * 31) %% 900,
        100 + (customer.id * 7919 + (%(age)s + month.back) * 104729 + item.number * 31) %% 900, '', '', 'stated'
    FROM customers_customer AS customer
    CROSS JOIN (VALUES (%(age)s, %(first)s::date, %(new)s), (%(age)s + 1, %(before)s::date, %(left)s))
        AS month (back, first, count)
    CROSS JOIN LATERAL generate_series(1, month.count) AS item (number)
    WHERE (customer.id + month.back * 13) %% 40 <> 0 OR month.back > 2
"""
SUMS = """
    INSERT INTO receivables_agingsum (report_id, customer_id, currency, debit_amounts, credit_amounts, total_amount,
        overdue_amount, items)
    SELECT report_id, customer_id, currency, ARRAY[sum(open_amount)], ARRAY[0::numeric], sum(open_amount), 0, count(*)
    FROM {table} WHERE report_id = %s GROUP BY report_id, customer_id, currency
"""
BARE = "SELECT customer_id, sum(amount), sum(open_amount * (as_of - due_on)) FROM receivables_openitem GROUP BY 1"


def fill(count: int) -> None:
    """Store customers and reports, the items and sums by SQL."""
    from decimal import Decimal

    from django.db import connection

    from creditrisk.accounts.roles import Role
    from creditrisk.dates import add_months, end_of_month
    from customers.models import Customer, CustomerState
    from receivables.services.partitions import partition_for
    from tests.factories.people import create_team, create_user
    from tests.factories.reports import create_report

    create_team()
    managers = [create_user(Role.SERVICE_MANAGER) for _number in range(100)]
    Customer.objects.bulk_create(
        [
            Customer(
                number=f"C{number:06d}",
                name=f"上海第{number}贸易有限公司",
                state=CustomerState.ACTIVE,
                grade="ABCD"[number % 4],
                service_manager=managers[number % len(managers)],
                reviewed_on=dt.date(2026, 3, 1),
                confirmed_on=dt.date(2026, 9, 1) if number % 20 else dt.date(2026, 3, 1),
                credit_limit_amount=Decimal(30_000 + number % 5 * 2_000),
                credit_limit_currency="CNY",
                credit_limit_valid_to_on=dt.date(2027, 3, 1),
            )
            for number in range(count)
        ],
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        for age in range(REPORTS - 1, -1, -1):
            first = add_months(dt.date(2026, 10, 1), -age)
            stored = create_report(as_of=end_of_month(first))
            table = partition_for("receivables_openitem", stored.as_of)
            cursor.execute(
                FILL.format(table=table),
                {
                    "report": stored.pk, "as_of": stored.as_of, "age": age, "first": first,
                    "before": add_months(first, -1), "new": NEW_EACH, "left": LEFT_EACH,
                },
            )  # fmt: skip
            cursor.execute(SUMS.format(table=table), [stored.pk])
        cursor.execute("ANALYZE")
        cursor.execute("SELECT count(*) FROM receivables_openitem")
        print(f"{count:,} customers, {REPORTS} reports, {cursor.fetchone()[0]:,} lines")


def seconds(action: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long an action took, and what it returned."""
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


def megabytes() -> float:
    """Return the most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def figures(count: int) -> Iterator[bool]:
    """Measure, print, and yield for each figure whether it keeps its limit."""
    from django.db import connection

    from creditrisk.policy.default import DEFAULT_POLICY
    from creditrisk.policy.selectors import policy_version_on
    from receivables.selectors.warning_items import horizon
    from receivables.services.report_flows import store_flows
    from receivables.services.warnings import raise_warnings, simulated_warnings

    took, _nothing = seconds(lambda: fill(count))
    print(f"{'filled':<52} {took:8.1f} s")

    def bare() -> None:
        with connection.cursor() as cursor:
            cursor.execute(BARE)
            cursor.fetchall()

    print(f"{'bare sums of all lines':<52} {seconds(bare)[0]:8.1f} s")
    before = megabytes()
    took, stored = seconds(lambda: store_flows(horizon(on=ON, rules=DEFAULT_POLICY.warnings)))
    yield report("flows of one report, once", took / stored, LIMIT_FLOW_SECONDS, "s")
    took, simulated = seconds(lambda: simulated_warnings(on=ON, policy=policy_version_on(ON).policy))
    print(f"{'simulation':<52} {took:8.1f} s   {simulated.counts}")
    took, result = seconds(lambda: raise_warnings(on=ON))
    assert not result.errors
    print(f"raised: {result.counts()}")
    yield report("a day's run", took, LIMIT_RUN_SECONDS, "s")
    took, again = seconds(lambda: raise_warnings(on=ON))
    assert len(again.raised) == len(result.raised)
    yield report("the same run again", took, LIMIT_AGAIN_SECONDS, "s")
    yield report("memory that the runs added", megabytes() - before, LIMIT_MEMORY_MEGABYTES, "MB")


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=20_000)
    count = parser.parse_args().customers
    with scratch_database():
        kept = list(figures(count))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

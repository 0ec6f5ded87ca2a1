"""Benchmark: a draft of the policy simulated on one quarter of a large company.

    python -m bench.simulation [customers]

20,000 customers with 50 open items each in three monthly reports: 1,000,000 items a report, of which half are within
reach of dunning. The draft changes dunning, the aging buckets and a limit's factor, so that every part is reckoned.
Prints the seconds of each part and how much memory grew; exit 1 where a limit is missed.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal

from bench.scratch import scratch_database

CUSTOMERS, ITEMS_EACH = 20_000, 50
REPORTS = (date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30))
ON = date(2026, 10, 5)
LIMIT_SECONDS = 600.0
"""A worker reckons it; the person who asked is told when it is done."""
LIMIT_GROWTH_MEGABYTES = 300.0
ITEMS = """
    INSERT INTO receivables_openitem (report_id, as_of, row_number, document, due_on, currency, amount, contract_number,
        description, document_on, open_amount, customer_id, due_basis)
    SELECT %s, %s, number, 'INV-' || customer.id || '-' || number, %s::date - (number * 4 - 100), 'CNY',
        1000 + number, '', '', %s::date - (number * 4 - 70), 1000 + number, customer.id, 'stated'
    FROM customers_customer AS customer, generate_series(1, %s) AS number
"""
"""Due from 96 days after the first report to 100 before it: the same documents in every report, each a month older."""


def fill(customers: int) -> None:
    """Write customers and reports."""
    from django.db import connection

    from customers.models import Customer
    from tests.factories.customers import REVIEWED_ON
    from tests.factories.reports import create_report

    Customer.objects.bulk_create(
        Customer(
            number=f"B{number:05d}",
            name=f"第 {number} 号客户股份有限公司",
            state="active",
            grade="ABCD"[number % 4],
            reviewed_on=REVIEWED_ON,
        )
        for number in range(customers)
    )
    for as_of in REPORTS:
        report = create_report(as_of=as_of)
        with connection.cursor() as cursor:
            cursor.execute(ITEMS, [report.pk, as_of, REPORTS[0], REPORTS[0], ITEMS_EACH])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def megabytes() -> float:
    """Return the peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Measure each part and return the exit code."""
    customers = int(sys.argv[1]) if sys.argv[1:] else CUSTOMERS
    with scratch_database():
        from creditrisk.policy.default import DEFAULT_POLICY
        from receivables.dunning import with_own_days
        from supervision.selectors.policy_simulation import SIMULATED_PARTS
        from supervision.simulated_parts import Question, past_quarters

        fill(customers)
        band = DEFAULT_POLICY.grade_bands[1]
        draft = replace(
            DEFAULT_POLICY,
            dunning=with_own_days(DEFAULT_POLICY.dunning, letter=6),
            aging_buckets=DEFAULT_POLICY.aging_buckets[:4] + DEFAULT_POLICY.aging_buckets[-1:],
            grade_bands=(
                DEFAULT_POLICY.grade_bands[0],
                replace(band, limit_factor=Decimal("0.8")),
                *DEFAULT_POLICY.grade_bands[2:],
            ),
        )
        question = Question(DEFAULT_POLICY, draft, past_quarters(ON, 1), ON)
        before, whole = megabytes(), 0.0
        for part in SIMULATED_PARTS:
            started = time.perf_counter()
            found = part(question)
            taken = time.perf_counter() - started
            whole += taken
            print(f"{found.code}: {taken:.1f} s, {found.changed} customers change, {len(found.rows)} figures")
        grown = megabytes() - before
    print(
        f"{customers} customers × {ITEMS_EACH} items × {len(REPORTS)} reports: {whole:.1f} s"
        f" (limit {LIMIT_SECONDS:.0f}), memory grown by {grown:.0f} MB (limit {LIMIT_GROWTH_MEGABYTES:.0f})"
    )
    return int(whole > LIMIT_SECONDS or grown > LIMIT_GROWTH_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())

"""Benchmark: monthly summaries of 100 customer service managers with 20,000 customers and 1,000,000 open items.

    python -m bench.summaries

Two month ends of 1,000,000 items each, a year of sums, 20,000 grade changes, 20,000 notices. Makes all summaries of the
month as the job does, then refreshes one, as a manager does. Beside it stands what PostgreSQL takes for the one join of
the two month ends alone. Prints seconds and memory; exit 1 where a limit is missed.
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.reading import report
from bench.scratch import scratch_database

CUSTOMERS, ITEMS, MANAGERS = 20_000, 1_000_000, 100
MONTH = dt.date(2026, 10, 1)
LIMIT_SECONDS, LIMIT_REFRESH_SECONDS, LIMIT_GROWTH_MEGABYTES = 60.0, 5.0, 300.0
FILL_ITEMS = """
    INSERT INTO receivables_openitem (report_id, as_of, row_number, document, document_on, due_on, currency, amount,
        open_amount, contract_number, description, customer_id, due_basis)
    SELECT %(report)s, %(as_of)s, item, 'INV-' || item, due - 30, due, CASE item %% 20 WHEN 0 THEN 'USD' ELSE 'CNY' END,
        100 + item %% 9000, (100 + item %% 9000) * CASE WHEN item %% 50 = 0 THEN -1 ELSE 1 END, '', '',
        %(first)s + item %% %(customers)s, 'stated'
    FROM generate_series(%(from)s, %(to)s) AS item CROSS JOIN LATERAL (SELECT date '2026-10-31' - (item %% 400) + 60 AS
        due) AS dated
"""
BARE = """
    SELECT count(*), sum(was.amount), sum(is_now.amount) FROM
        (SELECT customer_id, document, due_on, currency, sum(open_amount) AS amount FROM receivables_openitem
            WHERE report_id = %s AND as_of = %s GROUP BY 1, 2, 3, 4) AS was
        FULL JOIN (SELECT customer_id, document, due_on, currency, sum(open_amount) AS amount FROM receivables_openitem
            WHERE report_id = %s AND as_of = %s GROUP BY 1, 2, 3, 4) AS is_now
        USING (customer_id, document, due_on, currency)
"""


def fill() -> Any:
    """Store people, customers, reports and history; return the opening and the closing report."""
    from django.db import connection

    from creditrisk.accounts.roles import Role
    from creditrisk.dates import add_months, end_of_month
    from customers.models import Customer, CustomerState
    from receivables.models import DunningNotice
    from receivables.services.partitions import partition_for
    from tests.factories.people import create_user
    from tests.factories.reports import create_report

    managers = [create_user(Role.SERVICE_MANAGER) for _number in range(MANAGERS)]
    create_user(Role.GROUP_LEADER)
    customers = Customer.objects.bulk_create(
        [
            Customer(
                number=f"C{number:06d}",
                name=f"上海第{number}贸易有限公司",
                state=CustomerState.ACTIVE,
                grade="ABCD"[number % 4],
                service_manager=managers[number % MANAGERS],
            )
            for number in range(CUSTOMERS)
        ],
        batch_size=1000,
    )
    first = customers[0].pk
    reports = [create_report(as_of=end_of_month(add_months(MONTH, back)), lines=[]) for back in range(-12, 1)]
    with connection.cursor() as cursor:
        for made in reports[-2:]:
            partition_for("receivables_openitem", made.as_of)
            # One in ten of the earlier month is gone in the later, which has as many new ones.
            start = 0 if made is reports[-2] else ITEMS // 10
            values = {"report": made.pk, "as_of": made.as_of, "first": first, "customers": CUSTOMERS}
            cursor.execute(FILL_ITEMS, values | {"from": start, "to": start + ITEMS - 1})
        for made in reports:
            _store_sums(cursor, made, of=reports[-1] if made is reports[-1] else reports[-2])
        cursor.execute(
            "INSERT INTO customers_gradechange (customer_id, old, new, is_provisional, effective_on, source, reason,"
            " policy_version_id, created_at) SELECT id, 'B', grade, false, '2026-10-15', 'bench', '', %s, now()"
            " FROM customers_customer",
            [reports[-1].policy_version_id],
        )
        cursor.execute("ANALYZE")
    DunningNotice.objects.bulk_create(
        DunningNotice(
            stage="reminder",
            customer=customer,
            currency="CNY",
            total_amount=100,
            language="en",
            issued_on=MONTH,
            report=reports[-2],
            policy_version=reports[-1].policy_version,
        )
        for customer in customers
    )
    return reports[-2], reports[-1]


def _store_sums(cursor: Any, made: Any, *, of: Any) -> None:
    """Store the sums of a report as those of the items of `of`."""
    from receivables.selectors.aged_sums import buckets_of, computed_sums

    sums = computed_sums(of, as_of=of.as_of, buckets=buckets_of(of, of.policy_version))
    names = "customer_id, currency, debit_amounts, credit_amounts, total_amount, overdue_amount, items"
    cursor.execute(
        f"INSERT INTO receivables_agingsum (report_id, {names}) SELECT %s, {names} FROM ({sums.text}) AS computed",
        (made.pk, *sums.params),
    )


def seconds(action: Callable[[], Any]) -> float:
    """Return how long `action` takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def megabytes() -> float:
    """Return the peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bare(opening: Any, closing: Any) -> float:
    """Return the seconds of the bare join of the two month ends."""
    from django.db import connection

    with connection.cursor() as cursor:
        params = [opening.pk, opening.as_of, closing.pk, closing.as_of]
        return seconds(lambda: cursor.execute(BARE, params))


def main() -> int:
    """Run it; return 1 where a limit is missed."""
    with scratch_database():
        opening, closing = fill()
        from django.utils import timezone

        from supervision.models import MonthlySummary
        from supervision.services.summaries import make_summaries, refresh_summary

        alone = bare(opening, closing)
        before = megabytes()
        taken = seconds(lambda: make_summaries(month=MONTH, now=timezone.now()))
        growth = megabytes() - before
        summaries = list(MonthlySummary.objects.select_related("service_manager"))
        assert len(summaries) == MANAGERS + 1
        assert all(summary.figures.bridge_gap is None for summary in summaries)
        one = next(summary for summary in summaries if summary.service_manager is not None)
        assert one.service_manager is not None
        by = one.service_manager
        refreshed = seconds(lambda: refresh_summary(summary=one, by=by, now=timezone.now()))
        size = sum(len(str(summary.facts)) for summary in summaries) / len(summaries) / 1024
        kept = [
            report(f"{MANAGERS} summaries and the group's", taken, LIMIT_SECONDS, "s"),
            report("one manager's computed anew", refreshed, LIMIT_REFRESH_SECONDS, "s"),
            report("memory grown", growth, LIMIT_GROWTH_MEGABYTES, "MB"),
        ]
        print(f"{'bare join of the two month ends':<44} {alone:8.2f} s")
        print(f"{'figures of a summary as text':<44} {size:8.2f} kB")
        return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Benchmark: the leader's dashboard and the table of contract handlers at 20,000 customers.

    python -m bench.dashboard [--items]

Thirteen month ends, each with the stored sums of 20,000 customers over 1,000,000 items in two currencies, five grade
changes for each customer, figures of twelve months, 2,000 approvals that wait. Sums, grades and figures are written by
SQL, as a commit and the job leave them; the pages never read items. With --items the last two reports have their
1,000,000 items, and computing the figures of one pair is measured besides. Pages are asked for as the group leader and
the head of a department do, through every middleware. Prints p95 in milliseconds against the limit; exit 1 where it is
missed.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench.aging_page import milliseconds, p95
from bench.reading import report
from bench.scratch import scratch_database

CUSTOMERS, ITEMS, MONTHS, MANAGERS = 20_000, 1_000_000, 13, 200
LATEST = dt.date(2026, 10, 31)
ROUNDS = 40
LIMIT_P95_MILLISECONDS, LIMIT_LISTS_MILLISECONDS = 400, 1000
LIMIT_FIGURES_SECONDS = 60
PAGES = {
    "dashboard, leader": "/supervision/",
    "dashboard, two years": "/supervision/?months=25",
    "contract handlers": "/supervision/handlers/",
    "customers downgraded": "/supervision/customers/?move=worse",
}

CUSTOMER_COPIES = """
    INSERT INTO customers_customer (number, account_manager_id, service_manager_id, {columns})
    SELECT 'K' || to_char(n, 'FM00000'), (%s::bigint[])[n %% 200 + 1], (%s::bigint[])[n %% 100 + 1], {columns}
    FROM customers_customer, generate_series(1, %s) n WHERE id = %s"""
INVOICED = """
    INSERT INTO supervision_invoicedsum (figures_id, customer_id, currency, invoiced_amount)
    SELECT %s, id, 'CNY', 400 FROM customers_customer"""
SUMS = """
    INSERT INTO receivables_agingsum (report_id, customer_id, currency, debit_amounts, credit_amounts, total_amount,
        overdue_amount, items)
    SELECT %(report)s, id, CASE WHEN id %% 10 = 0 THEN 'USD' ELSE 'CNY' END,
        ARRAY[id %% 997 + %(month)s, id %% 89, id %% 53, id %% 31, id %% 17, id %% 7, id %% 3]::numeric[],
        ARRAY[0, -(id %% 5), 0, 0, 0, 0, 0]::numeric[],
        id %% 997 + %(month)s + id %% 89 + id %% 53 + id %% 31 + id %% 17 + id %% 7 + id %% 3 - id %% 5,
        id %% 89 + id %% 53 + id %% 31 + id %% 17 + id %% 7 + id %% 3 - id %% 5, %(items)s
    FROM customers_customer"""
TOTALS = """
    INSERT INTO receivables_agingtotal (report_id, currency, debit_amounts, credit_amounts, total_amount,
        overdue_amount, items, customers)
    SELECT report_id, currency, array(SELECT sum(v) FROM receivables_agingsum s, unnest(s.debit_amounts)
            WITH ORDINALITY u(v, n) WHERE s.report_id = a.report_id AND s.currency = a.currency GROUP BY n ORDER BY n),
        array(SELECT sum(v) FROM receivables_agingsum s, unnest(s.credit_amounts)
            WITH ORDINALITY u(v, n) WHERE s.report_id = a.report_id AND s.currency = a.currency GROUP BY n ORDER BY n),
        sum(total_amount), sum(overdue_amount), sum(items), count(*)
    FROM receivables_agingsum a WHERE report_id = %(report)s GROUP BY report_id, currency"""
GRADES = """
    INSERT INTO customers_gradechange (customer_id, old, new, is_provisional, effective_on, source, reason,
        policy_version_id, created_at)
    SELECT c.id, '', substr('ABCD', ((c.id + n) %% 4)::int + 1, 1), FALSE, %s::date - (n * 100 + c.id %% 90)::int,
        'bench', '', %s, now()
    FROM customers_customer c, generate_series(0, 4) n"""
LINES = """
    INSERT INTO {partition} (report_id, as_of, customer_id, row_number, document, due_on, due_basis, currency, amount,
        open_amount, contract_number, description)
    SELECT %s, %s, ids[n %% 20000 + 1], n - %s, 'R' || n, %s::date - (n %% 120)::int, 'stated', 'CNY', 100, 100, '', ''
    FROM generate_series(%s, %s) n, (SELECT array_agg(id ORDER BY id) AS ids FROM customers_customer) c"""


def fill() -> tuple[Any, Any, list[Any]]:
    """Write the company; return the group leader, the head of a department with a tenth of the customers, and the
    reports, oldest first.
    """
    from django.db import connection
    from django.utils import timezone

    from creditrisk.accounts.roles import Role
    from creditrisk.dates import add_months, end_of_month
    from creditrisk.exchange_rates.models import ExchangeRate
    from creditrisk.policy.selectors import policy_version_on
    from customers.models import Customer, CustomerState
    from receivables.models import Report, ReportState
    from supervision.models import InvoicedTotal, ReportFigures
    from tests.factories.people import create_department, create_user

    leader, head = create_user(Role.GROUP_LEADER), create_user(Role.DEPARTMENT_MANAGER)
    department = create_department(head=head)
    account = [
        create_user(Role.ACCOUNT_MANAGER, department=department if number < MANAGERS // 10 else None)
        for number in range(MANAGERS)
    ]
    service = [create_user(Role.SERVICE_MANAGER) for _number in range(MANAGERS // 2)]
    first = Customer.objects.create(number="K00000", name="Customer", state=CustomerState.ACTIVE)
    copied = [
        field.column
        for field in Customer._meta.concrete_fields
        if field.name not in ("id", "number", "account_manager", "service_manager")
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            CUSTOMER_COPIES.format(columns=", ".join(copied)),
            [[one.pk for one in account], [one.pk for one in service], CUSTOMERS - 1, first.pk],
        )
    version = policy_version_on(LATEST)
    reports = []
    with connection.cursor() as cursor:
        cursor.execute(GRADES, [LATEST, version.pk])
        for back in reversed(range(MONTHS)):
            as_of = end_of_month(add_months(LATEST, -back))
            one = Report.objects.create(
                number=f"BENCH-{back:02}",
                as_of=as_of,
                state=ReportState.COMMITTED,
                file_name="x",
                file_size_bytes=1,
                sha256=f"{back:064}",
                policy_version=version,
                committed_at=timezone.now(),
            )
            values = {"report": one.pk, "month": back, "items": ITEMS // CUSTOMERS}
            cursor.execute(SUMS, values)
            cursor.execute(TOTALS, values)
            ExchangeRate.objects.create(currency="USD", base_currency="CNY", valid_on=as_of, rate=7)
            if reports:
                figures = ReportFigures.objects.create(report=one, opening=reports[-1])
                cursor.execute(INVOICED, [figures.pk])
                InvoicedTotal.objects.create(figures=figures, currency="CNY", invoiced_amount=400 * CUSTOMERS)
            reports.append(one)
    _approvals(account[0], LATEST)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return leader, head, reports


def _approvals(initiator: Any, day: dt.date) -> None:
    """Write 2,000 reviews with a step each that waits."""
    from django.utils import timezone

    from creditrisk.accounts.roles import Role
    from customers.models import Customer
    from reviews.models import ApprovalStep, Review, ReviewState, StepState

    roles = (Role.LEGAL_AFFAIRS, Role.PLANNING_FINANCE, Role.GROUP_LEADER, Role.GENERAL_MANAGER)
    chosen = Customer.objects.order_by("pk")[:2000]
    made = Review.objects.bulk_create(
        Review(
            number=f"B-{place:05}",
            kind="new_customer",
            customer=customer,
            initiator=initiator,
            review_on=day,
            state=ReviewState.IN_APPROVAL,
        )
        for place, customer in enumerate(chosen)
    )
    ApprovalStep.objects.bulk_create(
        ApprovalStep(
            review=review,
            round=1,
            stage=0,
            role=roles[place % len(roles)],
            state=StepState.PENDING,
            opened_at=timezone.now() - dt.timedelta(days=place % 50),
            due_on=day,
        )
        for place, review in enumerate(made)
    )


def compute(reports: list[Any]) -> float:
    """Write 1,000,000 items for each of the last two reports, half of them in both; return the seconds that computing
    the figures of the pair takes.
    """
    from django.db import connection

    from receivables.models import OpenItem
    from receivables.services.partitions import partition_for
    from supervision.models import InvoicedSum, InvoicedTotal, ReportFigures
    from supervision.selectors.report_figures import WantedFigures
    from supervision.services.report_figures import compute_figures

    pair = reports[-2:]
    with connection.cursor() as cursor:
        for place, one in enumerate(pair):
            partition = partition_for(OpenItem._meta.db_table, one.as_of)
            first = place * ITEMS // 2
            values = [one.pk, one.as_of, first, LATEST, first, first + ITEMS - 1]
            cursor.execute(LINES.format(partition=partition), values)
        cursor.execute("ANALYZE")
    stored = ReportFigures.objects.filter(report=pair[1])
    for model in (InvoicedSum, InvoicedTotal):
        model.objects.filter(figures__in=stored).delete()
    stored.delete()
    started = time.perf_counter()
    compute_figures(WantedFigures(pair[1], pair[0], None))
    return time.perf_counter() - started


def main() -> int:
    """Run the benchmark and return its exit status."""
    with scratch_database():
        kept = list(figures(with_items="--items" in sys.argv))
    return 0 if all(kept) else 1


def figures(*, with_items: bool) -> Iterator[bool]:
    """Print every figure; yield for each limit whether it is kept."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.factories.people import session_of

    leader, head, reports = fill()
    asked = [(name, leader, path) for name, path in PAGES.items()]
    asked.append(("dashboard, head of a department", head, "/supervision/"))
    for name, person, path in asked:
        client = Client(headers={"host": "localhost"})
        client.cookies[settings.SESSION_COOKIE_NAME] = session_of(person)

        def page(client: Any = client, path: str = path) -> None:
            response = client.get(path)
            assert response.status_code == 200
            assert b"<table" in response.content

        page()
        with CaptureQueriesContext(connection) as queries:
            page()
            asked_of_database = list(queries.captured_queries)
        started = time.process_time()
        times = milliseconds(page, ROUNDS)
        own = (time.process_time() - started) / ROUNDS * 1000
        spent = sum(float(query["time"]) for query in asked_of_database) * 1000
        print(
            f"{name + ', p50':<44} {statistics.median(times):8.1f} ms    {len(asked_of_database)} queries,"
            f" {spent:.0f} ms in one page; processor of this process {own:.0f} ms"
        )
        slowest = sorted(asked_of_database, key=lambda query: -float(query["time"]))[:4]
        for query in slowest:
            print(f"    {query['time']} s  {' '.join(query['sql'].split())[:110]!r}")
        limit = LIMIT_P95_MILLISECONDS if name.startswith("dashboard") else LIMIT_LISTS_MILLISECONDS
        yield report(f"{name}, p95", p95(times), limit, "ms")
    if with_items:
        yield report("figures of one pair of reports", compute(reports), LIMIT_FIGURES_SECONDS, "s")


if __name__ == "__main__":
    sys.exit(main())

"""Benchmark: the quarterly adjustment of 20,000 customers with 1,000,000 open items in each of four monthly reports.

    python -m bench.grade_adjustment

Each customer has fifty items a report, of which fifteen are paid and fifteen new every month; three in four customers
have the score of an annual review. The run reads the three months of the quarter and the month before. Beside it stands
what a simulation of the same quarter takes. Prints seconds and memory, each beside its limit; exit 1 where one is
missed.
"""

from __future__ import annotations

import datetime as dt
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bench.scratch import scratch_database

CUSTOMERS, ITEMS_EACH, PAID_A_MONTH = 20_000, 50, 15
DAYS = (dt.date(2026, 6, 30), dt.date(2026, 7, 31), dt.date(2026, 8, 31), dt.date(2026, 9, 30))
NOW = dt.datetime(2026, 10, 1, 1, tzinfo=dt.UTC)
REVIEWED_AT = dt.datetime(2026, 1, 15, 3, tzinfo=dt.UTC)
LIMIT_SECONDS = 60.0
FILL = "--fill"
LIMIT_GROWTH_MEGABYTES = 100.0
ITEMS = """
    INSERT INTO receivables_openitem (report_id, customer_id, as_of, row_number, document, document_on, due_on,
        due_basis, currency, amount, open_amount, contract_number, description)
    SELECT %(report)s, customer.id, %(as_of)s::date, serial, 'INV-' || serial, due_on - 30, due_on, 'stated', 'CNY',
        amount, amount, '', ''
    FROM customers_customer AS customer CROSS JOIN generate_series(%(first)s::int, %(last)s::int) AS serial
    CROSS JOIN LATERAL (
        SELECT DATE '2026-05-20' + serial * 2 + (customer.id %% 5 * 15)::int AS due_on,
            (100 + (serial * 37 + customer.id) %% 9000)::numeric AS amount
    ) AS item
"""


def fill() -> None:
    """Write people, customers, their annual reviews and the four reports."""
    from django.db import connection

    from creditrisk.accounts.roles import Role
    from creditrisk.policy.selectors import policy_version_on
    from customers.models import Customer, GradeChange
    from receivables.services.partitions import partition_for
    from reviews.models import AnnualForm, Review, Score
    from tests.factories.people import create_user
    from tests.factories.reports import create_report

    managers = [create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER) for _number in range(100)]
    create_user(Role.DEPUTY_LEADER)
    version = policy_version_on(REVIEWED_AT.date())
    Customer.objects.bulk_create(
        (
            Customer(
                number=f"B{number:05d}",
                name=f"第 {number} 号客户股份有限公司",
                state="active",
                grade="BCCA"[number % 4],
                reviewed_on=REVIEWED_AT.date(),
                account_manager=managers[number % 100],
                service_manager=managers[(number + 1) % 100],
            )
            for number in range(CUSTOMERS)
        ),
        batch_size=2000,
    )
    customers = list(
        Customer.objects.order_by("pk").only("pk", "grade", "account_manager", "service_manager")
    )
    GradeChange.objects.bulk_create(
        (
            GradeChange(
                customer=customer, new=customer.grade, effective_on=REVIEWED_AT.date(), source="bench",
                policy_version=version,
            )
            for customer in customers
        ),
        batch_size=2000,
    )  # fmt: skip
    scored = [customer for number, customer in enumerate(customers) if number % 4]
    reviews = Review.objects.bulk_create(
        (
            Review(
                number=f"R-BENCH-{number:06d}", kind="annual", customer=customer, year=2025, state="approved",
                initiator_id=customer.service_manager_id, review_on=REVIEWED_AT.date(), ended_at=REVIEWED_AT,
                policy_version=version,
            )
            for number, customer in enumerate(scored)
        ),
        batch_size=2000,
    )  # fmt: skip
    AnnualForm.objects.bulk_create(
        (
            AnnualForm(review=review, facts_at=REVIEWED_AT, payment_term_days=30, score=Decimal(80))
            for review in reviews
        ),
        batch_size=2000,
    )
    Score.objects.bulk_create(
        (
            Score(
                review=review, role=role, by_id=review.initiator_id, answers={"repayment_speed": answer}, total=80,
                given_at=REVIEWED_AT,
            )
            for review in reviews
            for role, answer in (("account_manager", "B"), ("service_manager", "C"))
        ),
        batch_size=2000,
    )  # fmt: skip
    with connection.cursor() as cursor:
        for month, as_of in enumerate(DAYS):
            report = create_report(as_of=as_of)
            partition_for("receivables_openitem", as_of)
            first = month * PAID_A_MONTH
            cursor.execute(
                ITEMS, {"report": report.pk, "as_of": as_of, "first": first, "last": first + ITEMS_EACH - 1}
            )
        cursor.execute("ANALYZE")


def measured(action: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `action` returns, and the seconds it takes."""
    started = time.perf_counter()
    result = action()
    return result, time.perf_counter() - started


def megabytes() -> float:
    """Return the peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Run it; return 1 where a limit is missed."""
    with scratch_database():
        from creditrisk.policy.default import DEFAULT_POLICY
        from creditrisk.quarters import Quarter
        from reviews.adjustment_simulation import simulated_adjustments
        from reviews.services.adjustments import adjust_grades

        # In a process of its own: what filling takes is no memory of the run.
        filler = [sys.executable, "-m", "bench.grade_adjustment", FILL]
        _filled, filling = measured(lambda: subprocess.run(filler, check=True))
        quarter, before = Quarter(2026, 3), megabytes()
        run, seconds = measured(lambda: adjust_grades(quarter=quarter, now=NOW))
        growth = megabytes() - before
        assert (run.counts.total(), run.errors) == (CUSTOMERS, []), run.errors[:3]
        simulated, simulating = measured(
            lambda: simulated_adjustments(quarter=quarter, policy=DEFAULT_POLICY)
        )
        assert simulated.assessed == CUSTOMERS
    rows = [
        (f"{CUSTOMERS:,} customers, {CUSTOMERS * ITEMS_EACH:,} items × 4 reports, s", seconds, LIMIT_SECONDS),
        ("memory grown by the run, MB", growth, LIMIT_GROWTH_MEGABYTES),
    ]
    for label, value, limit in rows:
        print(f"{label:<56} {value:10.2f}  limit {limit:8.2f}  {'ok' if value <= limit else 'MISSED'}")
    print(f"{'simulation of the same quarter, s':<56} {simulating:10.2f}")
    print(f"{'writing the data, s':<56} {filling:10.2f}")
    print(", ".join(f"{count} {state}" for state, count in sorted(run.counts.items())))
    return int(any(value > limit for _, value, limit in rows))


if __name__ == "__main__":
    if FILL in sys.argv:
        import django

        django.setup()
        fill()
    else:
        sys.exit(main())

"""Benchmark: the inbox beside 200,000 closed reviews, deciding a step, and launching 10,000 annual reviews.

    python -m bench.reviews

5,000 steps wait for one role. The inbox and the decisions go through every middleware; then 10 clients ask a real web
server for the inbox without a pause (told, no limit is named for that). The launch reads 12 monthly reports of two
items a customer. Prints every figure against its limit; exit 1 where one is missed.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench.aging_page import LIMIT_QUERIES, milliseconds, p95, under_load
from bench.lists import add_customers, add_reviews, queries_of
from bench.reading import report
from bench.scratch import scratch_database

OPEN, CLOSED, LAUNCHED, DECIDED = 5_000, 200_000, 10_000, 200
LIMIT_INBOX_MILLISECONDS, LIMIT_DECISION_MILLISECONDS, LIMIT_LAUNCH_SECONDS = 200, 150, 60
INBOX = "/reviews/inbox/"

CLOSED_REVIEWS = """
    INSERT INTO reviews_review (number, kind, customer_id, initiator_id, review_on, state, round, form_version, chain,
        business_currency, created_at, submitted_at, ended_at)
    SELECT 'X-' || n, 'new_customer', c.id, %(initiator)s, '2025-01-01', 'approved', 1, 1, '[]',
        'CNY', now() - interval '1 year', now() - interval '1 year', now() - interval '1 year'
    FROM generate_series(1, %(count)s) AS n
    JOIN customers_customer AS c ON c.number = 'C' || lpad((n %% 20000)::text, 6, '0')
"""
CLOSED_STEPS = """
    INSERT INTO reviews_approvalstep (review_id, round, stage, role, state, opened_at, decided_at, decided_by_id)
    SELECT r.id, 1, s.stage, s.role, 'approved', r.created_at, r.ended_at, s.person
    FROM reviews_review AS r CROSS JOIN unnest(%(stages)s::int[], %(roles)s::text[], %(people)s::bigint[])
        AS s(stage, role, person)
    WHERE r.number LIKE 'X-%%'
"""


def add_closed(team: Any) -> None:
    """Add the closed reviews with their seven decided steps. Without history: the triggers would write it twice."""
    from django.db import connection, transaction

    from reviews.approval_chain import CHAINS, NEW_CUSTOMER

    roles = [stage.roles[0].value for stage in CHAINS[NEW_CUSTOMER]]
    with transaction.atomic(), connection.cursor() as cursor:
        for table in ("reviews_review", "reviews_approvalstep"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(CLOSED_REVIEWS, {"initiator": team.account_manager.pk, "count": CLOSED})
        people = [team.holder(role).pk for role in roles]
        cursor.execute(CLOSED_STEPS, {"stages": list(range(len(roles))), "roles": roles, "people": people})
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("reviews_review", "reviews_approvalstep"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def add_ledger() -> None:
    """Add 12 monthly reports in which every customer to launch has two items, one of them paid the month after."""
    from customers.models import Customer
    from tests.factories.reports import Line, create_report

    customers = list(Customer.objects.order_by("number")[:LAUNCHED])
    for month in range(1, 13):
        as_of = dt.date(2025, month, 28)
        create_report(
            as_of=as_of,
            lines=[
                Line(
                    customer, as_of + dt.timedelta(days=days), "1000.00", f"{customer.number}-{month}-{days}"
                )
                for customer in customers
                for days in (10, 20)
            ],
        )


def let_decide() -> None:
    """Give the reviews that wait a policy, and the stage that opens when legal affairs approve."""
    from creditrisk.policy.models import PolicyVersion
    from reviews.approval_chain import CHAINS, NEW_CUSTOMER, freeze
    from reviews.models import ApprovalStep, Review, StepState

    waiting = Review.objects.filter(steps__state=StepState.PENDING)
    ApprovalStep.objects.bulk_create(
        [ApprovalStep(review=review, round=2, stage=3, role="general_management") for review in waiting],
        batch_size=2000,
    )
    Review.objects.filter(state="in_approval").update(
        policy_version=PolicyVersion.objects.get(), chain=freeze(CHAINS[NEW_CUSTOMER])
    )
    ApprovalStep.objects.filter(state=StepState.PENDING).update(due_on=dt.date(2026, 1, 31))


def decide(client: Any) -> list[float]:
    """Return the milliseconds of approving one step after the other by the page's form, in order of length."""
    from reviews.models import ApprovalStep, StepState

    steps = (
        ApprovalStep.objects.filter(state=StepState.PENDING).select_related("review").order_by("pk")[:DECIDED]
    )
    times = []
    for step in steps:
        typed = {
            "opinion": "同意",
            "seen_round": step.review.round,
            "seen_form_version": step.review.form_version,
        }
        started = time.perf_counter()
        response = client.post(f"/reviews/{step.review.number}/steps/{step.pk}/approve/", typed)
        times.append((time.perf_counter() - started) * 1000)
        assert response.status_code == 302, response.content[:500]
    return sorted(times)


def figures() -> Iterator[bool]:
    """Print every figure; yield for each limit whether it is kept."""
    from django.db import connection
    from django.test import Client
    from django.utils import timezone

    from customers.models import Customer
    from reviews.models import Review
    from reviews.services import launch_annual_reviews
    from tests.factories.people import create_team, session_of

    team = create_team()
    client = Client(headers={"host": "localhost"})
    client.force_login(team.legal_affairs)
    add_customers(team, first=0, last=20_000)
    add_reviews(team, first=0, last=OPEN)
    let_decide()
    add_closed(team)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for name, path in (("to do", INBOX), ("done", f"{INBOX}?tab=done")):
        yield report(f"inbox, {name}: queries", queries_of(client, path), LIMIT_QUERIES, "")
        times = milliseconds(lambda path=path: client.get(path))
        print(f"{f'inbox, {name}':<44} p50 {statistics.median(times):8.1f} ms")
        yield report(f"inbox, {name}: p95", p95(times), LIMIT_INBOX_MILLISECONDS, "ms")
    loaded = under_load(session_of(team.legal_affairs), [INBOX])
    print(f"{'inbox, 10 clients':<44} p50 {statistics.median(loaded):8.1f} ms   p95 {p95(loaded):8.1f} ms")
    times = decide(client)
    print(f"{'deciding a step':<44} p50 {statistics.median(times):8.1f} ms")
    yield report("deciding a step: p95", p95(times), LIMIT_DECISION_MILLISECONDS, "ms")
    add_ledger()
    launchable = Customer.objects.order_by("number").values("pk")[:LAUNCHED]
    Customer.objects.filter(pk__in=launchable).update(reviewed_on=dt.date(2025, 1, 1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    started = time.perf_counter()
    launched = launch_annual_reviews(year=timezone.localdate().year, now=timezone.now(), everybody=True)
    seconds = time.perf_counter() - started
    assert len(launched.started) == LAUNCHED == Review.objects.filter(kind="annual").count()
    yield report("launching 10,000 annual reviews", seconds, LIMIT_LAUNCH_SECONDS, "s")


def main() -> int:
    """Run the benchmark and return its exit status."""
    with scratch_database():
        kept = list(figures())
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Benchmark: the customer list, the list of reviews and the inbox, with few rows and with many.

    python -m bench.lists

20,000 customers and 5,000 reviews, each of them waiting for the reader. Prints for every page its queries with few
and with many rows (they must be the same, and at most 12), p50 and p95; exit 1 where a limit is missed.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from typing import Any

from bench.aging_page import LIMIT_P95_MILLISECONDS, LIMIT_QUERIES, milliseconds, p95
from bench.reading import report
from bench.scratch import scratch_database

FEW, MANY_CUSTOMERS, MANY_REVIEWS = 100, 20_000, 5_000
PAGES = (
    ("customer list", "/customers/"),
    ("customer list, sorted by name", "/customers/?sort=name"),
    ("customer list, searched", "/customers/?q=999"),
    ("list of reviews", "/reviews/"),
    ("inbox, to do", "/reviews/inbox/"),
    ("inbox, done", "/reviews/inbox/?tab=done"),
)


def add_customers(team: Any, *, first: int, last: int) -> None:
    """Add active customers of the team, numbered from `first` up to, not including, `last`."""
    from customers.models import Customer, CustomerState

    Customer.objects.bulk_create(
        [
            Customer(
                number=f"C{number:06d}",
                name=f"上海第{number}贸易有限公司",
                state=CustomerState.ACTIVE,
                account_manager=team.account_manager,
                service_manager=team.service_manager,
            )
            for number in range(first, last)
        ],
        batch_size=2000,
    )


def add_reviews(team: Any, *, first: int, last: int) -> None:
    """Add reviews, one a customer, in which the legal affairs have one step to decide and decided one before."""
    from customers.models import Customer
    from reviews.models import ApprovalStep, NewCustomerForm, Review, ReviewState, StepState
    from tests.factories.reviews import NOW, TODAY

    customers = Customer.objects.order_by("number")[first:last]
    reviews = Review.objects.bulk_create(
        [
            Review(
                number=f"R-{customer.number}",
                kind="new_customer",
                customer=customer,
                initiator=team.account_manager,
                review_on=TODAY,
                state=ReviewState.IN_APPROVAL,
                round=2,
                submitted_at=NOW,
            )
            for customer in customers
        ],
        batch_size=1000,
    )
    NewCustomerForm.objects.bulk_create(
        [NewCustomerForm(review=review, name=review.customer.name) for review in reviews], batch_size=1000
    )
    decided = {"state": StepState.APPROVED, "decided_by": team.legal_affairs, "decided_at": NOW}
    ApprovalStep.objects.bulk_create(
        [
            ApprovalStep(review=review, round=number, stage=2, role="legal_affairs", opened_at=NOW, **more)
            for review in reviews
            for number, more in ((1, decided), (2, {"state": StepState.PENDING}))
        ],
        batch_size=2000,
    )


def queries_of(client: Any, path: str) -> int:
    """Return how many queries a page costs once it is warm."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    assert response.status_code == 200, path
    assert b"<tbody" in response.content, path
    return len(queries)


def figures() -> Iterator[bool]:
    """Print every figure; yield for each limit whether it is kept."""
    from django.db import connection
    from django.test import Client

    from tests.factories.people import create_team

    team = create_team()
    client = Client(headers={"host": "localhost"})
    client.force_login(team.legal_affairs)
    add_customers(team, first=0, last=FEW)
    add_reviews(team, first=0, last=FEW)
    few = {path: queries_of(client, path) for _name, path in PAGES if "q=" not in path}
    add_customers(team, first=FEW, last=MANY_CUSTOMERS)
    add_reviews(team, first=FEW, last=MANY_REVIEWS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for name, path in PAGES:
        queries = queries_of(client, path)
        yield report(f"{name}: queries", queries, LIMIT_QUERIES, "")
        if path in few:
            yield report(f"{name}: more queries than with {FEW} rows", queries - few[path], 0, "")
        times = milliseconds(lambda path=path: client.get(path))  # type: ignore[misc]
        print(f"{f'{name}: p50':<44} {statistics.median(times):8.1f} ms")
        yield report(f"{name}: p95", p95(times), LIMIT_P95_MILLISECONDS, "ms")


def main() -> int:
    """Run the benchmark and return its exit status."""
    with scratch_database():
        kept = list(figures())
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

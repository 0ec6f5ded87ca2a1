"""What is open against a credit limit on a date: the receivables' part of the credit check."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from django.db.models import Min

from customers.credit_check import Receivables
from customers.models import Customer
from receivables.aging import days_past_due
from receivables.models import AgingSum
from receivables.selectors.item_lines import items_of
from receivables.selectors.reports import report_for


def open_receivables(*, customer: Customer, group_pks: Collection[int], on: dt.date) -> Receivables | None:
    """Return what is open on `on`, of the customer and of his group (primary keys, himself included); None where no
    report describes the date.

    The latest committed report as of that date or before counts, its items aged to the date. Three queries.
    """
    report = report_for(on)
    if report is None:
        return None
    own: dict[str, Decimal] = defaultdict(Decimal)
    group: dict[str, Decimal] = defaultdict(Decimal)
    sums = AgingSum.objects.filter(report=report, customer__in=list(group_pks))
    for owner, currency, amount in sums.values_list("customer_id", "currency", "total_amount"):
        group[currency] += amount
        if owner == customer.pk:
            own[currency] += amount
    debits = items_of(report).filter(customer=customer, open_amount__gt=0)
    oldest: dt.date | None = debits.aggregate(oldest=Min("due_on"))["oldest"]
    return Receivables(
        as_of=report.as_of,
        own_amounts=dict(own),
        group_amounts=dict(group),
        oldest_days_past_due=None if oldest is None else days_past_due(oldest, on),
    )

"""Committed reports for tests, written straight to the tables: neither file nor import is needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import count

from django.utils import timezone

from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from receivables.aging import AgedItem, aged_totals
from receivables.models import AgingSum, OpenItem, Report, ReportState
from receivables.services.partitions import partition_for

_numbers = count(1)


@dataclass(frozen=True)
class Line:
    """A line of a report; `amount` is both the document's amount and its open balance unless `total` says otherwise."""

    customer: Customer
    due_on: dt.date
    amount: str = "100.00"
    document: str = ""
    currency: str = "CNY"
    total: str = ""


def create_report(
    *, as_of: dt.date, lines: Iterable[Line] = (), state: ReportState = ReportState.COMMITTED
) -> Report:
    """Return a report as of `as_of` with its open items; documents without a name are numbered."""
    serial = next(_numbers)
    listed = list(lines)
    report = Report.objects.create(
        number=f"RT-{serial:06d}",
        as_of=as_of,
        state=state,
        file=f"reports/{serial}",
        file_name=f"{serial}.csv",
        file_size_bytes=1,
        sha256=sha256(str(serial).encode()).hexdigest(),
        rows=len(listed),
        accepted=len(listed),
        policy_version=policy_version_on(as_of),
        committed_at=timezone.now(),
    )
    partition_for(OpenItem._meta.db_table, as_of)
    OpenItem.objects.bulk_create(
        OpenItem(
            report=report,
            as_of=as_of,
            customer=line.customer,
            row_number=row,
            document=line.document or f"INV-{serial}-{row}",
            document_on=line.due_on - dt.timedelta(days=30),
            due_on=line.due_on,
            currency=line.currency,
            amount=Decimal(line.total or line.amount),
            open_amount=Decimal(line.amount),
        )
        for row, line in enumerate(listed, start=1)
    )
    return report


def store_sums(report: Report) -> None:
    """Store the sums of a report of `create_report` per customer and currency, as a commit does."""
    buckets = policy_version_on(report.as_of).policy.aging_buckets
    items = [
        AgedItem(str(item.customer_id), item.currency, item.due_on, item.open_amount)
        for item in OpenItem.objects.filter(report=report)
    ]
    AgingSum.objects.bulk_create(
        AgingSum(
            report=report,
            customer_id=int(customer),
            currency=currency,
            debit_amounts=list(sums.debit_amounts),
            credit_amounts=list(sums.credit_amounts),
            total_amount=sums.total_amount,
            overdue_amount=sums.overdue_amount,
            items=sum(item.customer == customer and item.currency == currency for item in items),
        )
        for (customer, currency), sums in aged_totals(items, report.as_of, buckets).items()
    )

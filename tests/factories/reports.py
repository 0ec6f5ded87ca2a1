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
from receivables.models import OpenItem, Report, ReportState

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
    OpenItem.objects.bulk_create(
        OpenItem(
            report=report,
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

"""Disputes as the rules of dunning and damages see them (P3.3, P5.2.3)."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection

from django.db.models import Prefetch, Q

from customers.models import ContractDispute, DisputedItem, DisputeState
from receivables.disputed import Dispute

SEPARATORS = re.compile("[,;，；、]")


def open_disputes(
    customers: Collection[int], *, on: dt.date | None = None
) -> defaultdict[int, list[Dispute]]:
    """Return the disputes that are open now, or were on the day `on`, by customer (primary key). Two queries."""
    rows = ContractDispute.objects.filter(customer__in=customers)
    if on is None:
        rows = rows.filter(state=DisputeState.OPEN)
    else:
        rows = rows.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=on), opened_on__lte=on)
    found: defaultdict[int, list[Dispute]] = defaultdict(list)
    named = Prefetch("disputed_items", DisputedItem.objects.order_by("pk"))
    for row in rows.select_related("contract").prefetch_related(named).order_by("opened_on", "pk"):
        found[row.customer_id].append(_dispute(row))
    return found


def _dispute(row: ContractDispute) -> Dispute:
    return Dispute(
        items={
            (item.document, item.due_on, item.currency): item.disputed_amount
            for item in row.disputed_items.all()
        },
        contract_number=row.contract.number if row.contract else "",
        documents=documents_named(row.documents),
        currency=row.currency,
        amount=row.disputed_amount,
    )


def documents_named(text: str) -> frozenset[str]:
    """Return the document numbers that a person wrote, separated by blanks, commas or semicolons."""
    return frozenset(SEPARATORS.sub(" ", text).split())

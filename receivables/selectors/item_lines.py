"""The open items that a ledger or receipts come to, as lines to be loaded."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import polars as pl
from django.db.models import QuerySet

from receivables.models import OpenItem, Report
from receivables.open_amounts import Balance, Receipt, after_receipts

AMOUNT = pl.Decimal(18, 2)
ITEM_KEY = ["customer_id", "document", "due_on", "currency"]
SCHEMA: Any = {
    "customer_id": pl.Int64,
    "row_number": pl.Int64,
    "document": pl.String,
    "document_on": pl.Date,
    "due_on": pl.Date,
    "due_basis": pl.String,
    "currency": pl.String,
    "amount": AMOUNT,
    "open_amount": AMOUNT,
    "contract": pl.String,
    "description": pl.String,
}


def items_of(report: Report) -> QuerySet[OpenItem]:
    """Return the items of a report, from the one partition in which they lie."""
    return OpenItem.objects.filter(report=report, as_of=report.as_of)


def ledger_items(entries: pl.DataFrame, *, as_of: dt.date) -> pl.DataFrame:
    """Return the items that are open by a ledger's entries on a day (`receivables.open_amounts.open_on`).

    `amount` is that of the document; a payment that came before its document is an item of its own until then.
    """
    booked = entries.filter(pl.col("booked_on") <= as_of)
    others = [name for name in SCHEMA if name not in (*ITEM_KEY, "amount", "open_amount")]
    return (
        booked.group_by(ITEM_KEY, maintain_order=True)
        .agg(
            *(pl.col(name).first() for name in others),
            pl.col("amount").filter(~pl.col("is_payment")).sum().alias("document_amount"),
            pl.col("amount").sum().alias("open_amount"),
        )
        .filter(pl.col("open_amount") != 0)
        .with_columns(
            pl.when(pl.col("document_amount") != 0)
            .then("document_amount")
            .otherwise("open_amount")
            .alias("amount")
        )
        .select(list(SCHEMA))
    )


def paid_items(items: QuerySet[OpenItem], receipts: pl.DataFrame) -> pl.DataFrame:
    """Return the items of the payers after their receipts (`receivables.open_amounts.after_receipts`)."""
    known: dict[tuple[int, str], list[OpenItem]] = defaultdict(list)
    for item in items.order_by("row_number").iterator():
        known[item.customer_id, item.currency].append(item)
    paid: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in receipts.sort("document_on", "row_number").iter_rows(named=True):
        paid[row["customer_id"], row["currency"]].append(row)
    rows: list[dict[str, Any]] = []
    for customer, currency in {**known, **paid}:
        rows += _after(
            known[customer, currency], paid[customer, currency], customer=customer, currency=currency
        )
    return pl.DataFrame(rows, schema=SCHEMA)


def _after(
    items: list[OpenItem], receipts: list[dict[str, Any]], *, customer: int, currency: str
) -> list[dict[str, Any]]:
    sources: list[dict[str, Any]] = [
        {
            "row_number": item.row_number,
            "document_on": item.document_on,
            "due_basis": item.due_basis,
            "amount": item.amount,
            "contract": item.contract_number,
            "description": item.description,
        }
        for item in items
    ]
    sources += [
        {
            "row_number": row["row_number"],
            "document_on": row["document_on"],
            "due_basis": "stated",
            "amount": None,
            "contract": row["contract"],
            "description": row["description"],
        }
        for row in receipts
    ]
    balances = after_receipts(
        [Balance(item.document, item.due_on, item.open_amount, place) for place, item in enumerate(items)],
        [
            Receipt(row["document"] or "", row["document_on"], row["open_amount"], place)
            for place, row in enumerate(receipts, start=len(items))
        ],
    )
    return [
        {
            **sources[balance.source],
            "customer_id": customer,
            "currency": currency,
            "document": balance.document,
            "due_on": balance.due_on,
            "open_amount": balance.open_amount,
        }
        for balance in balances
    ]

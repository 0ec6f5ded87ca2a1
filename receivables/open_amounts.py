"""What is open on a day, from a ledger's entries or from an earlier report and receipts ("Aging", P5.2.2). Pure rules.

The product sums ledgers in SQL; `open_on` is the slow, plain statement of the same rule that the SQL is compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Entry:
    """An invoice (positive), a credit note or a payment (negative) of one item, booked on a day.

    `item` is what items are told apart by: customer, document, due date, currency.
    """

    item: tuple[str, str, date, str]
    booked_on: date
    amount: Decimal


def open_on(entries: Iterable[Entry], day: date) -> dict[tuple[str, str, date, str], Decimal]:
    """Return item → open balance on `day`: what was invoiced less what was paid or credited by then; items with nothing
    open are left out. What is booked later does not count.
    """
    balances: dict[tuple[str, str, date, str], Decimal] = {}
    for entry in entries:
        if entry.booked_on <= day:
            balances[entry.item] = balances.get(entry.item, Decimal()) + entry.amount
    return {item: balance for item, balance in balances.items() if balance}


@dataclass(frozen=True)
class Balance:
    """An item of one customer and currency with its open amount; a receipt that paid no item is one of its own.

    `source` is what the caller knows the item by, or the receipt that the rest of a payment came with.
    """

    document: str
    due_on: date
    open_amount: Decimal
    source: int = 0


@dataclass(frozen=True)
class Receipt:
    """What a customer paid on a day, in the currency of his items; negative where it was paid back."""

    document: str
    received_on: date
    amount: Decimal
    source: int = 0


def after_receipts(items: Sequence[Balance], receipts: Iterable[Receipt]) -> list[Balance]:
    """Return the items of one customer and currency after receipts; those that nothing is left of are gone.

    A receipt pays the items of the document that it names, the one due first first. What it pays too much, or without
    naming a document that is open, is an unallocated payment: a negative item due on the day it was received.
    """
    left = sorted(items, key=lambda item: (item.due_on, item.document))
    unallocated: list[Balance] = []
    for receipt in receipts:
        rest = receipt.amount
        for place, item in enumerate(left):
            if (
                not receipt.document
                or item.document != receipt.document
                or item.open_amount <= 0
                or rest <= 0
            ):
                continue
            paid = min(rest, item.open_amount)
            left[place] = replace(item, open_amount=item.open_amount - paid)
            rest -= paid
        if rest:
            unallocated.append(Balance(receipt.document, receipt.received_on, -rest, receipt.source))
    return [item for item in (*left, *unallocated) if item.open_amount]

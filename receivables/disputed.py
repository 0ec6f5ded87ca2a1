"""How much of each item is in dispute, and so not dunned: the undisputed part goes on (P5.2.3). Pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

ItemKey = tuple[str, date, str]
"""Document, due date and currency: what an item of one customer is known by across reports."""


@dataclass(frozen=True)
class OpenPart:
    """An item as a dispute sees it: its open amount, and the number of its contract ("" where it names none)."""

    key: ItemKey
    open_amount: Decimal
    contract_number: str = ""


@dataclass(frozen=True)
class Dispute:
    """An open dispute. `items` maps what it names to the amount in dispute (None: all of it). Without items it is about
    the `documents` of a contract, or (without) all of the contract; `amount` in `currency`, where given, is the most of
    them that is in dispute.
    """

    items: Mapping[ItemKey, Decimal | None] = field(default_factory=dict)
    contract_number: str = ""
    documents: frozenset[str] = frozenset()
    currency: str = ""
    amount: Decimal | None = None

    def is_about(self, item: OpenPart) -> bool:
        """Return whether the item is one that this dispute is about."""
        if self.items:
            return item.key in self.items
        document, _due_on, _currency = item.key
        if self.documents:
            return document in self.documents and item.contract_number in ("", self.contract_number)
        return self.contract_number != "" and item.contract_number == self.contract_number


def disputed_amounts(items: Iterable[OpenPart], disputes: Iterable[Dispute]) -> dict[ItemKey, Decimal]:
    """Return how much of each item is in dispute, in its currency; an item without a dispute is left out.

    Never more than is open. The amount of a dispute about a contract is taken off its oldest items first.
    """
    found: dict[ItemKey, Decimal] = {}
    ordered = sorted(items, key=lambda item: (item.key[1], item.key[0]))
    for dispute in disputes:
        left = dispute.amount
        for item in ordered:
            if item.open_amount <= 0 or not dispute.is_about(item):
                continue
            free = item.open_amount - found.get(item.key, Decimal(0))
            taken = min(free, _wanted(dispute, item, left))
            if taken > 0:
                found[item.key] = found.get(item.key, Decimal(0)) + taken
                if left is not None and item.key[2] == dispute.currency:
                    left -= taken
    return found


def _wanted(dispute: Dispute, item: OpenPart, left: Decimal | None) -> Decimal:
    if dispute.items:
        named = dispute.items[item.key]
        return item.open_amount if named is None else named
    # An amount in another currency says nothing about this item: all of it is in dispute.
    return item.open_amount if left is None or item.key[2] != dispute.currency else left

"""The open items of one customer as a promise or a dispute may name them (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, DisputedItem, DisputeState
from receivables.models import Report
from receivables.selectors.dunning_facts import dunning_facts
from receivables.selectors.reports import latest_report


@dataclass(frozen=True)
class CollectableItem:
    """An item that is open in the latest report. `disputed_amount` of it is in dispute, by whichever dispute;
    `has_dispute`: an open dispute names the item itself. `days_overdue` is negative before the due date."""

    document: str
    due_on: dt.date
    currency: str
    open_amount: Decimal
    days_overdue: int
    contract_number: str = ""
    disputed_amount: Decimal = Decimal(0)
    is_promised: bool = False
    has_dispute: bool = False

    @property
    def code(self) -> str:
        """What a form calls the item: the same in every report, and fit for the name of a field."""
        return sha256(f"{self.due_on} {self.currency} {self.document}".encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Collectable:
    """The items of a customer with the report that knows them, None where there is none; the oldest first."""

    report: Report | None
    items: tuple[CollectableItem, ...] = ()

    @property
    def currencies(self) -> list[str]:
        """The currencies of the items; the one with the oldest item first."""
        return list(dict.fromkeys(item.currency for item in self.items))


def collectable(customer: Customer, *, on: dt.date) -> Collectable:
    """Return what is open of the customer in the latest report. An aging table knows sums, and no items."""
    report = latest_report()
    if report is None:
        return Collectable(None)
    policy = policy_version_on(on).policy
    facts = dunning_facts(report, customers=[customer.pk], on=on, policy=policy)[customer.pk]
    open_ones = DisputedItem.objects.filter(dispute__customer=customer, dispute__state=DisputeState.OPEN)
    named = set(open_ones.values_list("document", "due_on", "currency"))
    items = (
        CollectableItem(
            document=entry.item.document,
            due_on=entry.item.due_on,
            currency=entry.item.currency,
            open_amount=entry.item.open_amount,
            days_overdue=(on - entry.item.due_on).days,
            contract_number=entry.contract_number,
            disputed_amount=entry.item.disputed_amount,
            is_promised=entry.item.promised,
            has_dispute=key in named,
        )
        for key, entry in facts.items.items()
    )
    return Collectable(report, tuple(sorted(items, key=lambda item: (item.due_on, item.document))))

"""Liquidated damages of customers as of a day: what accrued on which item, what settled it, what is left (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import DepositEntry, DepositKind
from receivables.damages import Credit, Damages, allocated, balance_on, damages_of
from receivables.disputed import OpenPart
from receivables.models import DamagesReceipt, DamagesWaiver, WaiverState
from receivables.selectors.damages_terms import AgreedTerms, Terms
from receivables.selectors.item_balances import CustomerItem, ItemBalances, overdue_items_of

NOTHING = Decimal("0.00")
RECEIVED, FORFEITED, WAIVED = "received", "forfeited", "waived"
KINDS = {
    RECEIVED: gettext_lazy("received"),
    FORFEITED: gettext_lazy("deposit forfeited"),
    WAIVED: gettext_lazy("waived"),
}


@dataclass(frozen=True)
class ItemDamages:
    """One item with its damages and how much of them is settled. `open_amount` is what is open of the item itself.

    `is_disputed`: a dispute about it or its contract was open on the day. Damages go on accruing; whether they are
    owed is decided with the dispute.
    """

    balances: ItemBalances
    terms: Terms
    damages: Damages
    open_amount: Decimal
    is_disputed: bool
    settled_amount: Decimal = NOTHING

    @property
    def unsettled_amount(self) -> Decimal:
        """What is left of its damages, in its currency."""
        return self.damages.amount - self.settled_amount


@dataclass(frozen=True)
class Settlement:
    """Something that settled damages on a day: `kind` is a key of KINDS; `amount` is below zero where it was reversed.

    `item` is what a waiver was for, None for all of the customer's in the currency. `pk` is that of a receipt.
    """

    on: dt.date
    kind: str
    currency: str
    amount: Decimal
    note: str = ""
    item: CustomerItem | None = None
    pk: int | None = None
    is_reversible: bool = False

    @property
    def label(self) -> str:
        """What it is called."""
        label = str(KINDS[self.kind])
        return _("%(kind)s, reversed") % {"kind": label} if self.amount < 0 else label


@dataclass(frozen=True)
class DamagesTotal:
    """The damages in one currency. `balance_amount` is never below zero: what was settled beyond the damages is
    `excess_amount`.
    """

    currency: str
    accrued_amount: Decimal
    received_amount: Decimal
    forfeited_amount: Decimal
    waived_amount: Decimal

    @property
    def settled_amount(self) -> Decimal:
        """What was received, forfeited and waived together."""
        return self.received_amount + self.forfeited_amount + self.waived_amount

    @property
    def balance_amount(self) -> Decimal:
        """What is still owed."""
        return max(self.accrued_amount - self.settled_amount, NOTHING)

    @property
    def excess_amount(self) -> Decimal:
        """What was settled beyond what accrued: more deposit than damages, say, or a corrected report."""
        return max(self.settled_amount - self.accrued_amount, NOTHING)


@dataclass(frozen=True)
class DamagesAccount:
    """One customer's damages as of the day `on`: the items by currency, due date and document (those on which something
    accrued), the settlements by day, the totals by currency.
    """

    customer_pk: int
    on: dt.date
    items: tuple[ItemDamages, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    totals: tuple[DamagesTotal, ...] = ()

    def total_in(self, currency: str) -> DamagesTotal:
        """Return the total of a currency; nothing where there is none."""
        found = [total for total in self.totals if total.currency == currency]
        return found[0] if found else DamagesTotal(currency, NOTHING, NOTHING, NOTHING, NOTHING)


def damages_account(customer_pk: int, *, on: dt.date) -> DamagesAccount:
    """Return the damages of one customer as of a day. At most nine queries."""
    return damages_accounts([customer_pk], on=on)[customer_pk]


def damages_accounts(customer_pks: Collection[int], *, on: dt.date) -> dict[int, DamagesAccount]:
    """Return customer (primary key) → his damages as of a day, for every one of them. Nothing that became known later
    counts. At most nine queries, however many customers.
    """
    items: dict[int, list[ItemDamages]] = defaultdict(list)
    for item in _accrued(overdue_items_of(customer_pks, on=on), on=on):
        items[item.balances.customer_pk].append(item)
    settlements: dict[int, list[Settlement]] = defaultdict(list)
    for customer_pk, settlement in _settlements(customer_pks, on=on):
        settlements[customer_pk].append(settlement)
    return {pk: _account(pk, items[pk], settlements[pk], on=on) for pk in customer_pks}


def damages_on(items: Iterable[CustomerItem], *, on: dt.date) -> dict[CustomerItem, Decimal]:
    """Return what a demand of the day `on` may claim as damages on each of some items: (customer's primary key,
    document, due date, currency) → amount to the cent in that currency, 0.00 where there are none.

    That is what accrued on the item by the contract's or the policy's terms, with every payment at its date, less what
    was received, forfeited or waived (the oldest items first). At most nine queries, however many items and customers.
    """
    wanted = list(items)
    accounts = damages_accounts({customer_pk for customer_pk, *_rest in wanted}, on=on)
    found = {
        item.balances.key: item.unsettled_amount for account in accounts.values() for item in account.items
    }
    return {key: found.get(key, NOTHING) for key in wanted}


def _accrued(balances: Sequence[ItemBalances], *, on: dt.date) -> Iterable[ItemDamages]:
    if not balances:
        return
    agreed = AgreedTerms({(item.customer_pk, item.contract_number) for item in balances}, on=on)
    for item in balances:
        terms = agreed.of(item.customer_pk, item.contract_number, due_on=item.due_on)
        damages = damages_of(
            item.changes,
            due_on=item.due_on,
            on=on,
            daily_ratio=terms.daily_ratio,
            cap_ratio=terms.cap_ratio,
        )
        if damages.periods:
            balance = balance_on(item.changes, on)
            part = OpenPart((item.document, item.due_on, item.currency), balance, item.contract_number)
            yield ItemDamages(item, terms, damages, balance, agreed.is_disputed(item.customer_pk, part))


def _settlements(customer_pks: Collection[int], *, on: dt.date) -> Iterable[tuple[int, Settlement]]:
    """Yield customer and settlement, in the order in which they happened. Three queries."""
    found: list[tuple[int, Settlement]] = []
    receipts = DamagesReceipt.objects.filter(customer__in=customer_pks, received_on__lte=on)
    for receipt in receipts.select_related("reversed_by"):
        reversible = receipt.reverses_id is None and not hasattr(receipt, "reversed_by")
        settlement = Settlement(
            receipt.received_on,
            RECEIVED,
            receipt.currency,
            receipt.effect_amount,
            receipt.reason or receipt.reference,
            pk=receipt.pk,
            is_reversible=reversible,
        )
        found.append((receipt.customer_id, settlement))
    entries = DepositEntry.objects.filter(account__customer__in=customer_pks, happened_on__lte=on)
    forfeited = entries.filter(kind=DepositKind.FORFEITED) | entries.filter(
        reverses__kind=DepositKind.FORFEITED
    )
    for entry in forfeited.select_related("account"):
        settlement = Settlement(
            entry.happened_on, FORFEITED, entry.account.currency, -entry.effect_amount, entry.reason
        )
        found.append((entry.account.customer_id, settlement))
    waivers = DamagesWaiver.objects.filter(
        customer__in=customer_pks, state=WaiverState.APPROVED, decided_on__lte=on
    )
    for waiver in waivers:
        item = (waiver.customer_id, waiver.document, waiver.due_on, waiver.currency)
        settlement = Settlement(
            waiver.decided_on or on,
            WAIVED,
            waiver.currency,
            waiver.amount,
            waiver.reason,
            item=item if waiver.due_on else None,
        )
        found.append((waiver.customer_id, settlement))
    return sorted(found, key=lambda one: (one[1].on, -one[1].amount))


def _account(
    customer_pk: int, items: Sequence[ItemDamages], settlements: Sequence[Settlement], *, on: dt.date
) -> DamagesAccount:
    currencies = sorted(
        {item.balances.currency for item in items} | {settlement.currency for settlement in settlements}
    )
    shown: list[ItemDamages] = []
    totals = []
    for currency in currencies:
        own = [item for item in items if item.balances.currency == currency]
        credits_ = [settlement for settlement in settlements if settlement.currency == currency]
        settled = allocated(
            {item.balances.key: item.damages.amount for item in own},
            [Credit(settlement.amount, settlement.item) for settlement in credits_],
        )
        shown += [replace(item, settled_amount=settled[item.balances.key]) for item in own]
        totals.append(
            DamagesTotal(
                currency,
                sum((item.damages.amount for item in own), NOTHING),
                *(
                    sum((one.amount for one in credits_ if one.kind == kind), NOTHING)
                    for kind in (RECEIVED, FORFEITED, WAIVED)
                ),
            )
        )
    return DamagesAccount(customer_pk, on, tuple(shown), tuple(settlements), tuple(totals))

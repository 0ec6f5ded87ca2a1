"""Promises to pay: which are open, what their items have come down to, and the lists that people see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from creditrisk.accounts.models import User
from customers.models import Customer
from receivables.models import OpenItem, Promise, PromisedItem, PromiseState, Report, ReportState
from receivables.models.promise import DECIDED
from receivables.selectors.dunning_facts import dunnable

PromisedKey = tuple[int, str, dt.date, str]
"""Customer (primary key), document, due date, currency."""


@dataclass(frozen=True)
class PromisableItem:
    """An open item that a promise can be about; `is_promised`: an open promise is about it already."""

    document: str
    due_on: dt.date
    currency: str
    open_amount: Decimal
    is_promised: bool = False


def open_on(day: dt.date) -> Q:
    """Return the condition that a promise was given and open at the end of a day; withdrawn ones left out."""
    still_open = Q(state=PromiseState.OPEN) | Q(decided_on__gt=day)
    return still_open & Q(made_on__lte=day) & ~Q(state=PromiseState.WITHDRAWN)


def promises_to_judge(report: Report) -> QuerySet[Promise]:
    """Return the promises that were given before the day of `report` and about which it can say something: those that
    are open, and those whose deciding report was superseded since."""
    superseded = Q(state__in=DECIDED, decided_by__state=ReportState.SUPERSEDED)
    waiting = Promise.objects.filter(Q(state=PromiseState.OPEN) | superseded, made_on__lte=report.as_of)
    return waiting.order_by("pk")


def open_amounts(report: Report, *, customers: Iterable[int]) -> dict[PromisedKey, Decimal]:
    """Return what is open of each item of `customers` in `report`; what is paid is left out."""
    lines: QuerySet[OpenItem] = dunnable(report).filter(customer__in=list(customers))
    rows = lines.order_by().values_list("customer_id", "document", "due_on", "currency")
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows.annotate(Sum("open_amount"))}


def promisable_items(customer: Customer, *, report: Report) -> list[PromisableItem]:
    """Return the items of the customer that are open in `report`, the oldest first."""
    taken = set(promised_keys(customer))
    found = open_amounts(report, customers=[customer.pk])
    items = [
        PromisableItem(document, due_on, currency, amount, (document, due_on, currency) in taken)
        for (_customer, document, due_on, currency), amount in found.items()
        if amount > 0
    ]
    return sorted(items, key=lambda item: (item.currency, item.due_on, item.document))


def promised_keys(customer: Customer) -> Iterable[tuple[str, dt.date, str]]:
    """Return document, due date and currency of the items under an open promise of the customer."""
    rows = PromisedItem.objects.filter(promise__customer=customer, promise__state=PromiseState.OPEN)
    return rows.values_list("document", "due_on", "promise__currency")


def promise_list(user: User) -> QuerySet[Promise]:
    """Return the promises `user` may see, newest first, ready for a list."""
    visible: QuerySet[Promise] = Promise.objects.visible_to(user)
    return visible.select_related("customer", "recorded_by", "decided_by")


def promises_of(customer: Customer) -> QuerySet[Promise]:
    """Return a customer's promises, newest first."""
    return Promise.objects.filter(customer=customer).select_related("recorded_by", "decided_by")

"""What was done to collect, month by month and by manager: notices, contacts, and the promises that reports decided."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Least, TruncMonth

from creditrisk.notifications.models import OutboxMessage
from receivables.effectiveness import PromisesDecided
from receivables.models import (
    CollectionContact,
    ContactResult,
    ContactWay,
    DunningNotice,
    Promise,
    PromiseState,
)
from receivables.models.promise import DECIDED
from receivables.selectors.collection_index import ManagerMonth

MANAGER = "customer__service_manager"
SPOKEN = (ContactResult.REACHED, ContactResult.PROMISE, ContactResult.DISPUTE)


@dataclass(frozen=True)
class Contacts:
    """How often somebody tried to collect: in all, by phone, and how often the customer was spoken with."""

    contacts: int = 0
    calls: int = 0
    reached: int = 0

    def __add__(self, other: Contacts) -> Contacts:
        """Return the sums."""
        return Contacts(
            self.contacts + other.contacts, self.calls + other.calls, self.reached + other.reached
        )


@dataclass(frozen=True)
class Notices:
    """How many notices of a stage were issued in a currency, and how many of them are known to be sent."""

    issued: int = 0
    sent: int = 0

    def __add__(self, other: Notices) -> Notices:
        """Return the sums."""
        return Notices(self.issued + other.issued, self.sent + other.sent)


def _in_time(
    rows: QuerySet[Any], day: str, first_on: dt.date, last_on: dt.date, customer_pks: Collection[int] | None
) -> QuerySet[Any]:
    chosen = {} if customer_pks is None else {"customer__in": customer_pks}
    found: QuerySet[Any] = (
        rows.filter(**{f"{day}__range": (first_on, last_on)}, **chosen)
        .order_by()
        .annotate(month=TruncMonth(day))
    )
    return found


def promises_decided(
    first_on: dt.date, last_on: dt.date, *, customer_pks: Collection[int] | None = None
) -> dict[ManagerMonth, dict[str, PromisesDecided]]:
    """Return month and manager → currency → the promises that reports decided then. One query."""
    found: dict[ManagerMonth, dict[str, PromisesDecided]] = defaultdict(dict)
    decided = Promise.objects.filter(state__in=DECIDED)
    rows = _in_time(decided, "decided_on", first_on, last_on, customer_pks)
    for month, manager, currency, *figures in rows.values_list("month", MANAGER, "currency").annotate(
        kept=Count("pk", filter=Q(state=PromiseState.KEPT)),
        partly=Count("pk", filter=Q(state=PromiseState.PARTLY)),
        broken=Count("pk", filter=Q(state=PromiseState.BROKEN)),
        promised=Sum("amount"),
        paid=Sum(Least(F("paid_amount"), F("amount"))),
    ):
        found[month, manager][currency] = PromisesDecided(currency, *figures)
    return dict(found)


def notices_issued(
    first_on: dt.date, last_on: dt.date, *, customer_pks: Collection[int] | None = None
) -> dict[ManagerMonth, dict[tuple[str, str], Notices]]:
    """Return month and manager → stage and currency → the notices issued then. One query."""
    found: dict[ManagerMonth, dict[tuple[str, str], Notices]] = defaultdict(dict)
    rows = _in_time(DunningNotice.objects.all(), "issued_on", first_on, last_on, customer_pks)
    # What came back, or went to the dry-run address, was not sent (P5.2.3).
    is_mailed = Q(message__state=OutboxMessage.State.SENT, message__dry_run_to="")
    is_sent = Q(posted_on__isnull=False) | is_mailed
    for month, manager, stage, currency, issued, sent in rows.values_list(
        "month", MANAGER, "stage", "currency"
    ).annotate(issued=Count("pk"), sent=Count("pk", filter=is_sent)):
        found[month, manager][stage, currency] = Notices(issued, sent)
    return dict(found)


def contacts_made(
    first_on: dt.date, last_on: dt.date, *, customer_pks: Collection[int] | None = None
) -> dict[ManagerMonth, Contacts]:
    """Return month and manager → the contacts with his customers then, whoever made them. One query."""
    rows = _in_time(CollectionContact.objects.all(), "happened_on", first_on, last_on, customer_pks)
    figures = rows.values_list("month", MANAGER).annotate(
        contacts=Count("pk"),
        calls=Count("pk", filter=Q(way=ContactWay.PHONE)),
        reached=Count("pk", filter=Q(result__in=SPOKEN)),
    )
    return {(month, manager): Contacts(*counts) for month, manager, *counts in figures}

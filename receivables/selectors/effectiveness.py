"""The effectiveness of collection by customer service manager and month, and for the group (P5.2.3).

A customer counts for the manager that he has today, in every month: his past moves with him at a handover.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import QuerySet

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS
from creditrisk.dates import end_of_month
from customers.models import Customer
from receivables.effectiveness import (
    WINDOW_DAYS,
    IndexGap,
    PromisesDecided,
    Receivables,
    Recovered,
    months_between,
)
from receivables.models import FileKind, Stage
from receivables.selectors.collection_index import month_ends, receivables_of_months
from receivables.selectors.collection_work import (
    Contacts,
    Notices,
    contacts_made,
    notices_issued,
    promises_decided,
)
from receivables.selectors.recovered import recovered_by_stage, reports_with_items

Key = TypeVar("Key")


@dataclass(frozen=True)
class StageFigures:
    """The notices of one stage in one currency, and what fell of what they demanded: one entry for each of WINDOW_DAYS,
    days → `Recovered`.
    """

    stage: str
    currency: str
    notices: Notices
    within: Mapping[int, Recovered]


@dataclass(frozen=True)
class Figures:
    """One manager's figures of a month, or of the whole time: by currency, stages in their order.

    `gap` says why there is no index: see IndexGap. Over the whole time there are no `receivables`: a month end is not
    added to another.
    """

    receivables: tuple[Receivables, ...] = ()
    gap: IndexGap | None = None
    stages: tuple[StageFigures, ...] = ()
    promises: tuple[PromisesDecided, ...] = ()
    contacts: Contacts = field(default_factory=Contacts)

    def notices_of(self, stage: str) -> Notices:
        """Return the notices of a stage in all currencies."""
        return sum((one.notices for one in self.stages if one.stage == stage), Notices())

    @property
    def letters_sent(self) -> int:
        """How many dunning letters and final demands are known to be sent."""
        return sum(one.notices.sent for one in self.stages if one.stage != Stage.REMINDER)


@dataclass(frozen=True)
class ManagerFigures:
    """The figures of one customer service manager, or of the `is_group`: by month (first day), and of all the time.

    `pk` and `username` are None for the group, and for customers without a manager.
    """

    pk: int | None
    name: str
    username: str | None
    months: Mapping[dt.date, Figures]
    whole: Figures
    is_group: bool = False


@dataclass(frozen=True)
class Effectiveness:
    """The effectiveness of collection over some months (first days, rising): of the group, and of each manager by name,
    last of the customers without one.
    """

    months: tuple[dt.date, ...]
    group: ManagerFigures
    managers: tuple[ManagerFigures, ...]

    def of(self, pk: int | None) -> ManagerFigures | None:
        """Return the figures of one manager, None where he has none."""
        return next((one for one in self.managers if one.pk == pk), None)


@dataclass
class _Sums:
    """What is added up for one manager and month."""

    receivables: dict[str, Receivables] = field(default_factory=dict)
    recovered: dict[tuple[str, str, int], Recovered] = field(default_factory=dict)
    notices: dict[tuple[str, str], Notices] = field(default_factory=dict)
    promises: dict[str, PromisesDecided] = field(default_factory=dict)
    contacts: Contacts = field(default_factory=Contacts)


def customers_seen(user: User) -> list[int] | None:
    """Return the primary keys of the customers whose figures `user` may see; None for all. At most one query."""
    if user.has_role(*SEES_ALL_CUSTOMERS):
        return None
    return list(Customer.objects.visible_to(user).order_by().values_list("pk", flat=True))


def managers_seen(user: User) -> QuerySet[User]:
    """Return the customer service managers of the customers that `user` may see, by name."""
    mine = Customer.objects.visible_to(user).filter(service_manager__isnull=False)
    return User.objects.filter(pk__in=mine.order_by().values("service_manager")).order_by("name", "pk")


def effectiveness(
    first: dt.date, last: dt.date, *, customer_pks: Collection[int] | None = None
) -> Effectiveness:
    """Return the effectiveness of collection in the months from that of `first` to that of `last`, both counted; of
    some customers (primary keys), or (None) of all. Ten queries, however many months, customers and items.
    """
    months = months_between(first, last)
    first_on, last_on = months[0], end_of_month(months[-1])
    reports = reports_with_items()
    ledgers = [report for report in reports if report.file_kind == FileKind.LEDGER]
    ends = month_ends(months, itemised=reports)
    sums: dict[tuple[int | None, bool, dt.date], _Sums] = defaultdict(_Sums)
    people: set[int | None] = set()

    def targets(month: dt.date, manager: int | None) -> Iterator[_Sums]:
        people.add(manager)
        yield sums[manager, False, month]
        yield sums[None, True, month]

    received = receivables_of_months(ends, ledgers=ledgers, customer_pks=customer_pks)
    for key, by_currency in received.items():
        for target in targets(*key):
            _merge(target.receivables, by_currency)
    for row in recovered_by_stage(first_on, last_on, reports=reports, customer_pks=customer_pks):
        stage = (row.stage, row.recovered.currency, row.days)
        for target in targets(row.month, row.manager_pk):
            _merge(target.recovered, {stage: row.recovered})
    for key, by_stage in notices_issued(first_on, last_on, customer_pks=customer_pks).items():
        for target in targets(*key):
            _merge(target.notices, by_stage)
    for key, decided in promises_decided(first_on, last_on, customer_pks=customer_pks).items():
        for target in targets(*key):
            _merge(target.promises, decided)
    for key, contacts in contacts_made(first_on, last_on, customer_pks=customer_pks).items():
        for target in targets(*key):
            target.contacts += contacts
    gaps = {end.month: end.gap for end in ends}
    named = {
        person.pk: person for person in User.objects.filter(pk__in=[pk for pk in people if pk is not None])
    }

    def figures_of(manager: int | None, *, is_group: bool = False) -> ManagerFigures:
        person = None if manager is None else named[manager]
        parts = {month: sums[manager, is_group, month] for month in months}
        return ManagerFigures(
            pk=manager,
            name=person.name or person.username if person else "",
            username=person.username if person else None,
            months={month: _figures(part, gaps[month]) for month, part in parts.items()},
            whole=_figures(_added(parts.values()), None),
            is_group=is_group,
        )

    managers = [figures_of(manager) for manager in people]
    managers.sort(key=lambda one: (one.pk is None, one.name, one.pk or 0))
    return Effectiveness(months, figures_of(None, is_group=True), tuple(managers))


def _merge(sums: dict[Key, Any], parts: Mapping[Key, Any]) -> None:
    for key, part in parts.items():
        sums[key] = sums[key] + part if key in sums else part


def _added(parts: Iterable[_Sums]) -> _Sums:
    """Return the sums of several months; receivables are those of a month end and left out."""
    whole = _Sums()
    for part in parts:
        _merge(whole.recovered, part.recovered)
        _merge(whole.notices, part.notices)
        _merge(whole.promises, part.promises)
        whole.contacts += part.contacts
    return whole


def _figures(sums: _Sums, gap: IndexGap | None) -> Figures:
    order = {stage: place for place, stage in enumerate(Stage.values)}
    keys = sorted(sums.notices, key=lambda key: (order[key[0]], key[1]))
    return Figures(
        receivables=tuple(sums.receivables[currency] for currency in sorted(sums.receivables)),
        gap=gap,
        stages=tuple(
            StageFigures(
                stage,
                currency,
                sums.notices[stage, currency],
                {
                    days: sums.recovered.get((stage, currency, days), Recovered(currency))
                    for days in WINDOW_DAYS
                },
            )
            for stage, currency in keys
        ),
        promises=tuple(sums.promises[currency] for currency in sorted(sums.promises)),
        contacts=sums.contacts,
    )

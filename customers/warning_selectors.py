"""Reads of early-warning cases: the list, one with its log, what waits for a person, and how precise warnings are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.aggregates import Aggregate
from django.db.models.fields import DurationField

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from customers.models import (
    CaseEntry,
    CaseOutcome,
    CaseState,
    Contact,
    Customer,
    Visit,
    VisitState,
    WarningCase,
    WarningCaseQuerySet,
    WarningKind,
)
from customers.portfolio_selectors import people_who_see
from customers.warning_timing import EarlierCase

CASE_WORKERS = (
    Role.ACCOUNT_MANAGER,
    Role.SERVICE_MANAGER,
    Role.DEPARTMENT_MANAGER,
    Role.GROUP_LEADER,
    Role.DEPUTY_LEADER,
)
"""Whom a case may be given to: the group, and the heads of departments (P3.1, P3.2)."""
DAY = dt.timedelta(days=1)
CaseKey = tuple[int, str, str]
"""Customer (primary key), kind and subject: at most one case of them is open."""


def open_on(day: dt.date) -> Q:
    """Return the condition that a case was open at the end of a day; one merged with another counts nowhere."""
    is_open = Q(closed_on__isnull=True) | Q(closed_on__gt=day)
    return Q(raised_on__lte=day) & is_open & ~Q(outcome=CaseOutcome.DUPLICATE)


def overdue_on(day: dt.date) -> Q:
    """Return the condition that a case was open and overdue at the end of a day."""
    return open_on(day) & Q(due_on__lt=day)


def case_list(user: User) -> WarningCaseQuerySet:
    """Return the cases that `user` may see, with customer, owner and managers."""
    visible: WarningCaseQuerySet = WarningCase.objects.visible_to(user)
    return visible.select_related(
        "customer__account_manager", "customer__service_manager", "owner", "raised_by", "closed_by"
    ).defer("series", "customer__bank_account")


def case_for_page(user: User) -> WarningCaseQuerySet:
    """Return the cases that `user` may see, with everything the page of one shows."""
    visible: WarningCaseQuerySet = WarningCase.objects.visible_to(user)
    return visible.select_related(
        "customer__account_manager__department",
        "customer__service_manager__department",
        "owner",
        "raised_by",
        "closed_by",
        "policy_version",
    ).prefetch_related("entries__by", "entries__owner", "entries__contact", "entries__visit")


def cases_waiting_for(user: User) -> list[QuerySet[Any]]:
    """Return the open cases of `user`; for a leader also those that nobody owns."""
    visible = WarningCase.objects.visible_to(user).open()
    waiting: list[QuerySet[Any]] = [visible.filter(owner=user)]
    if user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER):
        waiting.append(visible.filter(owner__isnull=True))
    return waiting


def possible_owners(customer: Customer) -> QuerySet[User]:
    """Return who may own a case of the customer: those of the group and heads of departments who see him."""
    workers = User.objects.filter(role_assignments__role__in=CASE_WORKERS)
    return people_who_see(customer).filter(pk__in=workers.values("pk")).select_related("department")


def default_owner(customer: Customer) -> User | None:
    """Return who owns a new case of the customer: his service manager, else his account manager, at work and still in
    the role; None: the leaders give it to somebody (P5.1, P3.2.2)."""
    for manager, role in (
        (customer.service_manager, Role.SERVICE_MANAGER),
        (customer.account_manager, Role.ACCOUNT_MANAGER),
    ):
        if manager is not None and manager.is_active and manager.has_role(role):
            return manager
    return None


def default_owners(customers: Iterable[Customer]) -> dict[int, User | None]:
    """Return customer (primary key) → `default_owner`, for many customers loaded with their managers. Two queries."""
    service_managers = {person.pk: person for person in holders_of(Role.SERVICE_MANAGER)}
    account_managers = {person.pk: person for person in holders_of(Role.ACCOUNT_MANAGER)}
    return {
        customer.pk: service_managers.get(customer.service_manager_id or 0)
        or account_managers.get(customer.account_manager_id or 0)
        for customer in customers
    }


def customers_of_stranded_cases() -> list[int]:
    """Return the customers (primary keys, in order) with an open case whose owner does not see them: he left, lost his
    role, or the customer went to others. Two queries, and one for each owner."""
    owners = User.objects.filter(pk__in=WarningCase.objects.open().order_by().values("owner"))
    found: set[int] = set()
    for owner in owners.prefetch_related("role_assignments"):
        his = WarningCase.objects.open().filter(owner=owner)
        unseen = his.exclude(customer__in=Customer.objects.visible_to(owner))
        found.update(unseen.order_by().values_list("customer", flat=True))
    return sorted(found)


def earlier_cases(customer_pks: Collection[int]) -> dict[CaseKey, EarlierCase]:
    """Return key → the open case, else the one closed last, of some customers. One query.

    What was merged away with its file is left out: the other case of the two goes on.
    """
    rows = (
        WarningCase.objects.counted()
        .filter(customer__in=customer_pks)
        .order_by("customer", "kind", "subject", F("closed_on").desc(nulls_first=True), "-pk")
        .distinct("customer", "kind", "subject")
        .values_list("customer", "kind", "subject", "raised_on", "severity", "closed_on")
    )
    return {
        (customer, kind, subject): EarlierCase(raised_on, severity, closed_on)
        for customer, kind, subject, raised_on, severity, closed_on in rows
    }


def open_case_of(customer: Customer, *, kind: str) -> WarningCase | None:
    """Return an open case of the customer of a kind, whatever its subject; None where there is none."""
    cases = WarningCase.objects.open().filter(customer=customer, kind=kind)
    found: WarningCase | None = cases.order_by("pk").first()
    return found


def contacts_to_call(customer: Customer) -> QuerySet[Contact]:
    """Return the contacts an entry may name."""
    return customer.contacts.filter(retired_at__isnull=True)


def visits_to_link(customer: Customer) -> QuerySet[Visit]:
    """Return the visits an entry may name: planned or made, the latest first."""
    return customer.visits.exclude(state=VisitState.CANCELLED).order_by("-pk")


def raised_by_job_on(day: dt.date) -> WarningCaseQuerySet:
    """Return the cases that the job raised on a day, by number, with customer and owner."""
    raised: WarningCaseQuerySet = WarningCase.objects.filter(raised_on=day, raised_by__isnull=True)
    return raised.select_related("customer", "owner").order_by("number")


def entries_of_job_on(day: dt.date, kind: str) -> QuerySet[CaseEntry]:
    """Return the entries of a kind that the job wrote on a day, with their cases."""
    return (
        CaseEntry.objects.filter(kind=kind, happened_on=day, by__isnull=True)
        .select_related("case__customer", "case__owner")
        .order_by("case__number", "pk")
    )


# How precise warnings are ---------------------------------------------------------------------------------------------


class Median(Aggregate):
    """The median of a duration."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class Precision:
    """What became of the warnings of one kind that were raised in a time. `days_to_close` is the median of calendar
    days from raising to closing."""

    kind: str
    raised: int
    open: int
    acted: int
    lost: int
    no_action: int
    false_alarm: int
    escalated: int
    days_to_close: float | None

    @property
    def closed(self) -> int:
        """Those that a person closed."""
        return self.acted + self.lost + self.no_action + self.false_alarm

    @property
    def acted_pct(self) -> int | None:
        """The share of the closed ones that led to action, 0–100; None where none is closed."""
        return _share(self.acted + self.lost, self.closed)

    @property
    def false_pct(self) -> int | None:
        """The share of the closed ones that were false alarms, 0–100; None where none is closed."""
        return _share(self.false_alarm, self.closed)


def _share(part: int, whole: int) -> int | None:
    return (part * 200 + whole) // (whole * 2) if whole else None


def precision_by_kind(user: User, *, since: dt.date, until: dt.date) -> list[Precision]:
    """Return for each kind, in their order, what became of the warnings raised from `since` to `until` on customers
    that `user` may see; kinds of which none was raised are left out. One query.

    What was merged away with its file counts nowhere: the other case of the two tells what became of it.
    """
    cases = WarningCase.objects.visible_to(user).filter(raised_on__gte=since, raised_on__lte=until)
    rows = (
        cases.counted()
        .order_by()
        .values("kind")
        .annotate(
            raised=Count("pk"),
            still_open=Count("pk", filter=Q(state=CaseState.OPEN)),
            acted=Count("pk", filter=Q(outcome=CaseOutcome.ACTED)),
            lost=Count("pk", filter=Q(outcome=CaseOutcome.LOST)),
            no_action=Count("pk", filter=Q(outcome=CaseOutcome.NO_ACTION)),
            false_alarm=Count("pk", filter=Q(outcome=CaseOutcome.FALSE_ALARM)),
            escalated=Count("pk", filter=Q(escalated_at__isnull=False)),
            days_to_close=Median(F("closed_on") - F("raised_on"), filter=Q(state=CaseState.CLOSED)),
        )
    )
    found = {
        row["kind"]: Precision(
            kind=row["kind"],
            raised=row["raised"],
            open=row["still_open"],
            acted=row["acted"],
            lost=row["lost"],
            no_action=row["no_action"],
            false_alarm=row["false_alarm"],
            escalated=row["escalated"],
            days_to_close=row["days_to_close"] / DAY if row["days_to_close"] is not None else None,
        )
        for row in rows
    }
    return [found[kind] for kind in WarningKind.values if kind in found]

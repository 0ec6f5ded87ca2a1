"""The people who handle contracts, each with what he looks after and how well (P3.1 b, P3.2.3, P5.2)."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from creditrisk.dates import add_months
from creditrisk.exchange_rates.conversion import Rates
from creditrisk.exchange_rates.selectors import known_rates
from customers.models import Contract, ContractState, Customer, CustomerState, SelfCheck, SelfCheckState
from receivables.effectiveness import share
from receivables.models import AgingSum, Promise, PromiseState, Report
from reviews.models import ApprovalStep
from supervision.kpis import DSO_MONTHS, Sales, dso
from supervision.models import InvoicedSum
from supervision.selectors.dashboard import base_currency_on
from supervision.selectors.report_figures import chain_of, last_of_months, newest_figures, pairs_of
from supervision.selectors.reports import reports_in_force
from supervision.selectors.sums import NOTHING

MANAGER_FIELDS = {
    Role.ACCOUNT_MANAGER.value: "account_manager",
    Role.SERVICE_MANAGER.value: "service_manager",
}
RECENT_MONTHS = 12
"""Over how many months self-checks, approvals and promises are counted."""
DECIDED = (PromiseState.KEPT, PromiseState.PARTLY, PromiseState.BROKEN)
AWAIT_REVIEWS = (CustomerState.ACTIVE, CustomerState.WATCH, CustomerState.SUSPENDED)
"""Customers in these states have to be reviewed every year (P4.2)."""
Key = tuple[str, int]
"""A role and a person (primary key)."""


@dataclass
class HandlerRow:
    """One person in one role. Amounts are in the company's currency; counts without a time are of today, those of
    self-checks, approvals and promises of the last RECENT_MONTHS up to the report's day.

    `reviews_valid` of `reviews_needed` customers have a review that is not out of date; `steps_in_time` of
    `steps_timed` approval steps were decided within their time.
    """

    role: str
    person: User
    customers: int = 0
    performing: int = 0
    exposure_amount: Decimal = NOTHING
    overdue_amount: Decimal = NOTHING
    exposure_before_amount: Decimal = NOTHING
    overdue_before_amount: Decimal = NOTHING
    self_checks_due: int = 0
    self_checks_done: int = 0
    reviews_needed: int = 0
    reviews_valid: int = 0
    steps_timed: int = 0
    steps_in_time: int = 0
    promises_decided: int = 0
    promises_kept: int = 0
    dso_days: Decimal | None = None

    @property
    def overdue_ratio(self) -> Decimal | None:
        """The overdue share of what his customers owe."""
        return share(self.overdue_amount, self.exposure_amount)

    @property
    def overdue_before_ratio(self) -> Decimal | None:
        """The same in the report before; of the customers he has today."""
        return share(self.overdue_before_amount, self.exposure_before_amount)

    @property
    def change_ratio(self) -> Decimal | None:
        """By how much the overdue share rose (above nothing: worse) since the report before."""
        now, before = self.overdue_ratio, self.overdue_before_ratio
        return None if now is None or before is None else now - before

    @property
    def self_checks_ratio(self) -> Decimal | None:
        """The share of the self-checks due that are done."""
        return share(self.self_checks_done, self.self_checks_due)

    @property
    def reviews_ratio(self) -> Decimal | None:
        """The share of his customers whose review is not out of date."""
        return share(self.reviews_valid, self.reviews_needed)

    @property
    def steps_ratio(self) -> Decimal | None:
        """The share of his approvals that were in time."""
        return share(self.steps_in_time, self.steps_timed)

    @property
    def promises_ratio(self) -> Decimal | None:
        """The share of the decided promises of his customers that were kept in full."""
        return share(self.promises_kept, self.promises_decided)


@dataclass(frozen=True)
class HandlerFigures:
    """The rows by role and name; `left_out` are currencies without a rate, which no amount contains."""

    report: Report
    base_currency: str
    rows: tuple[HandlerRow, ...]
    left_out: tuple[str, ...]


def handlers_seen(user: User) -> Q:
    """Return the condition on people whose figures `user` may see: everybody for leaders, supervising departments and
    finance; for the head of a department its people, and for a manager himself.
    """
    if user.has_role(*SEES_ALL_CUSTOMERS):
        return Q()
    seen = Q(pk=user.pk) if user.has_role(*MANAGER_FIELDS) else Q(pk__in=[])
    if user.has_role(Role.DEPARTMENT_MANAGER):
        seen |= Q(department__head=user.pk)
    return seen


def handler_figures(user: User, *, as_of: dt.date) -> HandlerFigures | None:
    """Return the figures of every contract handler whom `user` may see, by the report in force as of a day or before;
    None where there is none. A fixed number of queries, however many people and customers.
    """
    in_force = reports_in_force(as_of)
    if not in_force:
        return None
    report, previous = in_force[0], in_force[1] if len(in_force) > 1 else None
    day, currency = report.as_of, base_currency_on(report.as_of)
    rows = _rows(user)
    people = sorted({pk for _role, pk in rows})
    chain = chain_of(report, last_of_months(in_force), months=DSO_MONTHS)
    figures = newest_figures(pairs_of(chain))
    owed = _owed([one.pk for one in (report, previous) if one], people)
    sold = _sold(list(figures.values()), people)
    currencies = {one.currency for one in owed} | {one.currency for one in sold}
    rates = known_rates(day, currencies=currencies, base_currency=currency)
    _add_owed(rows, owed, report, rates)
    _add_sales(rows, sold, [figures.get(pair) for pair in pairs_of(chain)], _days(chain), rates)
    since = add_months(day, -RECENT_MONTHS)
    for role, manager in MANAGER_FIELDS.items():
        _add_customers(rows, role, manager, people, on=day)
        _add_self_checks(rows, role, manager, people, since=since, on=day)
        _add_promises(rows, role, manager, people, since=since, on=day)
    _add_steps(rows, people, since=since, on=day)
    return HandlerFigures(
        report=report,
        base_currency=currency,
        rows=tuple(rows.values()),
        left_out=tuple(sorted(currencies - set(rates.by_currency))),
    )


def _rows(user: User) -> dict[Key, HandlerRow]:
    """Return a row for each person whom `user` sees, in each of the two roles that he holds or has customers in. Three
    queries.
    """
    seen = handlers_seen(user)
    everybody = {
        person.pk: person
        for person in User.objects.filter(seen).select_related("department").order_by("name", "pk")
    }
    held = set(
        RoleAssignment.objects.filter(
            role__in=MANAGER_FIELDS, user__in=list(everybody), user__is_active=True
        ).values_list("role", "user")
    )
    open_files = Customer.objects.exclude(state=CustomerState.CLOSED).order_by()
    for role, manager in MANAGER_FIELDS.items():
        managing = open_files.filter(**{f"{manager}__in": list(everybody)}).values_list(manager, flat=True)
        held |= {(role, pk) for pk in managing.distinct()}
    return {
        (role, pk): HandlerRow(role, person)
        for role in MANAGER_FIELDS
        for pk, person in everybody.items()
        if (role, pk) in held
    }


@dataclass(frozen=True)
class _Owed:
    role: str
    person: int
    report: int
    currency: str
    total_amount: Decimal
    overdue_amount: Decimal


@dataclass(frozen=True)
class _Sold:
    role: str
    person: int
    figures: int
    currency: str
    amount: Decimal


def _owed(reports: Collection[int], people: Collection[int]) -> list[_Owed]:
    found = []
    for role, manager in MANAGER_FIELDS.items():
        rows = AgingSum.objects.filter(report__in=reports, **{f"customer__{manager}__in": people}).order_by()
        grouped = rows.values_list(f"customer__{manager}", "report_id", "currency")
        sums = grouped.annotate(total=Sum("total_amount"), overdue=Sum("overdue_amount"))
        found += [_Owed(role, *row) for row in sums]
    return found


def _sold(figures: Collection[int], people: Collection[int]) -> list[_Sold]:
    found = []
    for role, manager in MANAGER_FIELDS.items():
        rows = InvoicedSum.objects.filter(
            figures__in=figures, **{f"customer__{manager}__in": people}
        ).order_by()
        grouped = rows.values_list(f"customer__{manager}", "figures_id", "currency")
        found += [_Sold(role, *row) for row in grouped.annotate(amount=Sum("invoiced_amount"))]
    return found


def _add_owed(rows: Mapping[Key, HandlerRow], owed: Iterable[_Owed], report: Report, rates: Rates) -> None:
    for one in owed:
        row = rows.get((one.role, one.person))
        if row is None or one.currency not in rates.by_currency:
            continue
        total = rates.in_base(one.total_amount, one.currency)
        overdue = rates.in_base(one.overdue_amount, one.currency)
        if one.report == report.pk:
            row.exposure_amount += total
            row.overdue_amount += overdue
        else:
            row.exposure_before_amount += total
            row.overdue_before_amount += overdue


def _days(chain: Sequence[Report]) -> list[int]:
    return [(chain[place].as_of - chain[place + 1].as_of).days for place in range(len(chain) - 1)]


def _add_sales(
    rows: Mapping[Key, HandlerRow],
    sold: Iterable[_Sold],
    figures: Sequence[int | None],
    days: Sequence[int],
    rates: Rates,
) -> None:
    """Work the days sales outstanding out, over the months whose figures are computed, the latest ones."""
    known = list(itertools.takewhile(lambda pair: pair[0] is not None, zip(figures, days, strict=True)))
    amounts: dict[tuple[str, int, int], Decimal] = defaultdict(lambda: NOTHING)
    for one in sold:
        if one.currency in rates.by_currency:
            amounts[one.role, one.person, one.figures] += rates.in_base(one.amount, one.currency)
    for (role, person), row in rows.items():
        sales = [Sales(amounts[role, person, pk or 0], length) for pk, length in known]
        row.dso_days = dso(row.exposure_amount, sales)


def _add_customers(
    rows: Mapping[Key, HandlerRow], role: str, manager: str, people: Collection[int], *, on: dt.date
) -> None:
    customers = Customer.objects.exclude(state=CustomerState.CLOSED).filter(**{f"{manager}__in": people})
    needed = Q(state__in=AWAIT_REVIEWS)
    counts = (
        customers.order_by()
        .values_list(manager)
        .annotate(
            all=Count("pk"),
            needed=Count("pk", filter=needed),
            valid=Count("pk", filter=needed & Q(reviewed_on__isnull=False, grade_valid_to_on__gte=on)),
        )
    )
    for person, number, awaited, valid in counts:
        row = rows[role, person]
        row.customers, row.reviews_needed, row.reviews_valid = number, awaited, valid
    performing = Contract.objects.filter(
        state=ContractState.PERFORMING, **{f"customer__{manager}__in": people}
    )
    for person, number in performing.order_by().values_list(f"customer__{manager}").annotate(Count("pk")):
        if (role, person) in rows:
            rows[role, person].performing = number


def _add_self_checks(
    rows: Mapping[Key, HandlerRow],
    role: str,
    manager: str,
    people: Collection[int],
    *,
    since: dt.date,
    on: dt.date,
) -> None:
    path = f"contract__customer__{manager}"
    due = self_checks_due(since=since, on=on).filter(role=role, **{f"{path}__in": people})
    counted = (
        due.order_by()
        .values_list(path)
        .annotate(all=Count("pk"), done=Count("pk", filter=Q(state=SelfCheckState.DONE)))
    )
    for person, number, done in counted:
        if (role, person) in rows:
            rows[role, person].self_checks_due, rows[role, person].self_checks_done = number, done


def self_checks_due(*, since: dt.date, on: dt.date) -> QuerySet[SelfCheck]:
    """Return the self-checks whose period ended after `since`, up to `on` included; those that lapsed are left out."""
    ended = SelfCheck.objects.filter(period_ends_on__gt=since, period_ends_on__lte=on)
    return ended.exclude(state=SelfCheckState.LAPSED)


def _add_promises(
    rows: Mapping[Key, HandlerRow],
    role: str,
    manager: str,
    people: Collection[int],
    *,
    since: dt.date,
    on: dt.date,
) -> None:
    decided = Promise.objects.filter(
        state__in=DECIDED,
        decided_on__gt=since,
        decided_on__lte=on,
        **{f"customer__{manager}__in": people},
    )
    counted = (
        decided.order_by()
        .values_list(f"customer__{manager}")
        .annotate(all=Count("pk"), kept=Count("pk", filter=Q(state=PromiseState.KEPT)))
    )
    for person, number, kept in counted:
        if (role, person) in rows:
            rows[role, person].promises_decided, rows[role, person].promises_kept = number, kept


def _add_steps(
    rows: Mapping[Key, HandlerRow], people: Collection[int], *, since: dt.date, on: dt.date
) -> None:
    decided = ApprovalStep.objects.filter(
        role__in=MANAGER_FIELDS,
        decided_by__in=people,
        due_on__isnull=False,
        decided_at__date__gt=since,
        decided_at__date__lte=on,
    )
    counted = (
        decided.order_by()
        .values_list("role", "decided_by")
        .annotate(all=Count("pk"), in_time=Count("pk", filter=Q(due_on__gte=TruncDate("decided_at"))))
    )
    for role, person, number, in_time in counted:
        if (role, person) in rows:
            rows[role, person].steps_timed, rows[role, person].steps_in_time = number, in_time

"""What was done in a month, counted by customer service manager: reviews, contracts, self-checks, visits, notices,
promises, warnings. Each function is the `count` of a section (`supervision.summary_sections`) and asks one to three
queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from creditrisk.accounts.roles import Role
from customers.contract_selectors import disputed_on, performed_on, unanswered_on
from customers.models import (
    CaseOutcome,
    Contract,
    ContractDispute,
    RiskSignal,
    SelfCheck,
    Visit,
    WarningCase,
)
from customers.portfolio_selectors import not_made_on
from customers.warning_selectors import open_on as open_cases_on
from customers.warning_selectors import overdue_on as overdue_cases_on
from receivables.models import DunningNotice, Promise, PromiseState
from receivables.selectors.promises import open_on as open_promises_on
from reviews.models import Review, ReviewKind, ReviewState
from reviews.selectors import open_on as open_reviews_on
from supervision.summary_facts import Line
from supervision.summary_sections import Counted, Period

NOTHING = Decimal("0.00")
Found = dict[int | None, list[Line]]


def _of(rows: QuerySet[Any], period: Period, *, customer: str = "customer") -> QuerySet[Any]:
    """Return the rows of the customers that the period is narrowed to, with `manager`: his service manager now."""
    if period.customer_pks is not None:
        rows = rows.filter(**{f"{customer}__in": period.customer_pks})
    managed: QuerySet[Any] = rows.order_by().annotate(manager=F(f"{customer}__service_manager"))
    return managed


def _counts(rows: QuerySet[Any], found: Found, **figures: Q) -> None:
    """Add a line for each figure: how many of the rows fulfil its condition, by manager."""
    counted = rows.values_list("manager").annotate(
        **{
            f"count_{code}": Count("pk", distinct=True, filter=condition)
            for code, condition in figures.items()
        }
    )
    for manager, *counts in counted:
        found[manager] += [Line(code, count) for code, count in zip(figures, counts, strict=True) if count]


def _sums(rows: QuerySet[Any], found: Found, *, amount: str, **figures: Q) -> None:
    """Add a line for each figure and currency: how many rows fulfil its condition, and for how much."""
    aggregates: dict[str, Any] = {}
    for code, condition in figures.items():
        aggregates[f"count_{code}"] = Count("pk", filter=condition)
        aggregates[f"sum_{code}"] = Sum(amount, filter=condition, default=NOTHING)
    for manager, currency, *values in rows.values_list("manager", "currency").annotate(**aggregates):
        for code, count, total in zip(figures, values[::2], values[1::2], strict=True):
            if count:
                found[manager].append(Line(code, count, currency, total))


def _started() -> Found:
    return defaultdict(list)


def count_reviews(period: Period) -> Counted:
    """Count the reviews started and ended in the month, and those open at its end."""
    begun = Q(created_at__gte=period.starts_at, created_at__lt=period.ends_at)
    ended = Q(ended_at__gte=period.starts_at, ended_at__lt=period.ends_at)
    is_open = open_reviews_on(period.last_on)
    found = _started()
    _counts(
        _of(Review.objects.filter(begun | ended | is_open), period),
        found,
        new_customer_started=begun & Q(kind=ReviewKind.NEW_CUSTOMER),
        annual_started=begun & Q(kind=ReviewKind.ANNUAL),
        approved=ended & Q(state=ReviewState.APPROVED),
        rejected=ended & Q(state=ReviewState.REJECTED),
        withdrawn=ended & Q(state=ReviewState.WITHDRAWN),
        open=is_open,
    )
    return found


def count_contracts(period: Period) -> Counted:
    """Count the contracts signed in the month, those performed at its end, and those in dispute then; with disputes
    about single items apart. By the days that contracts and disputes carry: what changed later plays no part.
    """
    first, last = period.first_on, period.last_on
    found = _started()
    _sums(
        _of(Contract.objects.all(), period),
        found,
        amount="amount",
        signed=Q(signed_on__range=(first, last)),
        performing=performed_on(last),
    )
    in_dispute = (
        _of(ContractDispute.objects.filter(disputed_on(last)), period)
        .values_list("manager")
        .annotate(
            contracts=Count("contract", distinct=True), without=Count("pk", filter=Q(contract__isnull=True))
        )
    )
    for manager, contracts, without in in_dispute:
        lines = (Line("in_dispute", contracts), Line("items_in_dispute", without))
        found[manager] += [line for line in lines if line.count]
    return found


def count_self_checks(period: Period) -> Counted:
    """Count the self-checks done in the month, and those that were asked for, whose time had passed by its end, and
    that nobody had answered then, by who owes them (P3.2.3).
    """
    last = period.last_on
    missing = unanswered_on(last)
    found = _started()
    _counts(
        _of(SelfCheck.objects.all(), period, customer="contract__customer"),
        found,
        done=Q(done_on__range=(period.first_on, last)),
        missing_service_manager=missing & Q(role=Role.SERVICE_MANAGER),
        missing_account_manager=missing & Q(role=Role.ACCOUNT_MANAGER),
    )
    return found


def count_visits(period: Period) -> Counted:
    """Count the visits planned for, made and cancelled in the month, the risk signals of those made, and the visits
    that were planned for a day up to its end and not made by then.
    """
    month, last = (period.first_on, period.last_on), period.last_on
    made = Q(done_on__range=month)
    found = _started()
    _counts(
        _of(Visit.objects.all(), period),
        found,
        planned=Q(planned_on__range=month),
        made=made,
        cancelled=Q(cancelled_at__gte=period.starts_at, cancelled_at__lt=period.ends_at),
        not_made=not_made_on(last),
        watch=made & Q(risk_signal=RiskSignal.WATCH),
        alarm=made & Q(risk_signal=RiskSignal.ALARM),
    )
    return found


def count_notices(period: Period) -> Counted:
    """Count the reminders, letters and final demands issued in the month, with what they demanded (P5.2.3)."""
    found = _started()
    issued = DunningNotice.objects.filter(issued_on__range=(period.first_on, period.last_on))
    rows = _of(issued, period).values_list("manager", "stage", "currency")
    for manager, stage, currency, count, amount in rows.annotate(count=Count("pk"), sum=Sum("total_amount")):
        found[manager].append(Line(stage, count, currency, amount))
    return found


def count_promises(period: Period) -> Counted:
    """Count the promises given in the month, those that reports decided in it, and those open at its end (P5.2.3)."""
    month, last = (period.first_on, period.last_on), period.last_on
    decided = Q(decided_on__range=month)
    found = _started()
    _sums(
        _of(Promise.objects.all(), period),
        found,
        amount="amount",
        given=Q(made_on__range=month) & ~Q(state=PromiseState.WITHDRAWN),
        kept=decided & Q(state=PromiseState.KEPT),
        partly=decided & Q(state=PromiseState.PARTLY),
        broken=decided & Q(state=PromiseState.BROKEN),
        open=open_promises_on(last),
    )
    return found


def merged(parts: Iterable[Iterable[Line]]) -> list[Line]:
    """Return the lines of several managers together: those of the group."""
    return [line for lines in parts for line in lines]


def count_warnings(period: Period) -> Counted:
    """Count the early warnings raised in the month, those closed in it by what became of them, and those open or
    overdue at its end (P5.1). What was merged away with its file counts nowhere.
    """
    month, last = (period.first_on, period.last_on), period.last_on
    closed = Q(closed_on__range=month)
    found = _started()
    _counts(
        _of(WarningCase.objects.counted(), period),
        found,
        raised=Q(raised_on__range=month),
        acted=closed & Q(outcome__in=(CaseOutcome.ACTED, CaseOutcome.LOST)),
        no_action=closed & Q(outcome=CaseOutcome.NO_ACTION),
        false_alarm=closed & Q(outcome=CaseOutcome.FALSE_ALARM),
        open=open_cases_on(last),
        overdue=overdue_cases_on(last),
    )
    return found

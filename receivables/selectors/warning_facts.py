"""The facts of early warnings beside business and payments: promises, limits, and what the customer file says. For a
range of customers (primary keys), a fixed number of queries each, by the policy handed over."""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from decimal import Decimal

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from creditrisk.policy.schema import Policy, WarningRules
from customers.credit_facts import limits_of
from customers.models import (
    Contract,
    ContractDispute,
    Customer,
    CustomerState,
    DisputeState,
    GradeChange,
    Qualification,
    Visit,
    VisitState,
    WarningCase,
    WarningKind,
)
from customers.portfolio_selectors import due_by, with_confirmation_due
from receivables.models import AgingSum, Promise, PromiseState, Report
from receivables.selectors.reports import committed_reports
from receivables.warnings import (
    DisputeFacts,
    FileFacts,
    GradeFacts,
    LimitFacts,
    PromiseFacts,
    QualificationFacts,
    VisitFacts,
)
from receivables.warnings.limits import GROUP

Span = tuple[int, int]
"""The first and the last primary key of a range of customers."""
CHART_REPORTS = 7
Exposure = dict[tuple[int, str], Decimal]
"""Customer and currency → what is open."""


def watched_customers() -> QuerySet[Customer]:
    """Return the customers that warnings are about: every file that is not closed."""
    return Customer.objects.exclude(state=CustomerState.CLOSED)


def contracts_signed(span: Span, *, on: dt.date) -> dict[int, dt.date]:
    """Return customer → the day on which his newest contract was signed, up to `on`."""
    signed = Contract.objects.filter(customer__id__range=span, signed_on__isnull=False, signed_on__lte=on)
    return dict(signed.order_by().values_list("customer").annotate(Max("signed_on")))


def promises_missed(span: Span, *, on: dt.date, rules: WarningRules) -> Iterator[tuple[int, PromiseFacts]]:
    """Yield customer and promise, of those that reports of the last `event_days` decided against him, or older reports
    that were loaded in them. The latter only where no case told of the promise: a report that is corrected later
    decides anew, and warns once all the same."""
    after = on - dt.timedelta(days=rules.event_days + 1)
    told = WarningCase.objects.filter(kind=WarningKind.BROKEN_PROMISE, subject=OuterRef("number"))
    missed = Promise.objects.filter(
        Q(decided_on__gt=after) | Q(decided_by__committed_at__date__gt=after) & ~Exists(told),
        customer__id__range=span,
        state__in=(PromiseState.PARTLY, PromiseState.BROKEN),
        decided_on__lte=on,
    ).select_related("decided_by")
    for promise in missed.order_by("number"):
        assert promise.decided_on is not None
        assert promise.decided_by is not None
        assert promise.decided_by.committed_at is not None
        yield (
            promise.customer_id,
            PromiseFacts(
                number=promise.number,
                state="broken" if promise.state == PromiseState.BROKEN else "partly",
                currency=promise.currency,
                promised_amount=promise.amount,
                paid_amount=promise.paid_amount,
                decided_on=promise.decided_on,
                known_on=timezone.localdate(promise.decided_by.committed_at),
            ),
        )


def files_overdue(span: Span, *, on: dt.date, policy: Policy) -> Iterator[tuple[int, FileFacts]]:
    """Yield customer and file, of the files that were to be confirmed before `on` (P4.3)."""
    late = with_confirmation_due(Customer.objects.filter(pk__range=span), policy)
    late = late.exclude(state=CustomerState.CLOSED).filter(due_by(on - dt.timedelta(days=1)))
    for customer in late.order_by("pk").only("pk"):
        due_on: dt.date = customer.confirmation_due_on  # type: ignore[attr-defined]  # annotated by the selector
        yield customer.pk, FileFacts(due_on)


def qualifications_to_renew(
    span: Span, *, on: dt.date, rules: WarningRules
) -> Iterator[tuple[int, QualificationFacts]]:
    """Yield customer and qualification, of those that end within the notice of the policy or have ended. One for which
    the file holds another of its kind and name that lasts longer was renewed, and is left out."""
    last_on = on + dt.timedelta(days=rules.qualification_notice_days)
    kept = Qualification.objects.filter(customer__id__range=span, retired_at__isnull=True)
    ending = kept.filter(valid_to_on__lte=last_on).order_by("pk")
    lasting = {
        (customer, kind, name)
        for customer, kind, name in kept.filter(customer__in=ending.order_by().values("customer"))
        .exclude(valid_to_on__lte=last_on)
        .values_list("customer", "kind", "name")
    }
    for one in ending:
        if (one.customer_id, one.kind, one.name) in lasting:
            continue
        assert one.valid_to_on is not None
        yield (
            one.customer_id,
            QualificationFacts(str(one.pk), one.kind, one.name or one.number, one.valid_to_on),
        )


def disputes_overdue(span: Span, *, on: dt.date) -> Iterator[tuple[int, DisputeFacts]]:
    """Yield customer and dispute, of the open ones, about contracts or single items, whose deadline has passed
    (P3.3)."""
    late = ContractDispute.objects.filter(
        customer__id__range=span, state=DisputeState.OPEN, deadline_on__lt=on
    ).order_by("pk")
    for pk, customer, subject, deadline_on in late.values_list("pk", "customer", "subject", "deadline_on"):
        assert deadline_on is not None
        yield customer, DisputeFacts(str(pk), subject, deadline_on)


def grades_changed(span: Span, *, on: dt.date, rules: WarningRules) -> Iterator[tuple[int, GradeFacts]]:
    """Yield customer and grades: the one before the changes of the last `event_days`, the one after them, and when it
    came."""
    changes = GradeChange.objects.filter(
        customer__id__range=span,
        effective_on__gte=on - dt.timedelta(days=rules.event_days),
        effective_on__lte=on,
    ).order_by("customer", "effective_on", "pk")
    found: dict[int, GradeFacts] = {}
    for customer, old, new, effective_on in changes.values_list("customer", "old", "new", "effective_on"):
        before = found[customer].before if customer in found else old
        found[customer] = GradeFacts(before, new, effective_on)
    yield from found.items()


def visits_made(span: Span, *, on: dt.date, rules: WarningRules) -> Iterator[tuple[int, VisitFacts]]:
    """Yield customer and visit, of the visits of the last `event_days` that say something about leadership
    (P5.1.3)."""
    made = Visit.objects.filter(
        customer__id__range=span,
        state=VisitState.DONE,
        done_on__gte=on - dt.timedelta(days=rules.event_days),
        done_on__lte=on,
    ).exclude(leadership_changes="")
    for visit in made.order_by("pk"):
        assert visit.done_on is not None
        yield (
            visit.customer_id,
            VisitFacts(str(visit.pk), visit.leadership_changes, visit.risk_signal, visit.done_on),
        )


def limits_and_exposure(span: Span, *, report: Report) -> Iterator[tuple[int, LimitFacts]]:
    """Yield customer and limit beside what is open in its currency by the report: his own, and where he is at the head
    of a group, the group's against his limit, as in the credit check."""
    own = _exposure(report, span)
    groups = _group_exposure(report, span)
    limited = (
        watched_customers()
        .filter(pk__range=span)
        .exclude(credit_limit_amount__isnull=True, temporary_limit_amount__isnull=True)
    )
    for customer in limited.defer("bank_account").order_by("pk"):
        limits = limits_of(customer)
        amounts = own.get((customer.pk, limits.currency))
        if amounts is not None:
            yield customer.pk, LimitFacts(limits, amounts, report.as_of)
        amounts = groups.get((customer.pk, limits.currency))
        if amounts is not None:
            yield customer.pk, LimitFacts(limits, amounts, report.as_of, of=GROUP)


def _exposure(report: Report, span: Span) -> Exposure:
    sums = AgingSum.objects.filter(report=report, customer__id__range=span)
    return {
        (customer, currency): amount
        for customer, currency, amount in sums.values_list("customer", "currency", "total_amount")
    }


def _group_exposure(report: Report, span: Span) -> Exposure:
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, [*span, report.pk])
        return {(head, currency): amount for head, currency, amount in cursor.fetchall()}


_CUSTOMERS = Customer._meta.db_table
GROUPS = f"""
    WITH RECURSIVE member (head, id) AS (
        SELECT DISTINCT head.id, head.id
        FROM {_CUSTOMERS} AS head JOIN {_CUSTOMERS} AS below ON below.parent_id = head.id
        WHERE head.parent_id IS NULL AND head.id BETWEEN %s AND %s
        UNION
        SELECT member.head, below.id FROM {_CUSTOMERS} AS below JOIN member ON below.parent_id = member.id
    )
    SELECT member.head, sums.currency, sum(sums.total_amount)
    FROM member JOIN {AgingSum._meta.db_table} AS sums ON sums.customer_id = member.id AND sums.report_id = %s
    GROUP BY member.head, sums.currency"""


def exposure_by_report(
    customer_pks: Collection[int], *, on: dt.date
) -> dict[tuple[int, str], list[tuple[dt.date, Decimal]]]:
    """Return (customer, currency) → what was open in each of the last reports, oldest first: for the chart of those
    whose limit is exceeded. Two queries."""
    if not customer_pks:
        return {}
    reports = dict(committed_reports().filter(as_of__lte=on).values_list("pk", "as_of")[:CHART_REPORTS])
    sums = AgingSum.objects.filter(report__in=reports, customer__in=customer_pks).values_list(
        "customer", "currency", "report", "total_amount"
    )
    found: dict[tuple[int, str], list[tuple[dt.date, Decimal]]] = defaultdict(list)
    for customer, currency, report, amount in sums:
        found[customer, currency].append((reports[report], amount))
    return {key: sorted(points) for key, points in found.items()}

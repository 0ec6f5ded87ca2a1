"""Reads of grade adjustments: what waits, what a quarter brought, which quarters are due (P5.2.2)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

from django.db.models import Count, DecimalField, Exists, IntegerField, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from creditrisk.accounts.models import User
from creditrisk.jobs.models import JobRun
from creditrisk.quarters import Quarter
from customers.grade_words import Words, in_words
from customers.models import Customer, CustomerState, GradeChange
from receivables.models import ReportKind
from receivables.selectors.reports import committed_reports
from reviews.adjustment_wording import explanation, source_text
from reviews.models import DECIDERS, AdjustmentState, GradeAdjustment

JOB = "grade_adjustment"


def adjustment_list(user: User) -> QuerySet[GradeAdjustment]:
    """Return the adjustments of the customers that `user` may see, with what a row of the list shows: also the average
    days late and the days past due of the oldest item, None where there are none.
    """
    seen: QuerySet[GradeAdjustment] = GradeAdjustment.objects.visible_to(user)
    return (
        seen.select_related("customer", "decided_by")
        .annotate(
            average_days_late=Cast(
                KeyTextTransform("average_days_late", "facts"), DecimalField(max_digits=9, decimal_places=2)
            ),
            oldest_days=Cast(
                KeyTextTransform("days_past_due", KeyTransform("oldest", "facts")), IntegerField()
            ),
        )
        .defer("facts", "reasons")
    )


def adjustment_for_page(user: User) -> QuerySet[GradeAdjustment]:
    """Return the adjustments that `user` may see, ready for the page of one."""
    seen: QuerySet[GradeAdjustment] = GradeAdjustment.objects.visible_to(user)
    return seen.select_related("customer", "decided_by", "review", "report", "policy_version")


def adjustments_by_key(user: User, keys: Iterable[int]) -> QuerySet[GradeAdjustment]:
    """Return those of these adjustments that `user` may see, by customer number."""
    return adjustment_list(user).filter(pk__in=list(keys)).order_by("customer__number", "-quarter")


def adjustments_waiting_for(user: User) -> QuerySet[GradeAdjustment]:
    """Return the adjustments that wait for `user`: all, for a leader."""
    if not user.has_role(*DECIDERS):
        return GradeAdjustment.objects.none()
    return GradeAdjustment.objects.filter(state=AdjustmentState.PROPOSED)


def adjustments_of(customer: Customer) -> QuerySet[GradeAdjustment]:
    """Return a customer's adjustments, the latest quarter first."""
    return GradeAdjustment.objects.filter(customer=customer).select_related("decided_by").order_by("-quarter")


def later_changes(adjustment: GradeAdjustment) -> list[GradeChange]:
    """Return the grades that the customer was given since the adjustment was made, but by itself, oldest first."""
    since = GradeChange.objects.filter(
        customer=adjustment.customer_id, pk__gt=adjustment.basis_change_id or 0
    )
    return in_words(since.exclude(pk=adjustment.grade_change_id or 0).order_by("pk"))


def adjustment_words(changes: Sequence[GradeChange]) -> dict[int, Words]:
    """Return grade change (primary key) → source and reason in the reader's language, of those that adjustments made.
    One query where the rule gave one of them. The reason of a person who decided stays as he wrote it."""
    sources = {change.pk: text for change in changes if (text := source_text(change.source))}
    by_rule = [change.pk for change in changes if change.pk in sources and change.decided_by_id is None]
    adjusted = GradeAdjustment.objects.filter(grade_change__in=by_rule)
    reasons = dict(adjusted.values_list("grade_change", "reasons"))
    return {
        change.pk: Words(
            sources[change.pk],
            explanation(reasons[change.pk]) if change.pk in reasons else change.reason,
        )
        for change in changes
        if change.pk in sources
    }


def quarters_adjusted() -> list[str]:
    """Return the quarters that have been adjusted, the latest first."""
    quarters = GradeAdjustment.objects.order_by("-quarter").values_list("quarter", flat=True)
    return list(quarters.distinct())


def customers_to_adjust(quarter: Quarter) -> QuerySet[Customer]:
    """Return the customers with a grade who are not closed and have no adjustment of `quarter` yet, by key."""
    done = GradeAdjustment.objects.filter(customer=OuterRef("pk"), quarter=str(quarter))
    graded = Customer.objects.exclude(state=CustomerState.CLOSED).exclude(grade="")
    return graded.filter(~Exists(done)).order_by("pk")


def changes_of_quarter(quarter: Quarter) -> QuerySet[GradeAdjustment]:
    """Return the adjustments of a quarter that propose another grade, by customer number."""
    changed = GradeAdjustment.objects.filter(quarter=str(quarter)).exclude(state=AdjustmentState.UNCHANGED)
    return changed.select_related("customer").defer("facts").order_by("customer__number")


def counts_of_quarter(quarter: Quarter) -> Counter[str]:
    """Return how many adjustments of a quarter are in which state."""
    states = GradeAdjustment.objects.filter(quarter=str(quarter)).order_by().values_list("state")
    return Counter(dict(states.annotate(count=Count("pk"))))


def moves_per_manager(quarter: Quarter) -> dict[int, tuple[int, int]]:
    """Return manager (account or service, primary key) → how many of his customers went down, and for how many better
    grades were proposed or given, in the adjustment of a quarter. Two queries.
    """
    found: dict[int, list[int]] = {}
    changed = changes_of_quarter(quarter).select_related(None).order_by()
    seen: set[tuple[int, int]] = set()
    for manager in ("account_manager", "service_manager"):
        rows = changed.filter(**{f"customer__{manager}__isnull": False})
        for person, customer, old, new in rows.values_list(
            f"customer__{manager}", "customer", "old_grade", "new_grade"
        ):
            if (person, customer) not in seen:  # who is both of a customer's managers counts him once
                seen.add((person, customer))
                found.setdefault(person, [0, 0])[int(new < old)] += 1
    return {person: (down, up) for person, (down, up) in found.items()}


def quarters_due(*, today: dt.date) -> list[Quarter]:
    """Return the quarters that have ended by `today` and are to be adjusted, in order.

    Each quarter of whose last month a committed report is, from the first that was ever adjusted on (the one before
    `today`'s where none was), that the ledger of jobs does not show as settled and that no later one has overtaken. A
    quarter without such a report does not run by itself, and holds nothing up unless somebody has begun it.
    """
    runs = JobRun.objects.filter(job=JOB)
    settled = set(runs.filter(state__in=JobRun.SETTLED).values_list("period", flat=True))
    adjusted = quarters_adjusted()
    begun = {*runs.values_list("period", flat=True), *adjusted}
    last = Quarter.of(today).previous
    first = min((Quarter.parse(period) for period in begun), default=last)
    days = committed_reports(kind=ReportKind.OPEN_ITEMS).filter(as_of__range=(first.first_on, last.last_on))
    known = {
        quarter
        for day in days.values_list("as_of", flat=True)
        if (quarter := Quarter.of(day)).last_on.month == day.month or str(quarter) in begun
    }
    latest = max(adjusted, default="")
    return sorted(quarter for quarter in known if latest <= str(quarter) not in settled)


def adjusted_after(quarter: Quarter) -> str | None:
    """Return a later quarter that has been adjusted already, None where there is none."""
    later = GradeAdjustment.objects.filter(quarter__gt=str(quarter)).order_by("-quarter")
    return later.values_list("quarter", flat=True).first()

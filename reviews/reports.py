"""Figures about reviews: what is open where and since when, how long stages take, who has how much before him.

All of them are of the reviews that a person may see. Days are calendar days in the company's time zone.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from reviews.models import ApprovalStep, Review, ReviewKind, ReviewState, StepState
from reviews.models.step import BOUND_ROLES

AGE_UP_TO_DAYS = (3, 7, 14, 30)
"""The ages of open reviews, each up to so many days; the last is open."""
SECONDS_PER_DAY = 24 * 60 * 60
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class AgeRow:
    """Open reviews in one state or stage: how many of each age, and altogether."""

    label: str | Promise
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


@dataclass(frozen=True)
class StageRow:
    """How long a stage took: decided steps, average calendar days, and how many were in time and late."""

    role: str
    label: str | Promise
    decided: int
    average_days: Decimal
    in_time: int
    late: int


@dataclass
class BacklogRow:
    """What waits for one person, or (None) for everybody who holds the role."""

    label: str | Promise
    person: User | None
    waiting: int = 0
    overdue: int = 0
    oldest_on: dt.date | None = field(default=None)


def age_labels() -> list[str]:
    """Return the headings of the ages, in order."""
    bounds = [-1, *AGE_UP_TO_DAYS]
    labels = [
        _("%(first)s–%(last)s days") % {"first": first + 1, "last": last}
        for first, last in zip(bounds, AGE_UP_TO_DAYS, strict=False)
    ]
    return [*labels, _("over %(days)s days") % {"days": AGE_UP_TO_DAYS[-1]}]


def _age_index(days: int) -> int:
    return next((index for index, bound in enumerate(AGE_UP_TO_DAYS) if days <= bound), len(AGE_UP_TO_DAYS))


def open_by_age(user: User, *, on: dt.date) -> list[AgeRow]:
    """Return drafts and returned forms by the age of their last change of state, then open steps by role and the days
    they have waited. A review in a parallel stage counts once for each step that is open.
    """
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    visible = Review.objects.visible_to(user)
    written = visible.filter(state__in=(ReviewState.DRAFT, ReviewState.RETURNED))
    for state, created_at, submitted_at in written.values_list("state", "created_at", "submitted_at"):
        since = timezone.localdate(submitted_at or created_at)
        counts[state][_age_index((on - since).days)] += 1
    opened = ApprovalStep.objects.filter(state=StepState.PENDING, review__in=visible)
    rows = opened.values_list("role", TruncDate("opened_at")).annotate(count=Count("pk"))
    for role, opened_on, count in rows:
        counts[role][_age_index((on - opened_on).days)] += count
    labels = [(state.value, state.label) for state in (ReviewState.DRAFT, ReviewState.RETURNED)]
    labels += [(role.value, role.label) for role in Role]
    ages = range(len(AGE_UP_TO_DAYS) + 1)
    return [
        AgeRow(label, tuple(counts[code][age] for age in ages)) for code, label in labels if code in counts
    ]


def days_per_stage(user: User, *, first_on: dt.date, last_on: dt.date, kind: str = "") -> list[StageRow]:
    """Return how long the steps took that were decided from `first_on` to `last_on` (both included), by role in the
    order of the policy; of one kind of review where it is named.
    """
    decided = ApprovalStep.objects.filter(
        decided_at__date__gte=first_on,
        decided_at__date__lte=last_on,
        opened_at__isnull=False,
        review__in=Review.objects.visible_to(user),
    )
    if kind in ReviewKind.values:
        decided = decided.filter(review__kind=kind)
    took = ExpressionWrapper(F("decided_at") - F("opened_at"), output_field=DurationField())
    is_late = Q(due_on__lt=TruncDate("decided_at"))
    rows = decided.values("role").annotate(
        count=Count("pk"), average=Avg(took), late=Count("pk", filter=is_late), timed=Count("due_on")
    )
    found = {row["role"]: row for row in rows}
    return [
        StageRow(
            role=role.value,
            label=role.label,
            decided=found[role]["count"],
            average_days=_days(found[role]["average"]),
            in_time=found[role]["timed"] - found[role]["late"],
            late=found[role]["late"],
        )
        for role in Role
        if role in found
    ]


def _days(took: dt.timedelta) -> Decimal:
    """Return a length of time in days, rounded half-up to a tenth."""
    days = Decimal(took // dt.timedelta(seconds=1)) / SECONDS_PER_DAY
    return days.quantize(TENTH, rounding=ROUND_HALF_UP)


def backlog(user: User, *, on: dt.date) -> list[BacklogRow]:
    """Return what waits for whom on `on`, most first: a step that somebody took on, or whose role is bound to one
    person, counts for him, any other for everybody who holds its role.
    """
    steps = ApprovalStep.objects.filter(
        state=StepState.PENDING, review__in=Review.objects.visible_to(user)
    ).select_related(
        "assignee", "review__customer__service_manager", "review__customer__account_manager__department__head"
    )
    only = (
        "role",
        "due_on",
        "opened_at",
        "assignee__name",
        "assignee__username",
        "review__customer__service_manager__name",
        "review__customer__service_manager__username",
        "review__customer__account_manager__department__head__name",
        "review__customer__account_manager__department__head__username",
    )
    rows: dict[tuple[str, int | None], BacklogRow] = {}
    for step in steps.only(*only).iterator(chunk_size=2000):
        person = _person_of(step)
        key = (step.role, person.pk if person else None)
        row = rows.setdefault(key, BacklogRow(Role(step.role).label, person))
        row.waiting += 1
        row.overdue += step.due_on is not None and on > step.due_on
        opened_on = timezone.localdate(step.opened_at)
        row.oldest_on = min(row.oldest_on or opened_on, opened_on)
    return sorted(
        rows.values(), key=lambda row: (-row.overdue, -row.waiting, str(row.label), str(row.person or ""))
    )


def _person_of(step: ApprovalStep) -> User | None:
    if step.assignee is not None or step.role not in BOUND_ROLES:
        return step.assignee
    customer = step.review.customer
    if step.role == Role.SERVICE_MANAGER:
        return customer.service_manager
    manager = customer.account_manager
    return manager.department.head if manager and manager.department else None


def totals(rows: Iterable[AgeRow]) -> tuple[int, ...]:
    """Return the sums of each age, and of all."""
    columns = [*zip(*(row.counts for row in rows), strict=True)]
    sums = tuple(sum(column) for column in columns)
    return (*sums, sum(sums))

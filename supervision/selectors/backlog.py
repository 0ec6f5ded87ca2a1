"""What waits for approval, by the role that decides and since when (P3.1 a, c)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils.functional import Promise

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from reviews.models import ApprovalStep, Review, StepState
from reviews.models.step import ApprovalStepQuerySet
from reviews.reports import AGE_UP_TO_DAYS


@dataclass
class BacklogRow:
    """Steps that one role has to decide: how many by age (as `reviews.reports.age_labels`), and how many are late."""

    role: str
    label: str | Promise
    counts: list[int] = field(default_factory=lambda: [0] * (len(AGE_UP_TO_DAYS) + 1))
    late: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


def age_index(days: int) -> int:
    """Return the number of the age that so many days belong to."""
    return next((index for index, bound in enumerate(AGE_UP_TO_DAYS) if days <= bound), len(AGE_UP_TO_DAYS))


def pending_steps(user: User) -> ApprovalStepQuerySet:
    """Return the steps to be decided by anybody, of the reviews that `user` may see."""
    steps: ApprovalStepQuerySet = ApprovalStep.objects.filter(state=StepState.PENDING)
    if user.has_role(
        *SEES_ALL_CUSTOMERS
    ):  # a step is pending in no draft, and drafts alone are hidden from him
        return steps
    return steps.filter(review__in=Review.objects.visible_to(user))


def backlog(user: User, *, on: dt.date) -> list[BacklogRow]:
    """Return what waits on `on`, by role in the order of the policy; roles with nothing before them are left out. One
    query.
    """
    rows = (
        pending_steps(user)
        .order_by()
        .values_list("role", TruncDate("opened_at"))
        .annotate(count=Count("pk"), late=Count("pk", filter=Q(due_on__lt=on)))
    )
    found: dict[str, BacklogRow] = {}
    grouped: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for role, opened_on, count, late in rows:
        grouped[role].append((age_index((on - opened_on).days), count, late))
    for role in Role:
        if role.value in grouped:
            found[role.value] = _row(role, grouped[role.value])
    return list(found.values())


def _row(role: Role, parts: Iterable[tuple[int, int, int]]) -> BacklogRow:
    row = BacklogRow(role.value, role.label)
    for age, count, late in parts:
        row.counts[age] += count
        row.late += late
    return row


def step_list(user: User) -> ApprovalStepQuerySet:
    """Return the pending steps with review, customer and who took them on, the oldest first."""
    listed: ApprovalStepQuerySet = (
        pending_steps(user)
        .select_related("review__customer", "review__initiator", "assignee")
        .order_by("opened_at", "pk")
    )
    return listed


def opened_between(steps: ApprovalStepQuerySet, *, age: int, on: dt.date) -> ApprovalStepQuerySet:
    """Return the steps of one age (its number) on `on`."""
    bounds = [-1, *AGE_UP_TO_DAYS]
    narrowed: ApprovalStepQuerySet = steps.filter(
        opened_at__date__lte=on - dt.timedelta(days=bounds[age] + 1)
    )
    if age < len(AGE_UP_TO_DAYS):
        narrowed = narrowed.filter(opened_at__date__gte=on - dt.timedelta(days=AGE_UP_TO_DAYS[age]))
    return narrowed

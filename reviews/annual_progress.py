"""How far the annual reviews of a year are (P3.2.6, P4.2): by service manager, and customer by customer."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from customers.models import Contract, ContractState, Customer, CustomerState
from receivables.models import AgingSum, ReportState
from reviews.models import SCORERS, Review, ReviewKind, ReviewState

NOT_STARTED, SCORING, IN_APPROVAL, DONE = "not_started", "scoring", "in_approval", "done"
STANDINGS: dict[str, str | Promise] = {
    NOT_STARTED: _("not started"),
    SCORING: _("scoring"),
    IN_APPROVAL: _("in approval"),
    DONE: _("done"),
}
"""Where an annual review of the year stands, in order."""
REVIEWED_YEARLY = (CustomerState.ACTIVE, CustomerState.WATCH, CustomerState.SUSPENDED)
BY_STATE = {
    ReviewState.DRAFT: SCORING,
    ReviewState.RETURNED: SCORING,
    ReviewState.IN_APPROVAL: IN_APPROVAL,
    ReviewState.APPROVED: DONE,
}


def has_business_in(year: int) -> Q:
    """Return the condition that a customer had business in `year`: he stands in a report in force as of a day of it, or
    a contract of his was performed in it.
    """
    first_on, last_on = dt.date(year, 1, 1), dt.date(year, 12, 31)
    reported = AgingSum.objects.filter(
        customer=OuterRef("pk"),
        report__state=ReportState.COMMITTED,
        report__as_of__range=(first_on, last_on),
        items__gt=0,
    )
    ran = Contract.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gte=first_on), customer=OuterRef("pk"), signed_on__lte=last_on
    ).exclude(state=ContractState.DRAFT)
    return Q(Exists(reported)) | Q(Exists(ran))


def customers_to_assess(year: int) -> QuerySet[Any]:
    """Return the customers that are to be assessed for `year`, with `standing` (a key of STANDINGS) and the number of
    the review, `review_number`, or None: who works with us, was reviewed once, and had business in the year.

    A review that was rejected or withdrawn assesses nobody: he is not started again.
    """
    counted = (
        Review.objects.filter(
            customer=OuterRef("pk"), kind=ReviewKind.ANNUAL, year=year, state__in=list(BY_STATE)
        )
        .order_by("-pk")
        .annotate(
            standing=Case(
                *(When(state=state, then=Value(standing)) for state, standing in BY_STATE.items()),
                output_field=CharField(),
            )
        )
    )
    finished = counted.filter(state=ReviewState.APPROVED)
    return (
        Customer.objects.filter(has_business_in(year), state__in=REVIEWED_YEARLY, reviewed_on__isnull=False)
        .annotate(
            standing=Case(
                When(Exists(finished), then=Value(DONE)),
                When(Exists(counted), then=Subquery(counted.values("standing")[:1])),
                default=Value(NOT_STARTED),
                output_field=CharField(),
            ),
            review_number=Subquery(counted.values("number")[:1]),
        )
        .select_related("account_manager", "service_manager")
    )


@dataclass(frozen=True)
class ProgressRow:
    """How many customers of one service manager (None: of nobody's, or of all) stand where."""

    person: User | None
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All that are to be assessed."""
        return self.counts.total()

    @property
    def missing(self) -> int:
        """All whose review is not done."""
        return self.total - self.counts[DONE]

    @property
    def not_started(self) -> int:
        """Those without a review of the year."""
        return self.counts[NOT_STARTED]

    @property
    def scoring(self) -> int:
        """Those whose scores or form are being written."""
        return self.counts[SCORING]

    @property
    def in_approval(self) -> int:
        """Those whose form is with the approvers."""
        return self.counts[IN_APPROVAL]

    @property
    def done(self) -> int:
        """Those with an approved review."""
        return self.counts[DONE]

    @property
    def done_pct(self) -> int:
        """The share of those that are done, in whole percent, never rounded up to 100."""
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True)
class AnnualProgress:
    """The annual reviews of a year, by service manager and altogether."""

    year: int
    rows: list[ProgressRow]

    @property
    def total(self) -> ProgressRow:
        """The sum of all rows."""
        return ProgressRow(None, sum((row.counts for row in self.rows), Counter()))


def annual_progress(year: int, *, user: User | None = None, everybody: bool = False) -> AnnualProgress:
    """Return how far the reviews of `year` are, of the customers that `user` may see, or of `everybody`'s; those with
    most to do first. Two queries.
    """
    customers = customers_to_assess(year)
    if not everybody:
        assert user is not None
        customers = customers.filter(pk__in=Customer.objects.visible_to(user).values("pk"))
    counted = customers.order_by().values_list("service_manager", "standing").annotate(count=Count("pk"))
    counts: dict[int | None, Counter[str]] = {}
    for manager, standing, count in counted:
        counts.setdefault(manager, Counter())[standing] += count
    people = User.objects.in_bulk([key for key in counts if key is not None])
    rows = [ProgressRow(people.get(key or 0), found) for key, found in counts.items()]
    return AnnualProgress(
        year, sorted(rows, key=lambda row: (-row.missing, row.person is None, str(row.person)))
    )


def unfinished_of(year: int) -> Iterable[tuple[User, int]]:
    """Return whom the annual reviews of `year` wait for, with how many: scores that he has not given, and as service
    manager forms to hand in and reviews to start. People who left are not asked.
    """
    waiting: Counter[int] = Counter()
    missing = customers_to_assess(year).filter(standing=NOT_STARTED, service_manager__isnull=False)
    for manager in missing.values_list("service_manager", flat=True):
        waiting[manager] += 1
    drafts = Review.objects.filter(
        kind=ReviewKind.ANNUAL, year=year, state__in=(ReviewState.DRAFT, ReviewState.RETURNED)
    )
    managers = {
        "account_manager": "customer__account_manager",
        "service_manager": "customer__service_manager",
    }
    asked: set[tuple[int, int]] = set()
    for role in SCORERS:
        unscored = drafts.exclude(scores__role=role)
        asked |= {
            (review, person)
            for review, person in unscored.values_list("pk", managers[role.value])
            if person is not None
        }
    asked |= set(drafts.values_list("pk", "initiator"))
    waiting.update(person for _review, person in asked)
    people = User.objects.in_bulk(waiting.keys())
    return [
        (person, waiting[person.pk])
        for person in sorted(people.values(), key=lambda person: person.username)
        if person.is_active
    ]


def years_of_annual_reviews(today: dt.date) -> list[int]:
    """Return the years that have annual reviews, and the present one, the newest first; the one that is worked on now
    comes first: the newest that has any. One query."""
    found = set(
        Review.objects.filter(kind=ReviewKind.ANNUAL).order_by().values_list("year", flat=True).distinct()
    )
    years = sorted((year for year in found if year is not None), reverse=True)
    return years if today.year in found else [*years, today.year]

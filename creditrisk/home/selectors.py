"""What waits for a person: read from every app, a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.jobs.permissions import list_refusal
from creditrisk.jobs.selectors import JobState, jobs_in_trouble
from creditrisk.notifications.selectors import mails_in_trouble
from customers.models import Customer, CustomerState
from receivables.models import AgingSum, DunningNotice, Report
from receivables.selectors.dunning import WAITS_TO_BE_POSTED
from receivables.selectors.reports import latest_report
from reviews.models import ApprovalStep, Review
from reviews.models.review import EDITABLE_STATES
from supervision.permissions import dashboard_refusal

SHOWN = 5
RECENT_DAYS = 7
MINDS_MAILS = (
    Role.ADMINISTRATOR,
    Role.GROUP_LEADER,
    Role.DEPUTY_LEADER,
    Role.FINANCE_CLERK,
    Role.SERVICE_MANAGER,
)
BUSINESS_ROLES = frozenset(Role) - {Role.ADMINISTRATOR}


@dataclass(frozen=True)
class CurrencyTotal:
    """Open and overdue receivables in one currency; `overdue_pct` is 0–100 of the open total."""

    currency: str
    total_amount: Decimal
    overdue_amount: Decimal

    @property
    def overdue_pct(self) -> int:
        if self.total_amount <= 0:
            return 0
        return min(100, max(0, int(self.overdue_amount * 100 / self.total_amount)))


@dataclass(frozen=True)
class StartPage:
    """Everything the start page shows; empty parts are left out for roles that have no business with them."""

    today: dt.date
    steps: list[ApprovalStep]
    step_count: int
    own_reviews: list[Review]
    report: Report | None
    totals: list[CurrencyTotal]
    worst: list[AgingSum]
    customer_states: list[tuple[str, str, int]]
    recent_notices: int
    notices_to_post: int
    mails_in_trouble: int
    may_upload: bool
    may_create: bool
    may_supervise: bool
    is_business: bool
    is_administrator: bool = field(default=False)
    jobs_in_trouble: list[JobState] = field(default_factory=list)


def start_page(*, user: User, today: dt.date) -> StartPage:
    """Return what waits for `user` on `today`."""
    customers: QuerySet[Customer] = Customer.objects.visible_to(user)
    pending = ApprovalStep.objects.pending_for(user)
    report = latest_report()
    sums = (
        AgingSum.objects.filter(report=report, customer__in=customers) if report else AgingSum.objects.none()
    )
    notices = DunningNotice.objects.visible_to(user)
    return StartPage(
        today=today,
        steps=list(
            pending.select_related("review__customer", "review__initiator").order_by("opened_at", "pk")[
                :SHOWN
            ]
        ),
        step_count=pending.count(),
        own_reviews=list(
            Review.objects.filter(initiator=user, state__in=EDITABLE_STATES).select_related("customer")[
                :SHOWN
            ]
        ),
        report=report,
        totals=[
            CurrencyTotal(row["currency"], row["total"], row["overdue"])
            for row in sums.values("currency")
            .annotate(total=Sum("total_amount"), overdue=Sum("overdue_amount"))
            .order_by("currency")
        ],
        worst=list(
            sums.filter(overdue_amount__gt=0).select_related("customer").order_by("-overdue_amount")[:SHOWN]
        ),
        customer_states=_customer_states(customers),
        recent_notices=notices.filter(issued_on__gt=today - dt.timedelta(days=RECENT_DAYS)).count(),
        notices_to_post=notices.filter(WAITS_TO_BE_POSTED).count(),
        mails_in_trouble=_mails_in_trouble(user),
        may_upload=user.has_role(Role.FINANCE_CLERK, Role.PLANNING_FINANCE),
        may_create=user.has_role(Role.ACCOUNT_MANAGER),
        may_supervise=dashboard_refusal(user) is None,
        is_business=user.has_role(*BUSINESS_ROLES),
        is_administrator=user.has_role(Role.ADMINISTRATOR),
        jobs_in_trouble=jobs_in_trouble(timezone.now()) if list_refusal(user) is None else [],
    )


def _customer_states(customers: QuerySet[Customer]) -> list[tuple[str, str, int]]:
    counts = dict(customers.order_by().values_list("state").annotate(Count("pk")))
    return [
        (state.value, str(state.label), counts[state.value])
        for state in CustomerState
        if state.value in counts
    ]


def _mails_in_trouble(user: User) -> int:
    """Return how many mails that ended badly `user` can open, where he can do something about them."""
    if not user.has_role(*MINDS_MAILS):
        return 0
    return mails_in_trouble(user).count()

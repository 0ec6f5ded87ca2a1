"""Self-checks of contracts as their supervisors look at them (P3.1 b, P3.2.3)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from customers.models import SelfCheck, SelfCheckState
from customers.models.self_check import SelfCheckQuerySet
from supervision.selectors.handlers import MANAGER_FIELDS


def self_checks_seen(user: User) -> SelfCheckQuerySet:
    """Return the self-checks `user` may supervise: of the customers he sees; a manager those asked of him."""
    if user.has_role(*SEES_ALL_CUSTOMERS):
        return SelfCheck.objects.all()
    if user.has_role(Role.DEPARTMENT_MANAGER):
        return SelfCheck.objects.visible_to(user)
    return SelfCheck.objects.asked_of(user)


def self_check_list(user: User, *, of_customers: bool = False) -> SelfCheckQuerySet:
    """Return the self-checks `user` may supervise, with contract, customer and people, what ends last first;
    `of_customers`: all of the customers he sees, also those asked of somebody else, as a monthly summary counts them.
    """
    seen = SelfCheck.objects.visible_to(user) if of_customers else self_checks_seen(user)
    listed: SelfCheckQuerySet = (
        seen.exclude(state=SelfCheckState.LAPSED)
        .select_related(
            "contract__customer__account_manager", "contract__customer__service_manager", "done_by"
        )
        .order_by("-period_ends_on", "pk")
    )
    return listed


def asked_of_person(role: str, person: int) -> Q:
    """Return the condition that a self-check is asked of the customer's manager in a role."""
    return Q(role=role, **{f"contract__customer__{MANAGER_FIELDS[role]}": person})


def in_state(state: str, *, today: dt.date) -> Q:
    """Return the condition of a state: done, still open in time, or overdue."""
    if state == "done":
        return Q(state=SelfCheckState.DONE)
    is_late = Q(period_ends_on__lt=today)
    return Q(state=SelfCheckState.OPEN) & (is_late if state == "overdue" else ~is_late)

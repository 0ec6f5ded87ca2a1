"""Groups, temporary limits and what leaders decided about single customers, each by its service."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import islice

from django.utils import timezone

from creditrisk.accounts.models import User
from customers import services
from customers.models import Customer, CustomerState

FEWEST = 60
"""A company with fewer customers keeps them all ordinary ones."""
GROUPS = 3
SUBSIDIARIES = 2
TEMPORARY_LIMITS = 4
WATCHED = 6
LIMIT_REASONS = (
    "季节性备货,经集团领导同意。",
    "New site: deliveries of two months at once.",
    "大额项目分期验收,期满恢复原额度。",
    "Bridge until the annual review.",
)
WATCH_REASONS = (
    "付款逐月变慢,负责人更换。",
    "Two broken promises within a quarter.",
    "行业下行,加强拜访。",
    "New management: find out what is going on.",
    "对账差异未解决。",
    "Volume has halved since spring.",
)


def create_standings(customers: list[Customer], users: dict[str, User], today: dt.date) -> dict[str, int]:
    """Put some of `customers` into groups, on watch, under a temporary limit; freeze one, close one. Return how many
    of each; nothing of a company with fewer than `FEWEST` customers.
    """
    if len(customers) < FEWEST:
        return {}
    stored = list(Customer.objects.filter(pk__in=[customer.pk for customer in customers]).order_by("number"))
    active = iter([customer for customer in stored if customer.state == CustomerState.ACTIVE])
    leader, planning = users["vp"], users["planning"]
    counts = {"groups": 0, "temporary limits": 0, "on watch": 0, "frozen": 0, "closed": 0}
    for index in range(WATCHED):
        if customer := next(active, None):
            by = customer.service_manager or leader
            services.put_on_watch(customer=customer, reason=WATCH_REASONS[index % len(WATCH_REASONS)], by=by)
            counts["on watch"] += 1
    for index in range(TEMPORARY_LIMITS):
        if customer := next(active, None):
            services.grant_temporary_limit(
                customer=customer,
                amount=(customer.credit_limit_amount or Decimal(0)) * 3 // 2 + 10_000,
                valid_to_on=today + dt.timedelta(days=30 * (index + 1)),
                reason=LIMIT_REASONS[index % len(LIMIT_REASONS)],
                version=customer.version,
                by=planning if index % 2 else leader,
                today=today,
            )
            counts["temporary limits"] += 1
    for _group in range(GROUPS):
        members = list(islice(active, 1 + SUBSIDIARIES))
        for subsidiary in members[1:]:
            services.set_parent(customer=subsidiary, parent=members[0], version=subsidiary.version, by=leader)
        counts["groups"] += len(members) > 1
    if customer := next(active, None):
        services.freeze_customer(
            customer=customer, reason="货款诉讼中,暂停新业务。", by=planning, now=timezone.now()
        )
        counts["frozen"] += 1
    if customer := next(active, None):
        services.close_customer(customer=customer, reason="客户已注销,业务终止。", by=leader)
        counts["closed"] += 1
    return counts

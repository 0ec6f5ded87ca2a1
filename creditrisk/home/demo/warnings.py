"""Early warnings: the run of the day, work on some cases, and cases of the last months with what came of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from creditrisk.accounts.models import User
from creditrisk.policy.selectors import policy_version_on
from customers import services
from customers.models import (
    CaseOutcome,
    Customer,
    EntryKind,
    WarningCase,
    WarningKind,
)
from customers.services import FoundWarning
from receivables.services.warning_job import raise_warnings_once

PAST = 24
"""Cases of the past; each is closed some days after it was raised, the last two are still open and overdue."""
PAST_KINDS = (
    WarningKind.CHURN,
    WarningKind.LIMIT_EXCEEDED,
    WarningKind.VOLUME_ANOMALY,
    WarningKind.CHURN,
    WarningKind.REPAYMENT_ANOMALY,
    WarningKind.FILE_NOT_CONFIRMED,
)
OUTCOMES = (
    (CaseOutcome.ACTED, "拜访后签了新订单。 A new order after a visit."),
    (CaseOutcome.NO_ACTION, "季节性波动,无需处理。 Seasonal; nothing to do."),
    (CaseOutcome.ACTED, "约定了付款计划。 A payment plan was agreed."),
    (CaseOutcome.FALSE_ALARM, "发票开在母公司。 Invoiced to the parent company."),
    (CaseOutcome.LOST, "客户已转向竞争对手。 The customer has gone to a competitor."),
)
CALL = "已电话联系,对方下周答复。 Called; they answer next week."
SUBJECT = "demo"
"""Tells the cases of the past from those of the day: what they were about is over."""


def create_warnings(customers: Sequence[Customer], users: dict[str, User], today: dt.date) -> int:
    """Create closed cases of the last months, raise the day's warnings, and work on some; return how many cases."""
    clock = dt.datetime.combine(today, dt.time(2), tzinfo=dt.UTC)
    for index in range(min(PAST, len(customers))):
        _past_case(customers[index], index, today, clock)
    raise_warnings_once(on=today)
    mine = WarningCase.objects.open().filter(owner=users["csm"], raised_on=today).order_by("pk")
    for place, case in enumerate(mine[:6]):
        if place % 2 == 0:
            services.add_entry(
                case=case, kind=EntryKind.CALL, text=CALL, happened_on=today, by=users["csm"], now=clock
            )
    services.raise_case(
        customer=next(one for one in customers if one.service_manager_id == users["csm"].pk),
        kind=WarningKind.OTHER,
        reason="门口贴出了招租广告。 Their office is for rent.",
        by=users["csm"],
        now=clock,
    )
    return WarningCase.objects.count()


def _past_case(customer: Customer, index: int, today: dt.date, now: dt.datetime) -> None:
    kind = PAST_KINDS[index % len(PAST_KINDS)]
    raised_on = today - dt.timedelta(days=12 + 9 * index)
    found = FoundWarning(customer.pk, kind, Decimal(60 + index), SUBJECT, *_told(kind, raised_on))
    services.raise_cases(found=[found], on=raised_on, version=policy_version_on(raised_on))
    case = WarningCase.objects.select_related("owner").get(customer=customer, kind=kind, subject=SUBJECT)
    by = case.owner
    if by is None or index < 2:
        return
    closed_at = now - (today - raised_on - dt.timedelta(days=2 + index % 6))
    services.add_entry(
        case=case, kind=EntryKind.CALL, text=CALL, happened_on=closed_at.date(), by=by, now=closed_at
    )
    outcome, note = OUTCOMES[index % len(OUTCOMES)]
    services.close_case(case=case, outcome=outcome, note=note, by=by, now=closed_at)


def _told(kind: str, day: dt.date) -> tuple[dict[str, dict[str, object]], dict[str, object]]:
    """Return made-up numbers of a kind, and no chart."""
    month = day.replace(day=1).isoformat()
    numbers: dict[str, dict[str, dict[str, object]]] = {
        WarningKind.CHURN: {
            "days_without_business": {"value": 63, "unit": "days"},
            "last_business_on": {"value": (day - dt.timedelta(days=63)).isoformat(), "unit": "date"},
        },
        WarningKind.LIMIT_EXCEEDED: {
            "open_amount": {"value": "230000.00", "unit": "CNY"},
            "limit_amount": {"value": "180000.00", "unit": "CNY"},
            "excess_amount": {"value": "50000.00", "unit": "CNY"},
        },
        WarningKind.VOLUME_ANOMALY: {
            "direction": {"value": "fall", "unit": "code"},
            "month": {"value": month, "unit": "date"},
            "month_amount": {"value": "21000.00", "unit": "CNY"},
            "mean_amount": {"value": "84000.00", "unit": "CNY"},
            "deviation_pct": {"value": "75.0", "unit": "pct"},
        },
        WarningKind.REPAYMENT_ANOMALY: {
            "recent_days_late": {"value": "31.0", "unit": "days"},
            "baseline_days_late": {"value": "9.0", "unit": "days"},
            "worse_by_days": {"value": "22.0", "unit": "days"},
        },
        WarningKind.FILE_NOT_CONFIRMED: {
            "due_on": {"value": (day - dt.timedelta(days=5)).isoformat(), "unit": "date"},
            "days_overdue": {"value": 5, "unit": "days"},
        },
    }
    return numbers[kind], {}

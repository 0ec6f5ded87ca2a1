"""Cases of early warning for tests."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, WarningCase, WarningKind

RAISED_ON = dt.date(2026, 11, 20)
CHURN = {
    "days_without_business": {"value": 60, "unit": "days"},
    "last_business_on": {"value": "2026-09-21", "unit": "date"},
    "threshold_days": {"value": 60, "unit": "days"},
}
SERIES = {
    "unit": "CNY",
    "points": [{"label": "2026-09", "value": "100.00"}, {"label": "2026-10", "value": "0.00"}],
}

_numbers = count(1)


def create_case(customer: Customer, **fields: Any) -> WarningCase:
    """Return an open case that the job raised on RAISED_ON: 60 days without business, owned by his service manager,
    due a week later."""
    raised_on = fields.get("raised_on", RAISED_ON)
    values: dict[str, Any] = {
        "number": f"WT-{next(_numbers):06d}",
        "kind": WarningKind.CHURN,
        "raised_on": raised_on,
        "severity": Decimal(60),
        "numbers": CHURN,
        "series": SERIES,
        "owner": customer.service_manager,
        "due_on": raised_on + dt.timedelta(days=7),
        "policy_version": policy_version_on(raised_on),
    }
    return WarningCase.objects.create(customer=customer, **(values | fields))

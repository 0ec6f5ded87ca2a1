"""Which rule-book is in force on a date."""

from __future__ import annotations

import datetime as dt

from creditrisk.memo import asked_once
from creditrisk.policy.models import PolicyVersion


@asked_once
def policy_version_on(day: dt.date) -> PolicyVersion:
    """Return the version in force on `day`: the newest with `effective_on` on or before it; else the very
    first."""
    version = PolicyVersion.objects.filter(effective_on__lte=day).first()
    return version or PolicyVersion.objects.order_by("effective_on", "number")[0]

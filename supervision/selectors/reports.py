"""The reports that a page compares, light enough to be asked for by the hundred."""

from __future__ import annotations

import datetime as dt

from creditrisk.dates import add_months
from creditrisk.policy.models import PolicyVersion
from receivables.models import Report
from receivables.selectors.reports import committed_reports

KEPT_MONTHS = 40
"""Two years of a trend, a year before it, and the months that figures reach back."""


EARLIEST = dt.date(1900, 1, 1)


def reports_in_force(as_of: dt.date) -> list[Report]:
    """Return the receivables reports in force as of a day or before, back to KEPT_MONTHS before it, the latest first;
    those of one policy version share it. Two queries.
    """
    first_on = add_months(max(as_of, EARLIEST), -KEPT_MONTHS)
    kept = committed_reports().filter(as_of__lte=as_of, as_of__gt=first_on)
    light = kept.select_related(None).only(
        "number", "as_of", "kind", "file_kind", "state", "own_buckets", "policy_version"
    )
    reports = list(light)
    versions = PolicyVersion.objects.in_bulk({report.policy_version_id for report in reports})
    for report in reports:
        report.policy_version = versions[report.policy_version_id]
    return reports


def days_of_reports() -> list[dt.date]:
    """Return the days of which a receivables report is in force, the latest first. One query."""
    return list(committed_reports().select_related(None).values_list("as_of", flat=True))

"""The reports on which a policy is simulated."""

from __future__ import annotations

from collections.abc import Sequence

from receivables.models import Report
from receivables.selectors.reports import committed_reports
from supervision.simulated_parts import Quarter


def reports_of(quarters: Sequence[Quarter]) -> list[Report]:
    """Return the reports in force as of a day of the quarters, oldest first."""
    first_on, last_on = quarters[0].first_on, quarters[-1].last_on
    return list(committed_reports().filter(as_of__range=(first_on, last_on)).order_by("as_of"))


def lines_of(quarters: Sequence[Quarter]) -> int:
    """Return how many lines the reports of the quarters have together: how long a simulation takes."""
    return sum(report.rows for report in reports_of(quarters))

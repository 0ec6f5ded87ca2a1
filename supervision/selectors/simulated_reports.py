"""The reports on which a policy is simulated."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet, Sum

from creditrisk.quarters import Quarter
from receivables.models import Report
from receivables.selectors.reports import committed_reports


def reports_of(quarters: Sequence[Quarter]) -> list[Report]:
    """Return the reports in force as of a day of the quarters, oldest first."""
    return list(_within(quarters).order_by("as_of"))


def lines_of(quarters: Sequence[Quarter]) -> int:
    """Return how many lines the reports of the quarters have together: how long a simulation takes."""
    rows: int | None = _within(quarters).aggregate(rows=Sum("rows"))["rows"]
    return rows or 0


def _within(quarters: Sequence[Quarter]) -> QuerySet[Report]:
    return committed_reports().filter(as_of__range=(quarters[0].first_on, quarters[-1].last_on))

"""The list of grade adjustments as Excel or csv: what the filter leaves, in the order of the list."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.workbooks import DATE_WIDTH, Cell, Column, Table
from reviews.models import GradeAdjustment

CHUNK = 2000


def adjustments_table(adjustments: QuerySet[GradeAdjustment]) -> Table:
    """Return the adjustments, one line each, read in chunks as they are written."""
    columns = [
        Column(_("Quarter"), 10),
        Column(_("Customer number"), 16),
        Column(_("Customer"), 36),
        Column(_("Old grade"), 10),
        Column(_("New grade"), 10),
        Column(_("Decided grade"), 10),
        Column(_("Old score"), 10),
        Column(_("New score"), 10),
        Column(_("Average days late"), 12),
        Column(_("Oldest item, days past due"), 12),
        Column(_("State"), 20),
        Column(_("Decided by")),
        Column(_("Decided at"), DATE_WIDTH),
        Column(_("Reason"), 40),
    ]
    return Table(columns, _lines(adjustments))


def _lines(adjustments: QuerySet[GradeAdjustment]) -> Iterator[list[Cell]]:
    for adjustment in adjustments.iterator(chunk_size=CHUNK):
        yield [
            adjustment.quarter,
            adjustment.customer.number,
            adjustment.customer.name,
            adjustment.old_grade,
            adjustment.new_grade,
            adjustment.decided_grade,
            adjustment.old_score,
            adjustment.new_score,
            adjustment.average_days_late,  # type: ignore[attr-defined]
            adjustment.oldest_days,  # type: ignore[attr-defined]
            adjustment.get_state_display(),
            str(adjustment.decided_by or ""),
            timezone.localdate(adjustment.decided_at) if adjustment.decided_at else None,
            adjustment.reason,
        ]

"""What later reports say differently from signed summaries (P3.2.5): kept as addenda, the signed ones stay as
they are.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import DatabaseError, transaction

from receivables.models import Report
from supervision.models import MonthlySummary, SummaryAddendum
from supervision.selectors.summaries import late_reports, signed_with_late_reports
from supervision.selectors.summary_content import reported_content
from supervision.selectors.summary_portfolio import Portfolio
from supervision.summary_facts import Difference, SummaryFacts, difference_to_data, differences

logger = logging.getLogger(__name__)

PAYABLES, OPENING = frozenset({"payables"}), frozenset({"opening"})


@dataclass
class AddedAddenda:
    """How many addenda were written, with and without changed figures, and one text for each that failed."""

    changed: int = 0
    unchanged: int = 0
    errors: list[str] = field(default_factory=list)


def add_addenda(*, now: dt.datetime) -> AddedAddenda:
    """Write an addendum to each signed summary for each report that its figures were not made from: in force for the
    month's end or the one before. Once for each report and summary; each summary is a transaction of its own.
    """
    done = AddedAddenda()
    for summary in signed_with_late_reports():
        try:
            for addendum in _add(summary, now=now):
                if addendum.changes:
                    done.changed += 1
                else:
                    done.unchanged += 1
        except DatabaseError as error:
            logger.exception("The addendum to %s failed.", summary.pk)
            done.errors.append(f"{summary.pk}: {type(error).__name__}: {error}")
    return done


@transaction.atomic
def _add(summary: MonthlySummary, *, now: dt.datetime) -> list[SummaryAddendum]:
    locked = MonthlySummary.objects.select_for_update(of=("self",)).get(pk=summary.pk)
    # Anew under the lock: another run may have been faster.
    late = late_reports(locked)
    if not late.all:
        return []
    found = differences(locked.figures, _figures_now(locked))
    parts: list[tuple[Report, Iterable[Difference]]] = []
    if late.payables is not None:
        parts.append((late.payables, [one for one in found if one.figure in PAYABLES]))
    of_receivables = [one for one in found if one.figure not in PAYABLES]
    if late.closing is not None:
        if late.opening is not None:
            parts.append((late.opening, [one for one in of_receivables if one.figure in OPENING]))
            of_receivables = [one for one in of_receivables if one.figure not in OPENING]
        parts.append((late.closing, of_receivables))
    elif late.opening is not None:
        parts.append((late.opening, of_receivables))
    return SummaryAddendum.objects.bulk_create(
        SummaryAddendum(
            summary=locked,
            report=report,
            changes=[difference_to_data(one) for one in changed],
            added_at=now,
        )
        for report, changed in parts
    )


def _figures_now(summary: MonthlySummary) -> SummaryFacts:
    """Return what the reports say now of the customers that the summary is about."""
    if summary.service_manager_id is None:
        return reported_content(summary.month, Portfolio())[None]
    manager = summary.service_manager_id
    found = reported_content(summary.month, Portfolio(dict.fromkeys(summary.customers, manager)))
    return found.get(manager) or found[None]

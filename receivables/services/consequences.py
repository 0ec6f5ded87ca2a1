"""What follows from a new report: promises are judged, and who has paid up may go on (P5.2.3)."""

from __future__ import annotations

from creditrisk.policy.selectors import policy_version_on
from receivables.models import Report, ReportKind
from receivables.selectors.reports import committed_reports
from receivables.services.cooperation import propose_resumptions
from receivables.services.promises import judge_promises


def draw_consequences(report: Report) -> None:
    """Let a report that was just put in force decide what waits for the next report; an older one decides nothing.

    In the transaction of its commit.
    """
    is_newest = not committed_reports().filter(as_of__gt=report.as_of).exists()
    if report.kind == ReportKind.OPEN_ITEMS and is_newest:
        judge_promises(report=report, policy=policy_version_on(report.as_of).policy)
        propose_resumptions(report=report)

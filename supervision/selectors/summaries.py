"""Which summaries there are, who has signed, and which later reports they do not know."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.dates import add_months, end_of_month
from creditrisk.memo import answers_kept
from receivables.models import Report, ReportKind
from receivables.selectors.reports import report_for
from supervision.models import MonthlySummary, SummaryAddendum, SummaryState
from supervision.summary_document.pdf import PrintedAddendum, SummaryDocument

LISTED_MONTHS = 6


def summaries_seen(user: User) -> QuerySet[MonthlySummary]:
    """Return the summaries that `user` may read, with the people in them."""
    seen: QuerySet[MonthlySummary] = MonthlySummary.objects.visible_to(user)
    return seen.select_related("service_manager", "signed_by")


def summaries_between(user: User, *, first: dt.date, last: dt.date) -> QuerySet[MonthlySummary]:
    """Return the summaries of some months (first days, both counted) that `user` may read, without their figures."""
    return summaries_seen(user).filter(month__range=(first, last)).defer("facts", "customers", "analysis")


def latest_month(user: User) -> dt.date | None:
    """Return the newest month (its first day) of which `user` may read a summary."""
    return summaries_seen(user).order_by("-month").values_list("month", flat=True).first()


def has_older(user: User, *, before: dt.date) -> bool:
    """Return whether `user` may read a summary of a month before this one."""
    return summaries_seen(user).filter(month__lt=before).exists()


def months_shown(last: dt.date) -> list[dt.date]:
    """Return the first days of the months of one list page, the newest first."""
    return [add_months(last, -back) for back in range(LISTED_MONTHS)]


def unsigned_of_month(month: dt.date) -> QuerySet[MonthlySummary]:
    """Return the managers' summaries of a month that are not signed."""
    drafts = MonthlySummary.objects.filter(month=month, state=SummaryState.DRAFT)
    return drafts.filter(service_manager__isnull=False)


def summaries_beside(summary: MonthlySummary) -> list[MonthlySummary]:
    """Return the managers' summaries of the month of the group's, by name, without their figures; none for a manager's
    own. One query.
    """
    if not summary.is_group:
        return []
    others = MonthlySummary.objects.filter(month=summary.month, service_manager__isnull=False)
    return list(
        others.select_related("service_manager", "signed_by")
        .defer("facts", "customers", "analysis")
        .order_by("service_manager__name", "pk")
    )


def unsigned_by(on: dt.date) -> QuerySet[MonthlySummary]:
    """Return the drafts whose last day for the signature is `on` or before, with their managers and their roles."""
    drafts = MonthlySummary.objects.filter(state=SummaryState.DRAFT, sign_by_on__lte=on)
    drafts = drafts.select_related("service_manager").prefetch_related("service_manager__role_assignments")
    return drafts.defer("facts", "customers").order_by("pk")


def summaries_waiting_for(user: User) -> list[QuerySet[MonthlySummary]]:
    """Return what waits for the signature of `user`: his own drafts and those of absent colleagues whose deputy he is,
    for the deputy leader those of the group, for both leaders those of managers who left.
    """
    drafts = MonthlySummary.objects.filter(state=SummaryState.DRAFT)
    waiting: list[QuerySet[MonthlySummary]] = []
    people = (user, *user.stands_in_for)
    if authors := [one.pk for one in people if one.has_role(Role.SERVICE_MANAGER)]:
        waiting.append(drafts.filter(service_manager__in=authors))
    if user.has_role(Role.DEPUTY_LEADER):
        waiting.append(drafts.filter(service_manager__isnull=True))
    if user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER):
        at_work = holders_of(Role.SERVICE_MANAGER).values("pk")
        waiting.append(drafts.filter(service_manager__isnull=False).exclude(service_manager__in=at_work))
    return waiting


@dataclass(frozen=True)
class LateReports:
    """Reports in force that the figures of a summary do not know: of its month's end, of the one before, and of the
    payables.
    """

    closing: Report | None = None
    opening: Report | None = None
    payables: Report | None = None

    @property
    def all(self) -> list[Report]:
        """Those that there are."""
        return [report for report in (self.closing, self.opening, self.payables) if report is not None]


SOURCES = ("closing", "opening", "payables_source")
"""The reports that the figures of a summary name, as their stored data call them."""


def late_reports(summary: MonthlySummary) -> LateReports:
    """Return the reports in force that the figures were not made from, and that no addendum tells of yet. Three queries
    at most.
    """
    told = SummaryAddendum.objects.filter(summary=summary).values_list("report", flat=True)
    used = [(summary.facts.get(source) or {}).get("number") for source in SOURCES]
    return _late(summary.month, used, set(told))


def signed_with_late_reports() -> list[MonthlySummary]:
    """Return the signed summaries that have `late_reports`, without their figures, in the order of their months. Two
    queries, and two for each month.
    """
    told: dict[int, set[int]] = defaultdict(set)
    for summary_pk, report_pk in SummaryAddendum.objects.values_list("summary", "report"):
        told[summary_pk].add(report_pk)
    numbers = {source: KT(f"facts__{source}__number") for source in SOURCES}
    signed = MonthlySummary.objects.filter(state=SummaryState.SIGNED).annotate(**numbers)
    with answers_kept():
        return [
            one
            for one in signed.defer("facts", "customers", "analysis").order_by("month", "pk")
            if _late(one.month, [getattr(one, source) for source in SOURCES], told[one.pk]).all
        ]


def _late(month: dt.date, used: Sequence[str | None], told: Collection[int]) -> LateReports:
    """Clocks do not tell: a report may be committed while figures are computed, and be in them or not."""

    def late(report: Report | None, number: str | None) -> Report | None:
        return None if report is None or report.number == number or report.pk in told else report

    end = end_of_month(month)
    closing, opening = report_for(end), report_for(month - dt.timedelta(days=1))
    return LateReports(
        closing=late(closing, used[0]),
        # One report may describe both month ends.
        opening=None if opening == closing else late(opening, used[1]),
        payables=late(report_for(end, kind=ReportKind.PAYABLES), used[2]),
    )


def addenda_of(summary: MonthlySummary) -> Sequence[SummaryAddendum]:
    """Return the addenda that changed a figure, the oldest first, with their reports. One query."""
    rows = SummaryAddendum.objects.filter(summary=summary).exclude(changes=[])
    return list(rows.select_related("report").order_by("added_at", "pk"))


def summary_document(summary: MonthlySummary) -> SummaryDocument:
    """Return what the PDF of a summary prints."""
    return SummaryDocument(
        whose="" if summary.service_manager is None else summary.service_manager.display_name,
        facts=summary.figures,
        analysis=summary.analysis,
        computed_on=timezone.localdate(summary.computed_at),
        signed_by=summary.signature,
        signed_on=timezone.localdate(summary.signed_at) if summary.signed_at else None,
        addenda=[
            PrintedAddendum(one.report.number, timezone.localdate(one.added_at), one.differences)
            for one in addenda_of(summary)
        ],
    )


def summaries_of_month(month: dt.date, *, username: str | None = None) -> list[MonthlySummary]:
    """Return the summaries of a month (its first day), the group's first, then by user name; of one manager alone where
    `username` names him. One query.
    """
    found = MonthlySummary.objects.filter(month=month).select_related("service_manager", "signed_by")
    if username:
        found = found.filter(service_manager__username=username)
    return sorted(found, key=lambda one: (not one.is_group, one.file_name))

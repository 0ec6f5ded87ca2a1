"""Which report describes a date, and which uploads are known."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, QuerySet

from creditrisk.accounts.models import User
from creditrisk.memo import asked_once
from receivables.models import FileKind, LedgerEntry, Report, ReportKind, ReportState
from receivables.models.report import OPEN_STATES


def report_for(as_of: dt.date, *, kind: str = ReportKind.OPEN_ITEMS) -> Report | None:
    """Return the committed report that describes `as_of`: the latest as of that date or before; None if
    there is none.

    A later report never changes what is read for an earlier date.
    """
    return _reports_for(as_of).get(kind)


@asked_once
def _reports_for(as_of: dt.date) -> dict[str, Report]:
    """Return kind → the report that describes `as_of`. In one query: a page that asks for one kind asks for both."""
    reports = Report.objects.filter(state=ReportState.COMMITTED, as_of__lte=as_of).order_by("kind", "-as_of")
    return {report.kind: report for report in reports.distinct("kind").select_related("policy_version")}


def ledger_of(day: dt.date) -> Report | None:
    """Return the first ledger in force after a day that has an entry by then: it tells what was open on the day, where
    no report describes it. None where there is none.
    """
    ledgers = committed_reports().filter(file_kind=FileKind.LEDGER, as_of__gt=day).order_by("as_of")
    known = LedgerEntry.objects.filter(report=OuterRef("pk"), as_of=OuterRef("as_of"), booked_on__lte=day)
    return ledgers.filter(Exists(known)).first()


def latest_report(*, kind: str = ReportKind.OPEN_ITEMS) -> Report | None:
    """Return the committed report with the latest as-of date, None if there is none."""
    return committed_reports(kind=kind).first()


def committed_reports(*, kind: str = ReportKind.OPEN_ITEMS) -> QuerySet[Report]:
    """Return the reports in force with their policy versions, newest as-of date first."""
    committed = Report.objects.filter(kind=kind, state=ReportState.COMMITTED)
    return committed.select_related("policy_version").order_by("-as_of")


def committed_on(as_of: dt.date, *, kind: str) -> QuerySet[Report]:
    """Return the one report in force as of exactly `as_of`, or none."""
    return committed_reports(kind=kind).filter(as_of=as_of)


def same_upload(*, sha256: str, as_of: dt.date, file_kind: str) -> Report | None:
    """Return the upload of the same bytes for the same date that is committed or waits; None where there is
    none, or only refused, superseded and discarded ones.
    """
    same = Report.objects.filter(file_kind=file_kind, as_of=as_of, sha256=sha256, state__in=OPEN_STATES)
    return same.select_related("uploaded_by").first()


def same_file_as_of_another_date(*, sha256: str, as_of: dt.date, kind: str) -> Report | None:
    """Return the latest upload of the same bytes that is committed or waits for a date other than `as_of`, or None:
    two month ends with the very same items are rare, a wrong date is not.
    """
    same = Report.objects.filter(kind=kind, sha256=sha256, state__in=OPEN_STATES).exclude(as_of=as_of)
    return same.order_by("-pk").first()


def readable_report(number: str, *, kind: str = ReportKind.OPEN_ITEMS) -> Report | None:
    """Return the report of a kind with this number if it is or was in force, None otherwise."""
    states = [ReportState.COMMITTED, ReportState.SUPERSEDED]
    kept = Report.objects.filter(number=number, kind=kind, state__in=states)
    return kept.select_related("policy_version").first()


def uploads_of(user: User) -> QuerySet[Report]:
    """Return the uploads `user` may see, with the people who made them."""
    visible: QuerySet[Report] = Report.objects.visible_to(user)
    return visible.select_related(
        "uploaded_by", "committed_by", "supersedes", "policy_version", "based_on", "corrects"
    )


def waiting_uploads(*, before: dt.datetime) -> QuerySet[Report]:
    """Return the uploads taken in before a moment and not checked yet, oldest first."""
    return Report.objects.filter(state=ReportState.UPLOADED, uploaded_at__lt=before).order_by("pk")

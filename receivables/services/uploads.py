"""An upload's way through the pages: taken in, checked, then committed or discarded.

Nothing of a file is in force before its commit, and then all of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import logging
from functools import partial
from pathlib import Path
from uuid import UUID

import polars as pl
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import OperationalError, transaction
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError, require
from creditrisk.notifications.services import notify
from receivables.models import FileKind, Report, ReportState, RowError
from receivables.permissions import commit_refusal, discard_refusal, upload_refusal
from receivables.reading import FileRefused
from receivables.reading.choices import Choices
from receivables.selectors.comparison import as_data
from receivables.selectors.customer_matching import customer_register
from receivables.selectors.examined_file import base_of_receipts, examine_file, matched_lines
from receivables.services.differences import comparable_before, difference_of
from receivables.services.loading import load_report
from receivables.services.new_report import (
    create_report,
    hold_date,
    keep_findings,
    require_date,
    require_known_customers,
    require_new_file,
)
from receivables.services.progress import (
    STORING_PCT,
    CheckStopped,
    ask_to_stop,
    forget_progress,
    note_progress,
)

logger = logging.getLogger(__name__)

CHECK_AT_ONCE_BYTES = 5 * 1024 * 1024


@transaction.atomic
def upload_report(
    *,
    file: File[bytes],
    file_name: str,
    as_of: dt.date,
    today: dt.date,
    kind: str = FileKind.OPEN_ITEMS,
    by: User,
    create_customers: bool = False,
    submission_key: UUID | None = None,
) -> Report:
    """Take a file in, unread; return its report. A form sent twice gives the same report.

    Raises NotAllowedError (P3.4: finance only), InvalidInputError where the date is none of a report
    (`require_date`), the file is too large or was taken before for this date, or payables are to open customer files.
    """
    require(upload_refusal(by))
    require_date(as_of, today=today)
    hold_date(kind=kind, as_of=as_of)
    if submission_key is not None:
        sent_before = Report.objects.filter(submission_key=submission_key, uploaded_by=by).first()
        if sent_before is not None:
            return sent_before
    with acting(by):
        return create_report(
            file=file,
            file_name=file_name,
            as_of=as_of,
            kind=kind,
            by=by,
            create_customers=create_customers,
            submission_key=submission_key,
        )


@transaction.atomic
def check_report(*, report: Report, by: User | None, announce: bool = False) -> Report:
    """Read an uploaded file, find its customers, and keep what was understood; return it checked or refused.

    A report that is checked already is returned as it is. `announce` tells the uploader when it is done.
    Raises NotAllowedError, ConflictError where it is being checked at this moment.
    """
    require(upload_refusal(by))
    locked = locked_report(report)
    if locked.state != ReportState.UPLOADED:
        return locked
    with acting(by):
        _check(locked)
    if announce and locked.state != ReportState.DISCARDED:
        _announce(locked)
    return locked


@transaction.atomic
def recheck_report(*, report: Report, create_customers: bool, by: User) -> Report:
    """Check a refused file again, after its customers were opened or to have them created; return it, a long one
    waiting for its check.

    Raises NotAllowedError, ConflictError where it is not refused or is being checked, InvalidInputError
    where the same file has been uploaded again meanwhile, or payables are to open customer files.
    """
    require(upload_refusal(by))
    locked = locked_report(report)
    if locked.state != ReportState.REFUSED:
        raise ConflictError("report.not_refused", _("Only a refused upload is checked again."))
    hold_date(kind=locked.file_kind, as_of=locked.as_of)
    require_new_file(sha256=locked.sha256, as_of=locked.as_of, kind=locked.file_kind)
    require_known_customers(kind=locked.file_kind, create_customers=create_customers)
    locked.create_customers = create_customers
    with acting(by):
        check_again(locked)
    return locked


def check_again(report: Report) -> None:
    """Check a locked upload anew, in the caller's transaction; what was found before is forgotten. A long file waits
    for `check_report` instead: nobody waits for it with a page that does not answer.
    """
    report.row_errors.all().delete()
    _forget_lines(report)
    report.lines, report.lines_sha256 = "", ""
    if is_long(report):
        report.state, report.refusal, report.reading = ReportState.UPLOADED, {}, {}
        report.save()
        return
    _check(report)


def is_long(report: Report) -> bool:
    """Return whether an upload is checked by the worker, not while somebody waits for the page."""
    return report.file_size_bytes > CHECK_AT_ONCE_BYTES


@transaction.atomic
def commit_report(*, report: Report, by: User) -> Report:
    """Put a checked report in force; return it. Committing twice is committing once.

    In one transaction: new customers, items, sums per customer, currency and bucket, and the report as of
    the same date that was in force until now is superseded. Raises NotAllowedError, ConflictError where it
    is not checked, is being worked on, or its customers are no longer those of the check.
    """
    require(upload_refusal(by))
    locked = locked_report(report)
    if locked.state == ReportState.COMMITTED:
        return locked
    require(commit_refusal(by, locked))
    hold_date(kind=locked.file_kind, as_of=locked.as_of)
    _require_same_base(locked)
    matched = matched_lines(
        _kept_lines(locked),
        customer_register(),
        kind=locked.file_kind,
        create_customers=locked.create_customers,
        column="",
        max_errors=1,
        based_on=locked.based_on,
    )
    if matched.error_count:
        raise ConflictError(
            "report.customers_changed",
            _("The customer files have changed since the check. Discard this upload and upload it again."),
        )
    with acting(by):
        load_report(report=locked, matched=matched, by=by)
        _forget_lines(locked)
    return locked


@transaction.atomic
def discard_report(*, report: Report, by: User) -> Report:
    """Discard an upload that is not committed; return it.

    The file stays stored. Discarding twice is discarding once. A check under way is stopped: it discards the upload
    itself, within a second.

    Raises NotAllowedError, ConflictError where it is committed or being checked.
    """
    require(upload_refusal(by))
    try:
        locked = locked_report(report)
    except ConflictError:
        ask_to_stop(report)
        raise
    if locked.state == ReportState.DISCARDED:
        return locked
    require(discard_refusal(by, locked))
    locked.state = ReportState.DISCARDED
    with acting(by):
        _forget_lines(locked)
        locked.save()
    return locked


def locked_report(report: Report) -> Report:
    """Return the report, locked.

    Raises ConflictError at once where somebody else holds it: a check takes long.
    """
    try:
        with transaction.atomic():
            return Report.objects.select_for_update(nowait=True).get(pk=report.pk)
    except OperationalError as error:
        raise ConflictError(
            "report.busy", _("This upload is being worked on. Try again in a moment.")
        ) from error


def _check(report: Report) -> None:
    try:
        _examine(report)
    finally:
        forget_progress(report)


def _examine(report: Report) -> None:
    try:
        examined = examine_file(
            Path(report.file.path),
            file_name=report.file_name,
            as_of=report.as_of,
            kind=report.file_kind,
            create_customers=report.create_customers,
            choices=Choices(**report.choices),
            on_progress=partial(note_progress, report),
        )
        note_progress(report, STORING_PCT)
    except CheckStopped:
        logger.info("the check of upload %s was stopped", report.number)
        report.state = ReportState.DISCARDED
        report.save()
        return
    except FileRefused as refusal:
        logger.warning("upload %s refused: %s %s", report.number, refusal.code, refusal.detail)
        report.state = ReportState.REFUSED
        report.refusal = {"code": refusal.code, "params": refusal.params}
        report.save()
        return
    report.refusal = {}
    keep_findings(report, examined)
    report.state = ReportState.REFUSED if examined.rejected else ReportState.CHECKED
    if not examined.rejected:
        _keep_lines(report, examined.read.lines)
        if before := comparable_before(report):
            found = difference_of(report, examined.matched.lines, before=before)
            report.reading["difference"] = {"before": before.number, **as_data(found)}
    report.save()
    RowError.objects.bulk_create(
        RowError(
            report=report,
            row=error.row,
            column=error.column[:200],
            value=error.value[:200],
            code=error.code,
            params=dict(error.params),
        )
        for error in examined.errors
    )


def _require_same_base(report: Report) -> None:
    """Raise ConflictError where receipts would be taken off another report than when they were checked."""
    if report.file_kind != FileKind.RECEIPTS:
        return
    try:
        base = base_of_receipts(report.as_of)
    except FileRefused as refusal:
        raise ConflictError("report.base_changed", str(refusal)) from refusal
    if base != report.based_on:
        raise ConflictError(
            "report.base_changed",
            _(
                "The report that the receipts are taken off has changed. Discard this upload and upload it again."
            ),
        )


def _keep_lines(report: Report, lines: pl.DataFrame) -> None:
    arrow = io.BytesIO()
    lines.write_ipc(arrow, compression="lz4")
    report.lines_sha256 = hashlib.sha256(arrow.getbuffer()).hexdigest()
    report.lines.save("", ContentFile(arrow.getvalue()), save=False)


def _kept_lines(report: Report) -> pl.DataFrame:
    with report.lines.open("rb") as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != report.lines_sha256:
        raise ConflictError(
            "report.lines_changed",
            _("The checked rows are damaged. Discard this upload and upload the file again."),
        )
    return pl.read_ipc(io.BytesIO(content))


def _forget_lines(report: Report) -> None:
    """Remove the checked rows once the transaction stands; the file they were read from stays."""
    if name := report.lines.name:
        transaction.on_commit(partial(report.lines.storage.delete, name))


def _announce(report: Report) -> None:
    def title() -> str:
        if report.state == ReportState.CHECKED:
            return _("%(number)s is checked and waits for you to commit it.") % {"number": report.number}
        return _("%(number)s has errors: nothing was imported.") % {"number": report.number}

    if report.uploaded_by is not None:
        notify(
            users=[report.uploaded_by],
            title=lazy(title, str)(),
            url=report.get_absolute_url(),
            key=f"report-checked:{report.number}",
        )

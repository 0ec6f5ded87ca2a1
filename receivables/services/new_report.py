"""The first half of every upload and import: the file is taken in, once, under a number."""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.dates import end_of_month
from creditrisk.exceptions import InvalidInputError
from creditrisk.numbering.services import next_number
from creditrisk.policy.selectors import policy_version_on
from creditrisk.turns import take_turn
from receivables.models import FileKind, Report, ReportKind, ReportState
from receivables.reading.choices import Choices
from receivables.selectors.examined_file import ExaminedFile
from receivables.selectors.own_buckets import own_buckets
from receivables.selectors.reading_record import reading_record
from receivables.selectors.reports import same_upload

MEBIBYTE = 1024 * 1024
EARLIEST_ON = dt.date(2000, 1, 1)
NAME_CHARACTERS = 200
NUMBERED = {ReportKind.OPEN_ITEMS.value: ("AR", "report"), ReportKind.PAYABLES.value: ("AP", "payables")}
"""What the number of a report of a kind starts with, and the series that it is counted in."""


def hold_date(*, kind: str, as_of: dt.date) -> None:
    """Let one transaction at a time take in or commit files of a kind (FileKind) as of a date, or of another kind that
    ends in the same report; the lock ends with it.
    """
    kind = FileKind(kind).report_kind
    take_turn(f"receivables.report:{kind}:{as_of}")


def create_report(
    *,
    file: File[bytes],
    file_name: str,
    as_of: dt.date,
    kind: str,
    by: User | None,
    create_customers: bool,
    choices: Choices | None = None,
    submission_key: UUID | None = None,
) -> Report:
    """Store the file and return its report, in the caller's transaction, which holds the date. `kind` is that of the
    file (FileKind), `choices` how to read it where somebody said so.

    Raises InvalidInputError where the file is too large, the same file was taken before for this date, or payables
    are to open customer files.
    """
    require_known_customers(kind=kind, create_customers=create_customers)
    require_size(file)
    sha256 = file_sha256(file)
    require_new_file(sha256=sha256, as_of=as_of, kind=kind)
    report_kind = FileKind(kind).report_kind
    prefix, series = NUMBERED[report_kind]
    report = Report(
        number=f"{prefix}-{as_of.year}-{next_number(f'{series}:{as_of.year}'):04d}",
        kind=report_kind,
        file_kind=kind,
        choices=choices.as_data() if choices else {},
        as_of=as_of,
        file_name=shown_name(file_name),
        file_size_bytes=file.size,
        sha256=sha256,
        create_customers=create_customers,
        uploaded_by=by,
        submission_key=submission_key,
    )
    report.file.save(report.number, file, save=False)
    with removed_on_error(report):
        report.save()
    return report


def keep_findings(report: Report, examined: ExaminedFile) -> None:
    """Put into a report what was found in its file; the caller saves it."""
    report.rows, report.accepted, report.rejected = examined.read.rows, examined.accepted, examined.rejected
    report.totals = {currency: str(amount) for currency, amount in examined.totals.items()}
    report.own_buckets = own_buckets(
        examined.read.buckets, policy_version_on(report.as_of).policy.aging_buckets
    )
    report.based_on = examined.based_on
    report.reading = reading_record(examined)


def require_date(as_of: dt.date, *, today: dt.date) -> None:
    """Raise InvalidInputError for a date of no report: before 2000, or after the current month. A report as of a
    mistyped later day would be the one in force for ever.
    """
    latest_on = end_of_month(today)
    if not EARLIEST_ON <= as_of <= latest_on:
        raise InvalidInputError(
            "report.date",
            _("Enter a date from %(first)s to %(last)s.") % {"first": EARLIEST_ON, "last": latest_on},
        )


def require_known_customers(*, kind: str, create_customers: bool) -> None:
    """Raise InvalidInputError where payables are to open customer files: whom we owe something is no customer yet."""
    if create_customers and kind == FileKind.PAYABLES:
        raise InvalidInputError(
            "report.payables_open_no_files",
            _("Payables open no customer files: leave “Create unknown customers” out."),
        )


def require_size(file: File[bytes]) -> None:
    """Raise InvalidInputError for a file above the limit of this installation."""
    if file.size > settings.CREDITRISK_REPORT_MAX_BYTES:
        raise InvalidInputError(
            "report.too_large",
            _("The file is larger than %(limit)d MB. Split it or leave out columns that are not needed.")
            % {"limit": settings.CREDITRISK_REPORT_MAX_BYTES // MEBIBYTE},
        )


def require_new_file(*, sha256: str, as_of: dt.date, kind: str, other_than: Report | None = None) -> None:
    """Raise InvalidInputError where a report with the same bytes, whatever its name, is open for the same
    date.
    """
    same = same_upload(sha256=sha256, as_of=as_of, file_kind=kind)
    if same is None or same == other_than:
        return
    if same.state == ReportState.COMMITTED:
        text = _("This file is committed already, as report %(number)s (%(file)s) as of %(date)s.")
    else:
        text = _(
            "This file waits already, as %(number)s (%(file)s) as of %(date)s: commit or discard that one."
        )
    values = {"number": same.number, "file": same.file_name, "date": same.as_of}
    raise InvalidInputError("report.duplicate", text % values)


def file_sha256(file: File[bytes]) -> str:
    """Return the hash of the file's bytes; it is at its start again afterwards."""
    digest = hashlib.sha256()
    for chunk in file.chunks(MEBIBYTE):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def shown_name(file_name: str) -> str:
    """Return what a file is called on pages: no folders, nothing invisible, no control of the writing
    direction.
    """
    base = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(char for char in base if unicodedata.category(char)[0] != "C")
    return " ".join(visible.split())[-NAME_CHARACTERS:] or _("unnamed")


@contextmanager
def removed_on_error(report: Report) -> Iterator[None]:
    """Remove the stored file where the block fails: the database forgets by itself, the storage does not."""
    try:
        yield
    except BaseException:
        report.file.delete(save=False)
        raise

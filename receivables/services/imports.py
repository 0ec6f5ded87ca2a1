"""Importing a file in one go, as the command does: read, matched and in force, or nothing at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.core.files import File
from django.db import transaction

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import require
from receivables.models import FileKind, Report
from receivables.permissions import upload_refusal
from receivables.reading import RowError
from receivables.reading.choices import Choices
from receivables.selectors.examined_file import ExaminedFile, examine_file
from receivables.selectors.reading_record import left_out_text, other_date_warning
from receivables.services.loading import load_report
from receivables.services.new_report import (
    create_report,
    file_sha256,
    hold_date,
    keep_findings,
    removed_on_error,
    require_date,
    require_known_customers,
    require_new_file,
    require_size,
)


@dataclass(frozen=True)
class ImportResult:
    """What an import found.

    `report` is None where nothing was written: rows were rejected, or it was a dry run.

    `totals` are the sums of the accepted open amounts by currency; `errors` the first of `error_count`;
    `warnings` what a person should look at, in the language of the moment.
    """

    report: Report | None
    rows: int
    accepted: int
    rejected: int
    errors: tuple[RowError, ...]
    error_count: int
    totals: Mapping[str, Decimal]
    warnings: tuple[str, ...]
    examined: ExaminedFile


def import_report(
    *,
    path: Path,
    file_name: str,
    as_of: dt.date,
    today: dt.date,
    kind: str = FileKind.OPEN_ITEMS,
    by: User | None,
    create_customers: bool = False,
    choices: Choices | None = None,
    dry_run: bool = False,
) -> ImportResult:
    """Import the file at `path` as of a date: the whole file, or nothing of it.

    `kind` is that of the file, `choices` how to read it where somebody said so. `by` None is the command on the server
    itself. Raises NotAllowedError (P3.4), InvalidInputError where
    the date is none of a report (`require_date`), the file is too large or was taken before for this date, or
    payables are to open customer files, FileRefused where it cannot be read.
    """
    require(upload_refusal(by))
    require_date(as_of, today=today)
    require_known_customers(kind=kind, create_customers=create_customers)
    with path.open("rb") as opened, acting(by):
        file = File(opened, name=file_name)
        require_size(file)
        sha256 = file_sha256(file)
        require_new_file(sha256=sha256, as_of=as_of, kind=kind)
        other_date = other_date_warning(sha256=sha256, as_of=as_of, kind=FileKind(kind).report_kind)
        examined = examine_file(
            path,
            file_name=file_name,
            as_of=as_of,
            kind=kind,
            create_customers=create_customers,
            choices=choices,
        )
        report = None
        if not examined.rejected and not dry_run:
            report = _commit(
                file,
                examined,
                file_name=file_name,
                as_of=as_of,
                kind=kind,
                by=by,
                create_customers=create_customers,
                choices=choices,
            )
    left_out = left_out_text(examined.left_out, examined.matched.left_out_names, kind=kind)
    return ImportResult(
        report=report,
        rows=examined.read.rows,
        accepted=examined.accepted,
        rejected=examined.rejected,
        errors=examined.errors,
        error_count=examined.error_count,
        totals=examined.totals,
        warnings=(
            *filter(None, [other_date]),
            *(str(found.message) for found in examined.read.warnings),
            *filter(None, [left_out]),
        ),
        examined=examined,
    )


@transaction.atomic
def _commit(
    file: File[bytes],
    examined: ExaminedFile,
    *,
    file_name: str,
    as_of: dt.date,
    kind: str,
    by: User | None,
    create_customers: bool,
    choices: Choices | None,
) -> Report:
    hold_date(kind=kind, as_of=as_of)
    report = create_report(
        file=file,
        file_name=file_name,
        as_of=as_of,
        kind=kind,
        by=by,
        create_customers=create_customers,
        choices=choices,
    )
    with removed_on_error(report):
        keep_findings(report, examined)
        load_report(report=report, matched=examined.matched, by=by)
    return report

"""Correcting the wrong rows of a refused upload alone: they go back into their file, and the whole is checked anew."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.spreadsheets.writer import restored
from creditrisk.stored_files import on_disk
from receivables.models import Report, ReportState
from receivables.permissions import upload_refusal
from receivables.reading import FileRefused
from receivables.reading.choices import Choices
from receivables.reading.reader import Cells
from receivables.selectors.file_cells import cells_of, errors_by_row
from receivables.services.new_report import create_report, hold_date
from receivables.services.uploads import check_report, is_long, locked_report

ROW_NUMBER = 0
"""The corrected rows carry their number in the first column, and what was wrong in the last."""


@transaction.atomic
def correct_rows(*, report: Report, file: File[bytes], by: User) -> Report:
    """Put corrected rows into the file of a refused upload and check the whole; return the new upload, a long one
    waiting for its check.

    `file` is the download of the wrong rows, corrected: the number of the row first, then its cells in the order of the
    file. Rows that are left out stay as they were, and so do their errors. The refused upload is discarded. Raises
    NotAllowedError, ConflictError where it is not refused or is being worked on, InvalidInputError where the file
    cannot be read, has other columns, or a row that had no error.
    """
    require(upload_refusal(by))
    locked = locked_report(report)
    if locked.state != ReportState.REFUSED or locked.refusal:
        raise ConflictError(
            "report.no_rows_to_correct", _("Only an upload with wrong rows is corrected row by row.")
        )
    hold_date(kind=locked.file_kind, as_of=locked.as_of)
    cells = cells_of(locked)
    corrected = _corrected_rows(locked, cells, _cells_of_upload(file, locked))
    content = _merged(cells, corrected)
    with acting(by):
        locked.state = ReportState.DISCARDED
        locked.save()
        new = create_report(
            file=ContentFile(content, name="corrected.csv"),
            file_name=_("%(name)s-corrected.csv") % {"name": Path(locked.file_name).stem},
            as_of=locked.as_of,
            kind=locked.file_kind,
            by=by,
            create_customers=locked.create_customers,
            choices=Choices(**{**locked.choices, "sheet": None, "encoding": None}),
        )
        new.corrects = locked
        new.save()
    return new if is_long(new) else check_report(report=new, by=by)


def _cells_of_upload(file: File[bytes], report: Report) -> Cells:
    with on_disk(file) as path:
        try:
            return cells_of(report, path, choices=Choices(header_row=1))
        except FileRefused as refusal:
            raise InvalidInputError(f"report.{refusal.code}", str(refusal)) from refusal


def _corrected_rows(report: Report, cells: Cells, given: Cells) -> dict[int, list[str]]:
    width = cells.rows.width
    wrong = errors_by_row(report)
    found: dict[int, list[str]] = {}
    for row in given.rows.rows()[given.header_row :]:
        texts = [restored(cell or "") for cell in row]
        if not any(texts):
            continue
        number = texts[ROW_NUMBER].strip().removesuffix(".0")
        if not number.isdecimal() or int(number) not in wrong:
            raise InvalidInputError(
                "report.not_a_wrong_row",
                _(
                    "“%(number)s” is not the number of a row with an error. Correct the rows of the download, and leave"
                    " its first column as it is."
                )
                % {"number": number},
            )
        values = (texts[1 : width + 1] + [""] * width)[:width]
        found[int(number)] = values
    if not found:
        raise InvalidInputError("report.no_corrections", _("The file has no corrected rows."))
    return found


def _merged(cells: Cells, corrected: dict[int, list[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for number, row in enumerate(cells.rows.iter_rows(), start=1):
        writer.writerow(corrected.get(number) or [cell or "" for cell in row])
    return text.getvalue().encode("utf-8-sig")

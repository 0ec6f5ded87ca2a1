"""Saying how a file is to be read, and remembering it for the next file of the same shape."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.policy.selectors import policy_version_on
from receivables.models import ColumnMapping, Report, ReportState
from receivables.permissions import columns_refusal, upload_refusal
from receivables.reading import FileRefused
from receivables.reading.choices import Choices, shape_of
from receivables.reading.layouts import BUCKET_FIELD, LAYOUTS
from receivables.reading.reader import preview_file
from receivables.reading.report import Preview
from receivables.selectors.column_guesses import guessed_columns
from receivables.selectors.customer_matching import customer_register
from receivables.selectors.examined_file import reading_limits
from receivables.services.new_report import hold_date, require_new_file
from receivables.services.uploads import check_again, locked_report

NAME_CHARACTERS = 100


def fields_of(kind: str) -> tuple[str, ...]:
    """Return the fields that a column of a kind of file can be, in the order of the policy's forms."""
    layout = LAYOUTS[kind]
    named = tuple(name for name in layout.names if not name.startswith(("any_", "base_")))
    named = tuple(name for name in named if name != "paid_amount" or name in layout.repeated)
    return (*named, BUCKET_FIELD) if layout.buckets else named


def preview_of(report: Report, *, choices: Choices) -> Preview:
    """Return the first rows of an upload's file under some choices, with what its columns probably are.

    Raises InvalidInputError where it cannot be opened: then nothing can be chosen.
    """
    try:
        preview = preview_file(
            Path(report.file.path),
            kind=report.file_kind,
            limits=reading_limits(),
            default_currency=policy_version_on(report.as_of).policy.base_currency,
            as_of=report.as_of,
            choices=choices,
        )
    except FileRefused as refusal:
        raise InvalidInputError(f"report.{refusal.code}", str(refusal)) from refusal
    if choices.columns:
        return preview
    register, fields = customer_register(), fields_of(report.file_kind)
    sheets = (
        replace(sheet, columns=guessed_columns(sheet, fields=fields, register=register))
        for sheet in preview.sheets
    )
    return replace(preview, sheets=tuple(sheets))


@transaction.atomic
def choose_reading(*, report: Report, choices: Choices, remember_as: str = "", by: User) -> Report:
    """Read an upload again as `choices` say; return it checked or refused, a long one waiting for its check.

    `remember_as` keeps the choices under a name, for the next files with the same header row, once the columns can be
    read. Raises NotAllowedError, ConflictError where the upload is committed, gone or being worked on,
    InvalidInputError for a field that the kind of file does not have, a name that another mapping has, or where the
    same file was uploaded again meanwhile.
    """
    known = {"", *fields_of(report.file_kind)}
    if not set(choices.columns.values()) <= known:
        raise InvalidInputError(
            "report.unknown_field", _("A column has a meaning that files of this kind do not have.")
        )
    locked = locked_report(report)
    require(columns_refusal(by, locked))
    hold_date(kind=locked.file_kind, as_of=locked.as_of)
    require_new_file(sha256=locked.sha256, as_of=locked.as_of, kind=locked.file_kind, other_than=locked)
    locked.choices = choices.as_data()
    with acting(by):
        check_again(locked)
        if remember_as.strip() and not locked.refusal:
            _remember(locked, choices, name=remember_as.strip(), by=by)
    return locked


def _remember(report: Report, choices: Choices, *, name: str, by: User) -> None:
    shape = _shape(report, choices)
    taken = ColumnMapping.objects.filter(name=name).exclude(file_kind=report.file_kind, shape=shape)
    if taken.exists():
        raise InvalidInputError(
            "mapping.name_taken",
            _("Files of another shape are read by a mapping called “%(name)s”: choose another name.")
            % {"name": name},
        )
    # Which row, sheet and encoding it is differs from file to file.
    kept = {
        key: value
        for key, value in choices.as_data().items()
        if key in {"columns", "day_order", "decimal_mark"}
    }
    ColumnMapping.objects.update_or_create(
        file_kind=report.file_kind,
        shape=shape,
        defaults={"name": name[:NAME_CHARACTERS], "choices": kept, "saved_by": by},
    )


def _shape(report: Report, choices: Choices) -> str:
    if report.state != ReportState.UPLOADED:
        return shape_of(report.reading["header"])
    sheets = preview_of(report, choices=choices).sheets
    return next((sheet.shape for sheet in sheets if sheet.name == choices.sheet), sheets[0].shape)


@transaction.atomic
def forget_mapping(*, mapping: ColumnMapping, by: User) -> None:
    """Forget how files of a shape are read; reports that were read so stay as they are. Raises NotAllowedError."""
    require(upload_refusal(by))
    with acting(by):
        ColumnMapping.objects.filter(pk=mapping.pk).delete()

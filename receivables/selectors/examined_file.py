"""What an uploaded file says, before anything of it is stored: its rows, its customers, its errors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import polars as pl
from django.conf import settings

from creditrisk.policy.selectors import policy_version_on
from receivables.models import FileKind, Report, ReportKind
from receivables.reading import FileRefused, ReadingLimits, ReadReport, RowError
from receivables.reading.choices import Choices
from receivables.reading.reader import OnProgress, read_report
from receivables.selectors.column_mappings import remembered_choices
from receivables.selectors.customer_matching import (
    CustomerRegister,
    MatchedLines,
    customer_register,
    match_customers,
    unknown_in,
)
from receivables.selectors.due_dates import with_due_dates
from receivables.selectors.reports import committed_on, report_for

SEVERAL_LINES_PER_ITEM = (FileKind.LEDGER, FileKind.RECEIPTS)
"""In these files an item has several lines: its entries, its receipts."""


@dataclass(frozen=True)
class ExaminedFile:
    """A file that could be read, with its customers. It may be committed when nothing is `rejected`.

    Receipts are taken off the items of `based_on`; those that it knows already are left out.
    """

    read: ReadReport
    matched: MatchedLines
    based_on: Report | None = None

    @property
    def left_out(self) -> int:
        """The rows that do not count: suppliers who are no customers, receipts that the report before knows."""
        if self.based_on is None:
            return self.matched.left_out
        return self.read.lines.height - self.matched.lines.height - self.matched.error_count

    @property
    def rejected(self) -> int:
        """The number of rows with at least one error."""
        return self.read.rejected + self.matched.error_count

    @property
    def accepted(self) -> int:
        """The number of rows without an error, those that are left out not among them."""
        return self.read.rows - self.rejected - self.left_out

    @property
    def error_count(self) -> int:
        """The number of errors; a row may have several."""
        return self.read.error_count + self.matched.error_count

    @property
    def errors(self) -> tuple[RowError, ...]:
        """The first errors, in the order of the rows."""
        both = sorted((*self.read.errors, *self.matched.errors), key=lambda error: error.row)
        return tuple(both[: reading_limits().errors])

    @cached_property
    def totals(self) -> Mapping[str, Decimal]:
        """The sum of the open amounts of the accepted rows, by currency."""
        sums = self.matched.lines.group_by("currency").agg(pl.col("open_amount").sum()).sort("currency")
        return dict(sums.iter_rows())


def examine_file(
    path: Path,
    *,
    file_name: str,
    as_of: dt.date,
    kind: str,
    create_customers: bool,
    choices: Choices | None = None,
    on_progress: OnProgress | None = None,
) -> ExaminedFile:
    """Return what the file at `path` says. Raises FileRefused where nothing of it can be used.

    `file_name` is what its user called it, `kind` what kind of file it is (FileKind), `choices` how to read it where
    somebody said so. Amounts without a currency are in the policy's base currency.
    """
    limits = reading_limits()
    default_currency = policy_version_on(as_of).policy.base_currency
    based_on = base_of_receipts(as_of) if kind == FileKind.RECEIPTS else None
    known = remembered_choices(kind)
    with ThreadPoolExecutor(max_workers=1) as pool:
        # The file is read in a child process on another core: meanwhile the customers are fetched here.
        reading = pool.submit(
            read_report,
            path,
            file_name=file_name,
            kind=kind,
            limits=limits,
            default_currency=default_currency,
            as_of=as_of,
            choices=choices,
            remembered=known,
            on_progress=on_progress,
        )
        register = customer_register()
        read = reading.result()
    column = read.mapping.get("customer_ref") or read.mapping["customer_name"]
    matched = matched_lines(
        read.lines,
        register,
        kind=kind,
        create_customers=create_customers,
        column=column,
        max_errors=limits.errors,
        based_on=based_on,
    )
    return ExaminedFile(read, matched, based_on)


def matched_lines(
    lines: pl.DataFrame,
    register: CustomerRegister,
    *,
    kind: str,
    create_customers: bool,
    column: str,
    max_errors: int,
    based_on: Report | None,
) -> MatchedLines:
    """Return the lines of a file with their customers and due dates, without the receipts that `based_on` knows."""
    matched = match_customers(
        lines,
        register,
        unknown=unknown_in(kind, create_customers=create_customers),
        column=column,
        max_errors=max_errors,
        once=kind not in SEVERAL_LINES_PER_ITEM,
    )
    dated = with_due_dates(matched.lines)
    if based_on is not None:
        dated = dated.filter(pl.col("document_on") > based_on.as_of)
    return replace(matched, lines=dated)


def base_of_receipts(as_of: dt.date) -> Report:
    """Return the report whose items receipts up to a day are taken off: the one in force before it.

    Raises FileRefused where there is none with items, or a full report of the very day is in force.
    """
    same = committed_on(as_of, kind=ReportKind.OPEN_ITEMS).first()
    if same is not None and same.file_kind != FileKind.RECEIPTS:
        raise FileRefused("receipts_of_a_reported_day", {"number": same.number, "as_of": as_of.isoformat()})
    base = report_for(as_of - dt.timedelta(days=1))
    if base is None or base.file_kind == FileKind.AGED_TABLE:
        raise FileRefused("receipts_without_items", {"as_of": as_of.isoformat()})
    return base


def reading_limits() -> ReadingLimits:
    """Return how much one file may cost on this installation."""
    return ReadingLimits(
        file_bytes=settings.CREDITRISK_REPORT_MAX_BYTES,
        memory_bytes=settings.CREDITRISK_READING_MEMORY_BYTES,
        seconds=settings.CREDITRISK_READING_SECONDS,
        rows=settings.CREDITRISK_REPORT_MAX_ROWS,
    )

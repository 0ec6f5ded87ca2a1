"""What an uploaded file says, before anything of it is stored: its rows, its customers, its errors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import polars as pl
from django.conf import settings

from creditrisk.policy.selectors import policy_version_on
from receivables.reading import ReadingLimits, ReadReport, RowError
from receivables.reading.reader import read_report
from receivables.selectors.customer_matching import (
    MatchedLines,
    customer_register,
    match_customers,
    unknown_in,
)


@dataclass(frozen=True)
class ExaminedFile:
    """A file that could be read, with its customers. It may be committed when nothing is `rejected`."""

    read: ReadReport
    matched: MatchedLines

    @property
    def rejected(self) -> int:
        """The number of rows with at least one error."""
        return self.read.rejected + self.matched.error_count

    @property
    def accepted(self) -> int:
        """The number of rows without an error, those that are left out not among them."""
        return self.read.rows - self.rejected - self.matched.left_out

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
    path: Path, *, file_name: str, as_of: dt.date, kind: str, create_customers: bool
) -> ExaminedFile:
    """Return what the file at `path` says. Raises FileRefused where nothing of it can be used.

    `file_name` is what its user called it. Amounts without a currency are in the policy's base currency.
    """
    limits = reading_limits()
    default_currency = policy_version_on(as_of).policy.base_currency
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
        )
        register = customer_register()
        read = reading.result()
    column = read.mapping.get("customer_ref") or read.mapping["customer_name"]
    matched = match_customers(
        read.lines,
        register,
        unknown=unknown_in(kind, create_customers=create_customers),
        column=column,
        max_errors=limits.errors,
    )
    return ExaminedFile(read, matched)


def reading_limits() -> ReadingLimits:
    """Return how much one file may cost on this installation."""
    return ReadingLimits(
        file_bytes=settings.CREDITRISK_REPORT_MAX_BYTES,
        memory_bytes=settings.CREDITRISK_READING_MEMORY_BYTES,
        seconds=settings.CREDITRISK_READING_SECONDS,
        rows=settings.CREDITRISK_REPORT_MAX_ROWS,
    )

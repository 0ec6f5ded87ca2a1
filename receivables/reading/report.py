"""What reading a file gives back: clean lines, row errors, warnings, the file's own totals, or a refusal.

Nothing here imports Django or polars at run time: the child process that parses files starts with these
modules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from receivables.reading.choices import Choices

if TYPE_CHECKING:
    import polars as pl

VALUE_CHARACTERS = 200
MEBIBYTE = 1024 * 1024
PROGRESS = "progress"
Mode = Literal["read", "preview", "cells"]


@dataclass(frozen=True)
class ReadingLimits:
    """How much one file may cost. Sizes in bytes, time in seconds, `cells` is rows × columns of one sheet."""

    file_bytes: int = 200 * MEBIBYTE
    unpacked_bytes: int = 2048 * MEBIBYTE
    memory_bytes: int = 1500 * MEBIBYTE
    seconds: int = 120
    rows: int = 1_000_000
    cells: int = 64_000_000
    parts: int = 5_000
    sheets: int = 60
    columns: int = 2_000
    cell_characters: int = 10_000
    header_rows: int = 30
    errors: int = 1_000


@dataclass(frozen=True)
class RowError:
    """One thing wrong in one row of the file; `row` counts from 1 as a spreadsheet program shows it."""

    row: int
    column: str
    value: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Return the translated text: the row, the column, the value and the remedy."""
        from receivables.reading.messages import row_error_text

        return row_error_text(
            code=self.code, row=self.row, column=self.column, value=self.value, params=self.params
        )


@dataclass(frozen=True)
class ReadWarning:
    """Something understood that a person should look at. `rows` names the first of them, `count` all."""

    code: str
    rows: tuple[int, ...] = ()
    count: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Return the translated text."""
        from receivables.reading.messages import warning_text

        return warning_text(code=self.code, rows=self.rows, count=self.count, params=self.params)


@dataclass(frozen=True)
class TotalRow:
    """A subtotal or total row of the file, which is not an item.

    `amount` is the stated open amount (None when it could not be read), `currency` the currency of the rows
    it sums (None when they have several), `computed_amount` what those rows come to; `agrees` tells whether
    the two are the same to the cent.
    """

    row: int
    label: str
    amount: Decimal | None
    currency: str | None
    computed_amount: Decimal | None
    agrees: bool | None


@dataclass(frozen=True)
class FileBucket:
    """A column of an aging table: `lower` to `upper` days past due, both included (None: no end); a column in months
    is not exact.
    """

    text: str
    lower: int | None
    upper: int | None
    is_exact: bool


@dataclass(frozen=True)
class ReadReport:
    """A file that could be read. Lines with an error are not in `lines`, they are in `errors`.

    `lines` has one row per clean item: `row_number` (Int64), `customer_ref` (the number, code or alias as
    in the file, or the name where the file has only names; never null), `customer_name`, `document`,
    `document_on` (Date), `due_on` (Date), `currency` (ISO 4217), `amount` and `open_amount` (Decimal(18,
    2), exact), `contract`, `description`. `rows` counts the data rows without titles, totals and blank
    rows; `rejected` those with at least one error. `errors` holds the first `ReadingLimits.errors` of
    `error_count`. `header` are the texts of the header row. `day_order` and `decimal_mark` are how dates and amounts
    were read, None where nothing in the file shows it; `remembered` is the shape of the header row where the columns
    were read as somebody had taught for it, '' where they were not.

    Lines of a ledger are its entries, with `booked_on` and `is_payment` (see `receivables.reading.ledger`); those of an
    aging table are the sums of its `buckets`, with `due_basis`.
    """

    kind: str
    file_format: str
    sheet: str | None
    encoding: str | None
    header_row: int
    mapping: Mapping[str, str]
    unmapped: tuple[str, ...]
    rows: int
    lines: pl.DataFrame
    rejected: int
    errors: tuple[RowError, ...]
    error_count: int
    total_rows: tuple[TotalRow, ...]
    totals: Mapping[str, Decimal]
    warnings: tuple[ReadWarning, ...]
    buckets: tuple[FileBucket, ...] = ()
    header: tuple[str, ...] = ()
    day_order: str | None = None
    decimal_mark: str | None = None
    remembered: str = ""

    @property
    def accepted(self) -> int:
        """Return the number of clean rows."""
        return self.rows - self.rejected


@dataclass(frozen=True)
class SheetPreview:
    """The first rows of a sheet as they stand in the file, to choose its columns by.

    `header_row` counts from 1; `columns` maps a column's index, as text, to the field that was recognised in it;
    `shape` is the fingerprint of the header row.
    """

    name: str | None
    rows: tuple[tuple[str, ...], ...]
    header_row: int
    columns: Mapping[str, str]
    shape: str


@dataclass(frozen=True)
class Preview:
    """A file to choose columns by; `encoding` is that in which a text file is shown, None for workbooks."""

    sheets: tuple[SheetPreview, ...]
    encoding: str | None


@dataclass(frozen=True)
class Job:
    """What the child process is asked to read. `remembered` maps the shape of a header row to its choices.

    By its `mode` it reads the items, shows the first rows, or gives back the cells of the sheet as they stand in it.
    """

    path: str
    file_name: str
    kind: str
    default_currency: str
    as_of: dt.date
    limits: ReadingLimits
    folder: str
    choices: Choices = field(default_factory=Choices)
    remembered: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mode: Mode = "read"

    def tell(self, pct: int) -> None:
        """Leave word of how far the reading is, 0–100."""
        (Path(self.folder) / PROGRESS).write_text(str(pct), encoding="ascii")

    @property
    def day_order(self) -> str | None:
        """Which comes first in 3/4/2025, where somebody said it."""
        return self.choices.day_order

    @property
    def decimal_mark(self) -> str | None:
        """What precedes the decimals, where somebody said it."""
        return self.choices.decimal_mark


class FileRefused(Exception):  # noqa: N818 - a refusal is the result, not a defect
    """The whole file is refused. `code` is stable, `str()` is the translated text with the remedy.

    `detail` is for the log only: what the parser said, in English.
    """

    def __init__(self, code: str, params: Mapping[str, Any] | None = None, *, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.params = dict(params or {})
        self.detail = detail

    @property
    def message(self) -> str:
        """Return the translated text with the remedy."""
        from receivables.reading.messages import refusal_text

        return refusal_text(code=self.code, params=self.params)

    def __str__(self) -> str:
        return self.message

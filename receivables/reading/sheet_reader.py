"""What the readers of all kinds of files share: text columns go in, parsed columns come out, findings on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from receivables.reading import columns
from receivables.reading.bucket_names import BucketColumn
from receivables.reading.findings import Findings
from receivables.reading.grid import Grid
from receivables.reading.header_rows import Header
from receivables.reading.report import FileRefused, Job, ReadWarning, RowError, TotalRow
from receivables.reading.rows import BUCKET, ROW, sort_rows
from receivables.reading.texts import CONTROL, REPLACEMENT
from receivables.reading.totals import Stated, compare_totals

MAX_CHARACTERS = {"customer_ref": 200, "customer_name": 200, "document": 100, "contract": 50}
MAX_DESCRIPTION = 500
TEXT_FIELDS = ("customer_ref", "customer_name", "document", "contract", "description")
LINE_COLUMNS = (
    ROW, "customer_ref", "customer_name", "document", "document_on", "due_on", "currency", "amount",
    "open_amount", "contract", "description",
)  # fmt: skip
WARNED_ROWS = 20
REQUIRED_TEXTS = {
    "open_items": ("document",),
    "payables": ("document",),
    "ledger": ("document",),
    "receipts": (),
    "aged_table": (),
}
"""Which texts no row of a kind of file may lack."""


@dataclass(frozen=True)
class Reading:
    """The rows of one sheet, read: see ReadReport for the meaning of each part."""

    lines: pl.DataFrame
    rows: int
    rejected: int
    errors: tuple[RowError, ...]
    error_count: int
    total_rows: tuple[TotalRow, ...]
    totals: Mapping[str, Decimal]
    warnings: tuple[ReadWarning, ...]
    buckets: tuple[BucketColumn, ...] = ()
    day_order: str | None = None
    decimal_mark: str | None = None


class SheetReader:
    """One sheet being read. A kind of file says in `read` what it makes of the columns."""

    def __init__(self, grid: Grid, header: Header, job: Job) -> None:
        """Sort the rows and let go of the sheet. Raises FileRefused: no_rows, too_many_rows."""
        rows = sort_rows(grid, header)
        grid.release()
        if rows.items.is_empty():
            raise FileRefused("no_rows", {"row": header.row})
        if rows.items.height > job.limits.rows:
            raise FileRefused("too_many_rows", {"rows": rows.items.height, "limit": job.limits.rows})
        self.grid, self.header, self.job, self.rows = grid, header, job, rows
        self.text = rows.items
        self.found = Findings(self.text[ROW], job.limits.errors)
        self.parsed: dict[str, pl.Series] = {ROW: self.text[ROW]}
        self.day_order: str | None = None
        self.decimal_mark: str | None = None
        self.stated_amounts = self._nothing(columns.AMOUNT)

    def read(self) -> Reading:
        """Return the rows of the sheet, read."""
        raise NotImplementedError

    def _column(self, field: str) -> int:
        if field.startswith(BUCKET):
            return self.header.mapped.buckets[int(field.removeprefix(BUCKET))].index
        return self.header.mapped.columns[field]

    def _header_text(self, field: str) -> str:
        if field.startswith(BUCKET):
            return self.header.mapped.buckets[int(field.removeprefix(BUCKET))].text
        return self.header.mapped.text(field)

    def _has(self, field: str) -> bool:
        return field in self.text.columns

    def _nothing(self, dtype: pl.DataType | type[pl.DataType]) -> pl.Series:
        return pl.repeat(None, self.text.height, dtype=dtype, eager=True)

    def _error(self, code: str | pl.Series, mask: pl.Series, field: str, **more: object) -> None:
        self.found.error(
            code,
            mask,
            column=self._header_text(field),
            values=self.text[field] if self._has(field) else None,
            **more,  # type: ignore[arg-type]
        )

    def _missing(self, field: str, *, only: pl.Series | None = None) -> None:
        """Record the empty cells of a required column, in the rows of `only`; a formula that Excel never computed says
        so.
        """
        if not self._has(field):
            return
        mask = self.text[field].is_null()
        if only is not None:
            mask = mask & only
        if not mask.any():
            return
        index = self._column(field)
        unvalued = sorted(row + 1 for row, column in self.grid.unvalued if column == index)
        formula = self.text[ROW].is_in(unvalued)
        self._error("formula_without_value", mask & formula, field)
        self._error("missing", mask & ~formula, field)

    def _shifted(self) -> None:
        self.found.error("shifted", self.text["shifted"], column="")

    def _text(self, field: str) -> None:
        """Check and keep a text column; the description alone may be cut, with a warning."""
        if not self._has(field):
            self.parsed[field] = self._nothing(pl.String)
            return
        column = self.text[field]
        length = column.str.len_chars()
        limit = MAX_CHARACTERS.get(field, self.job.limits.cell_characters)
        longest = self.job.limits.cell_characters
        self._error("cell_too_long", length > longest, field, limit=longest)
        self._error("text_too_long", (length > limit) & (length <= longest), field, limit=limit)
        if field in self.rows.odd_columns:
            self._error("control_characters", column.str.contains(CONTROL), field)
            self._error("damaged_characters", column.str.contains(REPLACEMENT, literal=True), field)
        if field != "description":
            self._error("error_cell", columns.error_cells(column), field)
        else:
            self.found.warn("description_cut", length > MAX_DESCRIPTION, limit=MAX_DESCRIPTION)
            column = column.str.slice(0, MAX_DESCRIPTION)
        if field == "document" and field in REQUIRED_TEXTS[self.header.mapped.kind]:
            self._missing(field)
        self.parsed[field] = column

    def _customer(self) -> None:
        field = "customer_ref" if self._has("customer_ref") else "customer_name"
        self.parsed["customer_ref"] = self.parsed["customer_ref"].zip_with(
            self.parsed["customer_ref"].is_not_null(), self.parsed["customer_name"]
        )
        self._error("missing", self.parsed["customer_ref"].is_null(), field)
        self.found.warn("filled_down", self.rows.filled)

    def _dates(self, fields: Iterable[str]) -> None:
        """Parse the date columns that the file has: together they show whether the day or the month comes first."""
        present = [field for field in fields if self._has(field)]
        results, self.day_order = columns.read_dates(
            [self.text[field] for field in present], epoch_1904=self.grid.epoch_1904, order=self.job.day_order
        )
        for field, result in zip(present, results, strict=True):
            self._parse_errors(field, result["code"])
            self.parsed[field] = result["value"]

    def _parse_errors(self, field: str, codes: pl.Series) -> None:
        """Record what could not be parsed.

        An error value such as #N/A and an endless cell have their own remedy.
        """
        limit = self.job.limits.cell_characters
        endless = self.text[field].str.len_chars() > limit
        self._error("cell_too_long", endless, field, limit=limit)
        broken = columns.error_cells(self.text[field])
        self._error("error_cell", broken, field)
        self._error(codes, codes.is_not_null() & ~broken & ~endless, field)

    def _amounts(self, fields: Iterable[str]) -> dict[str, pl.DataFrame]:
        """Parse the amount columns that the file has, and return what was found in each."""
        present = [field for field in fields if self._has(field)]
        exponents = [self._exponent(field) for field in present]
        total = self.header.mapped.layout.total
        # The total rows are read with the items: together they show the decimal mark of the file.
        stated = self.rows.totals[total] if total in self.rows.totals.columns else None
        texts = [self.text[field] for field in present]
        more = [] if stated is None else [stated]
        results, self.decimal_mark = columns.read_amounts(
            [*texts, *more],
            [*exponents, *([self._exponent(total)] if more else [])],
            mark=self.job.decimal_mark,
        )
        if more:
            self.stated_amounts = results.pop()["value"]
        for field, result, exponent in zip(present, results, exponents, strict=True):
            self._parse_errors(field, result["code"])
            self.parsed[field] = result["value"]
            if exponent:
                self.found.warn("unit_applied", column=self._header_text(field), factor=10**exponent)
        return dict(zip(present, results, strict=True))

    def _exponent(self, field: str) -> int:
        cell = self.header.mapped.cells[self._column(field)]
        stated = cell.exponent if cell else None
        return stated if stated is not None else self.header.exponent or 0

    def _currency(self, signs: pl.Series, field: str) -> None:
        """Give each row its currency.

        Its own, its amount's sign's, the header's, or the default, in that order.
        """
        cell = self.header.mapped.cells[self._column(field)]
        stated = (cell.currency if cell else None) or self.header.currency
        default = stated or self.job.default_currency
        own = self._nothing(pl.String)
        if self.header.mapped.base_currency:
            default = self.job.default_currency
            self.found.warn("base_currency", column=self._header_text(field), currency=default)
        elif self._has("currency"):
            result = columns.currencies(self.text["currency"])
            self._parse_errors("currency", result["code"])
            own = result["value"]
            self.found.warn("currency_assumed", self.text["currency"].is_null(), currency=default)
        single = signs.set(signs.str.contains(",", literal=True), None)
        if stated is None:
            own = own.zip_with(own.is_not_null(), single)
        currency = own.fill_null(default)
        self.parsed["currency"] = currency
        if signs.is_not_null().any():
            fits = pl.DataFrame({"signs": signs, "currency": currency}).select(
                pl.col("signs").str.contains(pl.col("currency"), literal=True).fill_null(True)
            )
            self._error("currency_sign", ~fits.to_series(), field)

    def _duplicates(self, table: pl.DataFrame, key: Sequence[str], field: str) -> None:
        """Record the second and later rows with the same `key`; `field` is the column that the error names.

        Hashes of the keys find the few rows worth comparing: the keys themselves of a long file would be
        held twice.
        """
        hashes = table.select(pl.struct(key).hash().alias("hash"))["hash"]
        suspects = table.select(ROW, *key).filter(hashes.is_duplicated()).drop_nulls(key)
        pairs = suspects.with_columns(pl.col(ROW).min().over(key).alias("first")).filter(
            pl.col(ROW) != pl.col("first")
        )
        if pairs.is_empty():
            return
        found = table.select(ROW).join(pairs.select(ROW, "first"), on=ROW, how="left", maintain_order="left")
        self._error("duplicate", found["first"].is_not_null(), field, other_rows=found["first"])

    def _sheet_oddities(self) -> None:
        """Warn of what is odd about the sheet as a whole."""
        if self.grid.formulas:
            self.found.warn("formulas", formulas=self.grid.formulas)
        if self.grid.hidden_rows:
            self.found.warn("hidden_rows", hidden=self.grid.hidden_rows)
        if self.rows.repeated_headers:
            self.found.warn("repeated_headers", headers=self.rows.repeated_headers)
        if len(self.rows.notes):
            rows = self.rows.notes[ROW]
            self.found.warnings.append(
                ReadWarning("notes_skipped", tuple(rows.head(WARNED_ROWS).to_list()), len(rows))
            )

    def _result(self, table: pl.DataFrame, lines: pl.DataFrame, total_rows: tuple[TotalRow, ...]) -> Reading:
        """Return what was read: `table` has the rows of the file, `lines` what is made of those without an error."""
        sums = lines.group_by("currency").agg(pl.col("open_amount").sum()).sort("currency")
        return Reading(
            lines=lines,
            rows=table.height + self.found.outside,
            rejected=int(self.found.bad.sum()) + self.found.outside,
            errors=self.found.errors(),
            error_count=self.found.count,
            total_rows=total_rows,
            totals=dict(sums.iter_rows()),
            warnings=tuple(self.found.warnings),
            buckets=self.header.mapped.buckets,
            day_order=self.day_order,
            decimal_mark=self.decimal_mark,
        )

    def _good(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return the rows without an error."""
        return table.filter(~self.found.bad) if self.found.bad.any() else table

    def _totals(self, table: pl.DataFrame) -> tuple[TotalRow, ...]:
        """Return the file's own total rows, compared with the sums of the layout's `total` over the rows of `table`.

        A row without a label that is no sum is an error.
        """
        raw = self.rows.totals
        if raw.is_empty() or len(self.stated_amounts) != raw.height:
            return ()
        total_field = "document" if self._has("document") else "customer_ref"
        own = "currency" in raw.columns and not self.header.mapped.base_currency
        names = columns.currencies(raw["currency"])["value"] if own else None
        stated = [
            Stated(row, label, amount, names[index] if names is not None else None)
            for index, (row, label, amount) in enumerate(
                zip(raw[ROW], raw["label"], self.stated_amounts, strict=True)
            )
        ]
        amount = self.header.mapped.layout.total
        unread = table[amount].is_null().any() or table["currency"].is_null().any()
        bounds = pl.Series([total.row for total in stated])
        runs: list[dict[str, Decimal]] = [{} for _ in range(len(stated) + 1)]
        sums = (
            table.with_columns(bounds.search_sorted(table[ROW]).alias("run"))
            .group_by("run", "currency")
            .agg(pl.col(amount).sum())
        )
        for run, currency, whole in sums.iter_rows():
            runs[run][currency] = whole
        compared = [
            total if not unread else _uncompared(total) for total in compare_totals(stated, runs[:-1])
        ]
        for total in compared:
            if not total.label and not total.agrees:
                self.found.error_outside("missing", total.row, column=self._header_text(total_field))
        differing = [total.row for total in compared if total.label and total.agrees is False]
        if differing:
            self.found.warnings.append(ReadWarning("total_differs", tuple(differing[:20]), len(differing)))
        return tuple(total for total in compared if total.label or total.agrees)


def _uncompared(total: TotalRow) -> TotalRow:
    return TotalRow(total.row, total.label, total.amount, total.currency, None, None)

"""A sheet of open items: columns parsed, rows checked, totals compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from receivables.reading import columns
from receivables.reading.findings import Findings
from receivables.reading.grid import Grid
from receivables.reading.header_rows import Header
from receivables.reading.report import FileRefused, Job, ReadWarning, RowError, TotalRow
from receivables.reading.rows import AMOUNT_FIELDS, ROW, Rows, sort_rows
from receivables.reading.texts import CONTROL, REPLACEMENT
from receivables.reading.totals import Stated, compare_totals

MAX_CHARACTERS = {"customer_ref": 200, "customer_name": 200, "document": 100, "contract": 50}
MAX_DESCRIPTION = 500
LINE_COLUMNS = (
    ROW, "customer_ref", "customer_name", "document", "document_on", "due_on", "currency", "amount",
    "open_amount", "contract", "description",
)  # fmt: skip
_DATE_FIELDS = ("document_on", "due_on")


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


def read_open_items(grid: Grid, header: Header, job: Job) -> Reading:
    """Return the open items of a sheet. Raises FileRefused: no_rows, too_many_rows."""
    rows = sort_rows(grid, header)
    grid.release()
    if rows.items.is_empty():
        raise FileRefused("no_rows", {"row": header.row})
    if rows.items.height > job.limits.rows:
        raise FileRefused("too_many_rows", {"rows": rows.items.height, "limit": job.limits.rows})
    reader = _Reader(grid, header, job, rows)
    return reader.read()


class _Reader:
    """One sheet being read: its text columns go in, its parsed columns come out, findings on the way."""

    def __init__(self, grid: Grid, header: Header, job: Job, rows: Rows) -> None:
        self.grid, self.header, self.job, self.rows = grid, header, job, rows
        self.text = rows.items
        self.found = Findings(self.text[ROW], job.limits.errors)
        self.parsed: dict[str, pl.Series] = {ROW: self.text[ROW]}
        self.stated_amounts = self._nothing(columns.AMOUNT)

    def read(self) -> Reading:
        self._shifted()
        for field in ("customer_ref", "customer_name", "document", "contract", "description"):
            self._text(field)
        self._customer()
        self._dates()
        amounts = self._amounts()
        self._currency(amounts["signs"])
        self.text = self.text.select(ROW, "document")
        table = pl.DataFrame({name: self.parsed[name].alias(name) for name in LINE_COLUMNS})
        self._duplicates(table)
        self._oddities(table)
        total_rows = self._totals(table)
        lines = table.filter(~self.found.bad) if self.found.bad.any() else table
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
        )

    def _has(self, field: str) -> bool:
        return field in self.text.columns

    def _nothing(self, dtype: pl.DataType | type[pl.DataType]) -> pl.Series:
        return pl.repeat(None, self.text.height, dtype=dtype, eager=True)

    def _error(self, code: str | pl.Series, mask: pl.Series, field: str, **more: object) -> None:
        self.found.error(
            code,
            mask,
            column=self.header.mapped.text(field),
            values=self.text[field] if self._has(field) else None,
            **more,  # type: ignore[arg-type]
        )

    def _missing(self, field: str) -> None:
        """Record the empty cells of a required column; a formula that Excel never computed says so."""
        mask = self.text[field].is_null()
        if not mask.any():
            return
        index = self.header.mapped.columns[field]
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
        if field == "document":
            self._missing(field)
        self.parsed[field] = column

    def _customer(self) -> None:
        field = "customer_ref" if self._has("customer_ref") else "customer_name"
        self.parsed["customer_ref"] = self.parsed["customer_ref"].zip_with(
            self.parsed["customer_ref"].is_not_null(), self.parsed["customer_name"]
        )
        self._error("missing", self.parsed["customer_ref"].is_null(), field)
        self.found.warn("filled_down", self.rows.filled)

    def _dates(self) -> None:
        fields = [field for field in _DATE_FIELDS if self._has(field)]
        results = columns.dates([self.text[field] for field in fields], epoch_1904=self.grid.epoch_1904)
        self.parsed["document_on"] = self._nothing(pl.Date)
        for field, result in zip(fields, results, strict=True):
            self._parse_errors(field, result["code"])
            self.parsed[field] = result["value"]
        self._missing("due_on")
        self.text = self.text.drop(fields)

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

    def _amounts(self) -> pl.DataFrame:
        """Parse both amount columns and return the result of the open amount's."""
        fields = [field for field in AMOUNT_FIELDS if self._has(field)]
        exponents = [self._exponent(field) for field in fields]
        # The total rows are read with the items: together they show the decimal mark of the file.
        stated = self.rows.totals["open_amount"]
        *results, total = columns.amounts(
            [*(self.text[field] for field in fields), stated], [*exponents, self._exponent("open_amount")]
        )
        self.stated_amounts = total["value"]
        for field, result, exponent in zip(fields, results, exponents, strict=True):
            self._parse_errors(field, result["code"])
            self.parsed[field] = result["value"]
            if exponent:
                self.found.warn("unit_applied", column=self.header.mapped.text(field), factor=10**exponent)
        self._missing("open_amount")
        opened = self.parsed["open_amount"]
        whole = self.parsed.get("amount", opened)
        self.parsed["amount"] = whole.zip_with(whole.is_not_null(), opened)
        return results[fields.index("open_amount")]

    def _exponent(self, field: str) -> int:
        cell = self.header.mapped.cells[self.header.mapped.columns[field]]
        stated = cell.exponent if cell else None
        return stated if stated is not None else self.header.exponent or 0

    def _currency(self, signs: pl.Series) -> None:
        """Give each row its currency.

        Its own, its amount's sign's, the header's, or the default, in that order.
        """
        cell = self.header.mapped.cells[self.header.mapped.columns["open_amount"]]
        stated = (cell.currency if cell else None) or self.header.currency
        default = stated or self.job.default_currency
        own = self._nothing(pl.String)
        if self.header.mapped.base_currency:
            default = self.job.default_currency
            self.found.warn("base_currency", column=self.header.mapped.text("open_amount"), currency=default)
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
            self._error("currency_sign", ~fits.to_series(), "open_amount")

    def _duplicates(self, table: pl.DataFrame) -> None:
        """Record the second and later rows of the same customer, document, due date and currency.

        Hashes of the keys find the few rows worth comparing: the keys themselves of a long file would be
        held twice.
        """
        key = ["customer_ref", "document", "due_on", "currency"]
        hashes = table.select(pl.struct(key).hash().alias("hash"))["hash"]
        suspects = table.select(ROW, *key).filter(hashes.is_duplicated()).drop_nulls(key)
        pairs = suspects.with_columns(pl.col(ROW).min().over(key).alias("first")).filter(
            pl.col(ROW) != pl.col("first")
        )
        if pairs.is_empty():
            return
        found = table.select(ROW).join(pairs.select(ROW, "first"), on=ROW, how="left", maintain_order="left")
        self._error("duplicate", found["first"].is_not_null(), "document", other_rows=found["first"])

    def _oddities(self, table: pl.DataFrame) -> None:
        """Warn of what is possible but seldom meant."""
        odd = table.select(
            early=pl.col("due_on") < pl.col("document_on"),
            late=pl.col("document_on") > self.job.as_of,
            more=pl.col("open_amount").abs() > pl.col("amount").abs(),
        )
        self.found.warn("due_before_document", odd["early"])
        self.found.warn("document_after_as_of", odd["late"], as_of=self.job.as_of.isoformat())
        self.found.warn("open_exceeds_amount", odd["more"])
        if self.grid.formulas:
            self.found.warn("formulas", formulas=self.grid.formulas)
        if self.rows.repeated_headers:
            self.found.warn("repeated_headers", headers=self.rows.repeated_headers)
        if len(self.rows.notes):
            rows = self.rows.notes[ROW]
            self.found.warnings.append(
                ReadWarning("notes_skipped", tuple(rows.head(20).to_list()), len(rows))
            )

    def _totals(self, table: pl.DataFrame) -> tuple[TotalRow, ...]:
        """Return the file's own total rows, compared with the items.

        A row without a label that is no sum is an error.
        """
        raw = self.rows.totals
        if raw.is_empty():
            return ()
        own = "currency" in raw.columns and not self.header.mapped.base_currency
        names = columns.currencies(raw["currency"])["value"] if own else None
        stated = [
            Stated(row, label, amount, names[index] if names is not None else None)
            for index, (row, label, amount) in enumerate(
                zip(raw[ROW], raw["label"], self.stated_amounts, strict=True)
            )
        ]
        unread = table["open_amount"].is_null().any() or table["currency"].is_null().any()
        bounds = pl.Series([total.row for total in stated])
        runs: list[dict[str, Decimal]] = [{} for _ in range(len(stated) + 1)]
        sums = (
            table.with_columns(bounds.search_sorted(table[ROW]).alias("run"))
            .group_by("run", "currency")
            .agg(pl.col("open_amount").sum())
        )
        for run, currency, amount in sums.iter_rows():
            runs[run][currency] = amount
        compared = [
            total if not unread else _uncompared(total) for total in compare_totals(stated, runs[:-1])
        ]
        for total in compared:
            if not total.label and not total.agrees:
                self.found.error_outside("missing", total.row, column=self.header.mapped.text("document"))
        differing = [total.row for total in compared if total.label and total.agrees is False]
        if differing:
            self.found.warnings.append(ReadWarning("total_differs", tuple(differing[:20]), len(differing)))
        return tuple(total for total in compared if total.label or total.agrees)


def _uncompared(total: TotalRow) -> TotalRow:
    return TotalRow(total.row, total.label, total.amount, total.currency, None, None)

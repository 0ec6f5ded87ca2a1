"""A sheet of open items or payables: one row per document with its open amount."""

from __future__ import annotations

import polars as pl

from receivables.reading import columns
from receivables.reading.rows import AMOUNT_FIELDS, ROW
from receivables.reading.sheet_reader import LINE_COLUMNS, TEXT_FIELDS, Reading, SheetReader

KEY = ("customer_ref", "document", "due_on", "currency")


class OpenItemsReader(SheetReader):
    """Each row is an item. One without a due date has its document's date, from which the caller counts its term."""

    def read(self) -> Reading:
        """Return the items."""
        self._shifted()
        for field in TEXT_FIELDS:
            self._text(field)
        self._customer()
        self._due_dates()
        signs = self._open_amounts()
        self._currency(signs, "open_amount")
        self.text = self.text.select(ROW, "document")
        table = pl.DataFrame({name: self.parsed[name].alias(name) for name in LINE_COLUMNS})
        self._duplicates(_dated(table), KEY, "document")
        self._oddities(table)
        total_rows = self._totals(table)
        return self._result(table, self._good(table), total_rows)

    def _due_dates(self) -> None:
        fields = ("document_on", "due_on")
        self.parsed |= {field: self._nothing(pl.Date) for field in fields}
        self._dates(fields)
        if not self._has("due_on"):
            self._missing("document_on")
            self.found.warn("due_by_term", self.parsed["document_on"].is_not_null())
        elif self._has("document_on") and self.header.mapped.kind == "open_items":
            blank = self.text["due_on"].is_null()
            self._missing("due_on", only=self.text["document_on"].is_null())
            self.found.warn("due_by_term", blank & self.parsed["document_on"].is_not_null())
        else:
            self._missing("due_on")
        self.text = self.text.drop(field for field in fields if self._has(field))

    def _open_amounts(self) -> pl.Series:
        """Parse both amount columns and return the currency signs of the open amount's."""
        results = self._amounts(AMOUNT_FIELDS)
        self._missing("open_amount")
        opened = self.parsed["open_amount"]
        whole = self.parsed.get("amount", opened)
        self.parsed["amount"] = whole.zip_with(whole.is_not_null(), opened)
        return results["open_amount"]["signs"]

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
        self.found.warn("outliers", columns.outliers(table["currency"], table["open_amount"]))
        self._sheet_oddities()


def _dated(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table with the document's date for items that state no due date: they are told apart by it."""
    if not table["due_on"].null_count():
        return table
    return table.with_columns(pl.coalesce("due_on", "document_on").alias("due_on"))

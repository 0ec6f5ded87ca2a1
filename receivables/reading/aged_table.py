"""A ready-made aging table: one row per customer and currency, one column per bucket."""

from __future__ import annotations

import datetime as dt

import polars as pl

from receivables.reading import columns
from receivables.reading.rows import BUCKET, ROW
from receivables.reading.sheet_reader import LINE_COLUMNS, TEXT_FIELDS, Reading, SheetReader

KEY = ("customer_ref", "currency", "contract")


class AgedTableReader(SheetReader):
    """Each line that it gives is a customer's sum in one bucket: the column's header stands for the document, and the
    least age of the bucket for the due date (`due_basis`).
    """

    def read(self) -> Reading:
        """Return the sums."""
        self._shifted()
        for field in TEXT_FIELDS:
            self._text(field)
        self._customer()
        buckets = [f"{BUCKET}{place}" for place, _bucket in enumerate(self.header.mapped.buckets)]
        found = self._amounts([*buckets, "open_amount"])
        self._currency(found[buckets[0]]["signs"], buckets[0])
        table = pl.DataFrame(
            {name: self.parsed[name].alias(name) for name in (ROW, *TEXT_FIELDS, "currency")}
            | {name: self.parsed[name].alias(name) for name in buckets}
        )
        zero = pl.lit(0, dtype=columns.AMOUNT)
        sums = table.select(pl.sum_horizontal(pl.col(name).fill_null(zero) for name in buckets).alias("sum"))[
            "sum"
        ]
        if self._has("open_amount"):
            stated = self.parsed["open_amount"]
            differs = (stated.is_not_null() & (stated != sums)).fill_null(False) & ~self.found.bad
            self._error("buckets_differ", differs, "open_amount", sums=sums.cast(pl.String))
        table = table.with_columns(sums.cast(columns.AMOUNT).alias("open_amount"))
        customer = "customer_ref" if self._has("customer_ref") else "customer_name"
        self._duplicates(table.with_columns(pl.col("contract").fill_null("")), KEY, customer)
        self._sheet_oddities()
        self.found.warn("aged_table")
        total_rows = self._totals(table)
        return self._result(table, self._lines(self._good(table), buckets), total_rows)

    def _lines(self, table: pl.DataFrame, buckets: list[str]) -> pl.DataFrame:
        days = {
            name: self.job.as_of - dt.timedelta(days=max(0, bucket.lower or 0))
            for name, bucket in zip(buckets, self.header.mapped.buckets, strict=True)
        }
        labels = {name: bucket.text for name, bucket in zip(buckets, self.header.mapped.buckets, strict=True)}
        long = table.unpivot(
            buckets,
            index=[name for name in table.columns if name not in buckets],
            variable_name="bucket",
            value_name="sum",
        ).filter(pl.col("sum").is_not_null() & (pl.col("sum") != 0))
        return (
            long.with_columns(
                pl.col("bucket")
                .replace_strict(labels, return_dtype=pl.String)
                .str.slice(0, 100)
                .alias("document"),
                pl.col("bucket").replace_strict(days, return_dtype=pl.Date).alias("due_on"),
                pl.lit(None, dtype=pl.Date).alias("document_on"),
                pl.col("sum").alias("amount"),
                pl.col("sum").alias("open_amount"),
                pl.lit("bucket").alias("due_basis"),
            )
            .sort(ROW, "due_on", descending=[False, True])
            .select(*LINE_COLUMNS, "due_basis")
        )

"""An invoice ledger: what was invoiced, and on which days how much of it was paid.

A row is an invoice with its payments, in one pair of columns or in several (收款日期, 收款日期2). Further payments may
also stand in further rows of the same document, with its amount again or without one. A payment date without an amount
settles what is left of the document.
"""

from __future__ import annotations

import polars as pl

from receivables.reading import columns
from receivables.reading.rows import PAID_AMOUNT, ROW
from receivables.reading.sheet_reader import LINE_COLUMNS, TEXT_FIELDS, Reading, SheetReader

PAID_ON = "paid_on"
KEY = ("customer_ref", "document", "due_on", "currency")
ENTRY_COLUMNS = (*LINE_COLUMNS, "booked_on", "is_payment")


class LedgerReader(SheetReader):
    """Each line that it gives is an entry: `booked_on`, `is_payment`, and the signed `amount`.

    `open_amount` is the amount of entries booked up to the as-of date, 0 of later ones: what comes later is kept and
    does not count. So the sum of `open_amount` is what is open.
    """

    def read(self) -> Reading:
        """Return the entries."""
        self._shifted()
        for field in TEXT_FIELDS:
            self._text(field)
        self._customer()
        pairs = self._pairs()
        self.parsed |= {field: self._nothing(pl.Date) for field in ("document_on", "due_on")}
        self._dates(["document_on", "due_on", *(day for day, _amount in pairs)])
        found = self._amounts(["amount", "open_amount", *(amount for _day, amount in pairs)])
        self._currency(found["amount"]["signs"], "amount")
        names = [name for name in LINE_COLUMNS if name != "open_amount"]
        table = pl.DataFrame({name: self.parsed[name].alias(name) for name in names})
        heads = self._heads(table)
        payments = self._payments(table, pairs)
        self._settle_rules(table, heads, payments)
        entries = self._entries(table, heads, payments)
        self._oddities(table, entries)
        total_rows = self._totals(table.filter(heads["is_head"]))
        bad = set(self.text[ROW].filter(self.found.bad).to_list())
        good = entries.filter(~pl.col(ROW).is_in(sorted(bad)) & ~pl.col("head_row").is_in(sorted(bad)))
        return self._result(table, good.select(ENTRY_COLUMNS), total_rows)

    def _pairs(self) -> list[tuple[str, str]]:
        """Return the payment columns: each day with the amount beside it."""
        days = sorted((name for name in self.text.columns if name.startswith(PAID_ON)), key=self._column)
        amounts = sorted(
            (name for name in self.text.columns if name.startswith(PAID_AMOUNT)), key=self._column
        )
        return [(day, amounts[place] if place < len(amounts) else "") for place, day in enumerate(days)]

    def _heads(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return for each row `is_head` (it states its document first) and `head_row` (the row that does)."""
        key = ["customer_ref", "document", "currency"]
        stated = table.select(ROW, *key, "document_on", "due_on", "amount").with_columns(
            pl.when(pl.col("amount").is_not_null())
            .then(pl.int_range(pl.len()))
            .otherwise(None)
            .alias("place")
        )
        # A row with its amount is known by its due date too: instalments of one invoice are items of their own. A row
        # that only pays belongs to the first row of its document, or of its due date where it states one.
        exact = stated.with_columns(pl.coalesce("due_on", "document_on").alias("day"))
        first = (
            exact.filter(pl.col("place").is_not_null())
            .group_by(*key, "day")
            .agg(pl.col(ROW).min().alias("exact"))
        )
        whole = (
            exact.filter(pl.col("place").is_not_null()).group_by(*key).agg(pl.col(ROW).min().alias("whole"))
        )
        joined = exact.join(
            first, on=[*key, "day"], how="left", nulls_equal=True, maintain_order="left"
        ).join(whole, on=key, how="left", maintain_order="left")
        return joined.select(
            pl.coalesce("exact", "whole").alias("head_row"),
            (pl.col("amount").is_not_null() & (pl.col("exact") == pl.col(ROW))).alias("is_head"),
        )

    def _payments(self, table: pl.DataFrame, pairs: list[tuple[str, str]]) -> pl.DataFrame:
        """Return the payments as rows: `row_number`, `paid_on`, `paid` (null: settles what is left)."""
        frames = []
        for day, amount in pairs:
            paid = self.parsed[amount] if amount else self._nothing(columns.AMOUNT)
            given = self.parsed[day].is_not_null()
            if amount:
                undated = paid.is_not_null() & (paid != 0) & ~given & self.text[day].is_null()
                self._error("payment_without_date", undated.fill_null(False), amount)
                given = given & ~(paid == 0).fill_null(False)
            frames.append(
                pl.DataFrame(
                    {ROW: table[ROW], PAID_ON: self.parsed[day].alias(PAID_ON), "paid": paid.alias("paid")}
                ).filter(given)
            )
        return pl.concat(frames)

    def _settle_rules(self, table: pl.DataFrame, heads: pl.DataFrame, payments: pl.DataFrame) -> None:
        """Record rows that cannot be: without an amount and a payment, twice the same, settled twice."""
        pays = table[ROW].is_in(payments[ROW].implode())
        amount = table["amount"]
        blank = self.text["amount"].is_null()
        self._missing("amount", only=~pays | heads["head_row"].is_null())
        self._missing("document_on", only=~blank)
        placed = pl.DataFrame(
            {ROW: table[ROW], "head_row": heads["head_row"], "is_head": heads["is_head"], "amount": amount}
        )
        first = placed.filter("is_head").select(
            pl.col(ROW).alias("head_row"), pl.col("amount").alias("first_amount")
        )
        placed = placed.join(first, on="head_row", how="left", maintain_order="left")
        again = ~placed["is_head"] & amount.is_not_null()
        same = (placed["amount"] == placed["first_amount"]).fill_null(False)
        self._error("duplicate", again & (~same | ~pays), "document", other_rows=placed["head_row"])
        settling = payments.filter(pl.col("paid").is_null()).join(
            placed.select(ROW, "head_row"), on=ROW, how="left"
        )
        twice = settling.filter(pl.struct("head_row").is_duplicated() & pl.col("head_row").is_not_null())
        later = twice.filter(pl.col(ROW) > pl.col("head_row"))[ROW]
        self._error("settled_twice", table[ROW].is_in(later.implode()) & ~self.found.bad, PAID_ON)

    def _entries(self, table: pl.DataFrame, heads: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
        """Return documents and payments as entries of the document that they belong to."""
        placed = table.with_columns(heads["head_row"], heads["is_head"])
        documents = placed.filter("is_head").with_columns(
            pl.col("document_on").alias("booked_on"), pl.lit(False).alias("is_payment")
        )
        known = payments.join(placed.select(ROW, "head_row"), on=ROW, how="left")
        paid = known.group_by("head_row").agg(pl.col("paid").sum().alias("known"))
        of_document = documents.select(
            pl.col(ROW).alias("head_row"),
            *(name for name in documents.columns if name not in (ROW, "head_row", "booked_on", "is_payment")),
        )
        settled = (
            known.join(of_document, on="head_row", how="inner")
            .join(paid, on="head_row", how="left")
            .with_columns(
                -pl.coalesce("paid", pl.col("amount") - pl.col("known").fill_null(0))
                .cast(columns.AMOUNT)
                .alias("amount"),
                pl.col(PAID_ON).alias("booked_on"),
                pl.lit(True).alias("is_payment"),
            )
        )
        both = pl.concat(
            [documents.select(settled_columns := _entry_order(documents)), settled.select(settled_columns)]
        )
        return (
            both.filter(pl.col("amount") != 0)
            .sort("head_row", "is_payment", "booked_on", ROW, maintain_order=True)
            .with_columns(
                pl.when(pl.col("booked_on") <= self.job.as_of)
                .then("amount")
                .otherwise(pl.lit(0, dtype=columns.AMOUNT))
                .alias("open_amount")
            )
        )

    def _oddities(self, table: pl.DataFrame, entries: pl.DataFrame) -> None:
        """Warn of what is possible but seldom meant, and of what does not count yet."""
        self.found.warn("due_before_document", table["due_on"] < table["document_on"])
        as_of = self.job.as_of
        later = entries.filter(pl.col("booked_on") > as_of)
        rows = later[ROW].unique()
        self.found.warn("after_as_of", table[ROW].is_in(rows.implode()), as_of=as_of.isoformat())
        open_ = entries.group_by("head_row").agg(
            pl.col("amount").sum().alias("left"), pl.col("amount").first().alias("whole")
        )
        over = open_.filter(pl.col("left").sign() * pl.col("whole").sign() < 0)["head_row"]
        self.found.warn("paid_exceeds_amount", table[ROW].is_in(over.implode()))
        if self._has("open_amount"):
            stated = pl.DataFrame({"head_row": table[ROW], "stated": self.parsed["open_amount"]})
            counted = entries.group_by("head_row").agg(pl.col("open_amount").sum().alias("counted"))
            differs = stated.join(counted, on="head_row", how="inner").filter(
                pl.col("stated").is_not_null() & (pl.col("stated") != pl.col("counted"))
            )["head_row"]
            self.found.warn("balance_differs", table[ROW].is_in(differs.implode()), as_of=as_of.isoformat())
        undue = self.parsed["due_on"].is_null() & self.parsed["document_on"].is_not_null()
        self.found.warn("due_by_term", undue & self.parsed["amount"].is_not_null())
        self._sheet_oddities()


def _entry_order(documents: pl.DataFrame) -> list[str]:
    return [name for name in documents.columns if name != "is_head"]

"""Receipts: what customers paid on which day, with the document that they paid where the file knows it."""

from __future__ import annotations

import polars as pl

from receivables.reading.sheet_reader import LINE_COLUMNS, TEXT_FIELDS, Reading, SheetReader


class ReceiptsReader(SheetReader):
    """Each row is a receipt: `document_on` and `due_on` are its day, both amounts what was received."""

    def read(self) -> Reading:
        """Return the receipts; one that names no document has null."""
        self._shifted()
        for field in TEXT_FIELDS:
            self._text(field)
        self._customer()
        self.parsed["paid_on"] = self._nothing(pl.Date)
        self._dates(["paid_on"])
        self._missing("paid_on")
        day = self.parsed["paid_on"]
        self._error("receipt_after_as_of", (day > self.job.as_of).fill_null(False), "paid_on")
        results = self._amounts(["open_amount"])
        self._missing("open_amount")
        self._currency(results["open_amount"]["signs"], "open_amount")
        self.parsed |= {"document_on": day, "due_on": day, "amount": self.parsed["open_amount"]}
        table = pl.DataFrame({name: self.parsed[name].alias(name) for name in LINE_COLUMNS})
        self._sheet_oddities()
        total_rows = self._totals(table)
        return self._result(table, self._good(table), total_rows)

"""What is wrong or odd in a file, gathered column by column, counted without holding a million messages."""

from __future__ import annotations

from typing import Any

import polars as pl

from receivables.reading.report import VALUE_CHARACTERS, ReadWarning, RowError

_SCHEMA = {
    "row": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "code": pl.String,
    "other_row": pl.Int64,
    "limit": pl.Int64,
    "sum": pl.String,
}
_WARNING_ROWS = 20


class Findings:
    """Row errors and warnings of one file. `limit` is how many errors are kept with their text."""

    def __init__(self, row_numbers: pl.Series, limit: int) -> None:
        self._rows = row_numbers
        self._limit = limit
        self._frames: list[pl.DataFrame] = []
        self._bad = pl.repeat(False, len(row_numbers), eager=True)
        self.warnings: list[ReadWarning] = []
        self.count = 0
        self.outside = 0

    def error(
        self,
        code: str | pl.Series,
        mask: pl.Series,
        *,
        column: str,
        values: pl.Series | None = None,
        other_rows: pl.Series | None = None,
        limit: int | None = None,
        sums: pl.Series | None = None,
    ) -> None:
        """Record an error for each row of `mask`; `code` may differ from row to row."""
        mask = mask.fill_null(False)
        count = int(mask.sum())
        if not count:
            return
        self.count += count
        self._bad = self._bad | mask
        picked = mask.arg_true().head(self._limit)
        nothing = pl.repeat(None, len(picked), dtype=pl.String, eager=True)
        self._frames.append(
            pl.DataFrame(
                {
                    "row": self._rows.gather(picked),
                    "column": [column] * len(picked),
                    "value": nothing
                    if values is None
                    else values.gather(picked).str.slice(0, VALUE_CHARACTERS),
                    "code": [code] * len(picked) if isinstance(code, str) else code.gather(picked),
                    "other_row": nothing if other_rows is None else other_rows.gather(picked),
                    "limit": [limit] * len(picked),
                    "sum": nothing if sums is None else sums.gather(picked),
                },
                schema_overrides=_SCHEMA,
            )
        )

    def error_outside(self, code: str, row: int, *, column: str) -> None:
        """Record a row that is neither an item nor anything else."""
        self.count += 1
        self.outside += 1
        values = {
            "row": [row],
            "column": [column],
            "value": [None],
            "code": [code],
            "other_row": [None],
            "limit": [None],
            "sum": [None],
        }
        self._frames.append(pl.DataFrame(values, schema=_SCHEMA))

    def warn(self, code: str, mask: pl.Series | None = None, **params: Any) -> None:
        """Record a warning about the rows of `mask`, or about the whole file."""
        if mask is None:
            self.warnings.append(ReadWarning(code, params=params))
            return
        picked = mask.fill_null(False).arg_true()
        if len(picked):
            rows = tuple(self._rows.gather(picked.head(_WARNING_ROWS)).to_list())
            self.warnings.append(ReadWarning(code, rows, len(picked), params))

    @property
    def bad(self) -> pl.Series:
        """Return for each row whether it has an error."""
        return self._bad

    def errors(self) -> tuple[RowError, ...]:
        """Return the first errors in the order of the file."""
        if not self._frames:
            return ()
        table = pl.concat(self._frames).sort("row", maintain_order=True).head(self._limit)
        return tuple(
            RowError(row, column, value or "", code, _params(other_row=other_row, limit=limit, sum=total))
            for row, column, value, code, other_row, limit, total in table.iter_rows()
        )


def _params(**params: int | str | None) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}

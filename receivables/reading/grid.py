"""A sheet as text: what every reader of a file format delivers, and what the columns are read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Merge:
    """A merged range; rows and columns count from 0, both ends included, columns as in the grid."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def covers(self, row: int, column: int) -> bool:
        """Return whether the cell lies in the range."""
        return self.first_row <= row <= self.last_row and self.first_column <= column <= self.last_column


@dataclass
class Grid:
    """All cells of one sheet as text, row 0 being row 1 of the file.

    `merges` is None where the format does not tell. `broken` are cells that hold an error such as #N/A and
    `unvalued` formulas without a stored value, by (row, column) from 0. `hidden_rows` counts rows that a filter or
    somebody hid: they are read like the others. `ragged` is true for text files, where a cell right of the header means
    that the columns of the row have shifted.
    """

    frame: pl.DataFrame
    file_format: str
    sheet: str | None = None
    encoding: str | None = None
    merges: Sequence[Merge] | None = None
    broken: Mapping[tuple[int, int], str] = field(default_factory=dict)
    unvalued: frozenset[tuple[int, int]] = frozenset()
    formulas: int = 0
    hidden_rows: int = 0
    epoch_1904: bool = False
    ragged: bool = False

    def release(self) -> None:
        """Let go of the cells once the rows are taken out of them: a long file is not held twice."""
        self.frame = self.frame.clear()

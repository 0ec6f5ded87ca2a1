"""How to read a file, where somebody knows better than the columns' names and the cells: kept with the report, and
remembered for the next file of the same shape.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Choices:
    """None where the reader shall find out by itself.

    `sheet` is the name of a sheet, `header_row` counts from 1; `columns` maps a column's index from 0, as text, to its
    field, '' for one that is not used: where it is not empty, nothing else is used. `encoding` is a Python codec,
    `day_order` "dmy" or "mdy", `decimal_mark` "." or ",".
    """

    sheet: str | None = None
    header_row: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    day_order: str | None = None
    decimal_mark: str | None = None

    def as_data(self) -> dict[str, Any]:
        """Return the choices as JSON takes them, without those that were not made."""
        return {name: value for name, value in asdict(self).items() if value}


def shape_of(header: Iterable[str]) -> str:
    """Return the fingerprint of a header row: files with the same columns in the same order have the same."""
    named = "\x1f".join(" ".join(text.split()).casefold() for text in header)
    return hashlib.sha256(named.encode()).hexdigest()

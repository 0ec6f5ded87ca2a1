"""Text as finance programs write it: full-width characters, odd spaces, invisible characters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# Full-width ASCII, the ideographic and other spaces, the dashes used as minus, full-width currency signs.
_HALF_WIDTH = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys([0x00A0, 0x2007, 0x2009, 0x202F, 0x3000, 0x0009], " ")
    | dict.fromkeys([0x2212, 0x2012, 0x2013, 0x2014, 0xFE63], "-")
    | {0xFFE0: "¢", 0xFFE1: "£", 0xFFE5: "¥", 0xFFE6: "₩"}
)
INVISIBLE = "[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]"
BREAKS = r"[\r\n\t\x0b\x0c\u2028\u2029]+"
CONTROL = r"[\x00-\x08\x0e-\x1f\x7f]"
REPLACEMENT = "\ufffd"


def half_width(text: str) -> str:
    """Return `text` with full-width letters, digits, signs and spaces made half-width, and trimmed."""
    return text.translate(_HALF_WIDTH).strip()


def cleaned(column: pl.Series) -> pl.Series:
    """Return the texts trimmed, without invisible characters and line breaks; an empty text becomes null.

    Control characters and replacement characters stay: they are errors, not decoration.
    """
    if column.str.contains(INVISIBLE).any():
        column = column.str.replace_all(INVISIBLE, "")
    column = column.str.strip_chars()
    if column.str.contains(BREAKS).any():
        column = column.str.replace_all(BREAKS, " ")
    return column.set(column.str.len_bytes() == 0, None)


def cleaned_cell(text: str | None) -> str:
    """Return one cell cleaned as `cleaned` does a column; an empty one is ''."""
    return re.sub(BREAKS, " ", re.sub(INVISIBLE, "", text or "").strip())

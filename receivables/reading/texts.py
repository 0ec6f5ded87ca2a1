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
# Any of the above: a column without one, as nearly all are, needs one look and no more.
_ODD = "[\x00-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]"


def half_width(text: str) -> str:
    """Return `text` with full-width letters, digits, signs and spaces made half-width, and trimmed."""
    return text.translate(_HALF_WIDTH).strip()


def cleaned(table: pl.DataFrame) -> tuple[pl.DataFrame, frozenset[str]]:
    """Return the texts trimmed, without invisible characters and line breaks, and the columns that had some.

    An empty text becomes null. Control characters and replacement characters stay: they are errors, not
    decoration.
    """
    import polars as pl

    found = table.select(pl.all().str.contains(_ODD).any()).row(0)
    odd = frozenset(name for name, any_odd in zip(table.columns, found, strict=True) if any_odd)
    texts = []
    for name in table.columns:
        text = pl.col(name)
        if name in odd:
            text = text.str.replace_all(INVISIBLE, "").str.strip_chars().str.replace_all(BREAKS, " ")
        else:
            text = text.str.strip_chars()
        texts.append(pl.when(text.str.len_bytes() > 0).then(text).alias(name))
    return table.select(texts), odd


def cleaned_cell(text: str | None) -> str:
    """Return one cell cleaned as `cleaned` does a column; an empty one is ''."""
    return re.sub(BREAKS, " ", re.sub(INVISIBLE, "", text or "").strip())

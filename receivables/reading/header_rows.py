"""Where the header is.

Below title rows, in one row or in two, and what the title rows state for all of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from receivables.reading.choices import Choices
from receivables.reading.grid import Merge
from receivables.reading.headers import title_unit
from receivables.reading.layouts import Layout, Mapped, map_chosen, map_header
from receivables.reading.texts import cleaned_cell

MIN_FIELDS = 2
_VALUE = re.compile(r"[-+(¥￥$€]*[0-9０-９][0-9０-９.,，/:年月日 -]*\)?")

Row = Sequence[str | None]


@dataclass(frozen=True)
class Header:
    """The header of a table.

    `row` counts from 1, `first_data_index` from 0; unit and currency of the titles.
    """

    row: int
    first_data_index: int
    mapped: Mapped
    exponent: int | None = None
    currency: str | None = None


def find_header(rows: Sequence[Row], layout: Layout, *, merges: Sequence[Merge] = ()) -> Header | None:
    """Return the header among the first rows of a sheet, or None where no row names at least two fields.

    The row with the most recognised columns wins, the earlier one of equals. Two rows are read as one
    header where that recognises more than either alone. A second header row right below (a translation) is
    skipped.
    """
    best: tuple[int, int, Mapped] | None = None
    for index, row in enumerate(rows):
        single = map_header([[cleaned_cell(cell)] for cell in row], layout)
        choice = (index, index + 1, single)
        if index + 1 < len(rows) and not _is_data(rows[index + 1]):
            double = map_header(_joined(row, rows[index + 1], index, merges), layout)
            below = map_header([[cleaned_cell(cell)] for cell in rows[index + 1]], layout)
            if double.score > max(single.score, below.score):
                choice = (index, index + 2, double)
        if choice[2].score >= MIN_FIELDS and (best is None or _worth(choice[2]) > _worth(best[2])):
            best = choice
    if best is None:
        return None
    first, end, mapped = best
    while end < len(rows) and _repeats(rows[end], mapped, layout):
        end += 1
    exponent, currency = _stated_in_titles(rows[:first])
    return Header(first + 1, end, mapped, exponent, currency)


def _is_data(row: Row) -> bool:
    """Return whether a row has a number or a date, which no header has."""
    return any(_VALUE.fullmatch(cleaned_cell(cell)) for cell in row)


def _worth(mapped: Mapped) -> tuple[bool, int]:
    return (not mapped.missing, mapped.score)


def _joined(top: Row, bottom: Row, index: int, merges: Sequence[Merge]) -> list[list[str]]:
    """Return for each column its possible names: both rows together, the lower one, the upper one."""
    joined = []
    above = ""
    for column in range(max(len(top), len(bottom))):
        upper = cleaned_cell(top[column]) if column < len(top) else ""
        lower = cleaned_cell(bottom[column]) if column < len(bottom) else ""
        if upper:
            above = upper
        elif not lower or (merges and not any(merge.covers(index, column) for merge in merges)):
            above = ""
        joined.append([above + lower, lower, above] if lower else [above])
    return joined


def _repeats(row: Row, mapped: Mapped, layout: Layout) -> bool:
    again = map_header([[cleaned_cell(cell)] for cell in row], layout)
    return again.score >= MIN_FIELDS and all(
        mapped.columns.get(field) == column for field, column in again.columns.items()
    )


def _stated_in_titles(rows: Sequence[Row]) -> tuple[int | None, str | None]:
    exponent: int | None = None
    currency: str | None = None
    for row in rows:
        for cell in row:
            stated_exponent, stated_currency = title_unit(cell or "")
            exponent = stated_exponent if stated_exponent is not None else exponent
            currency = stated_currency or currency
    return exponent, currency


def header_texts(row: Row) -> tuple[str, ...]:
    """Return the texts of a header row, without the empty cells at its end: what the shape of a file is told by."""
    texts = [cleaned_cell(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def chosen_header(
    rows: Sequence[Row], layout: Layout, choices: Choices, *, merges: Sequence[Merge] = ()
) -> Header | None:
    """Return the header in the chosen row, or in the likeliest one, with the chosen columns; None where the row is not
    there.
    """
    if choices.header_row is None:
        found = find_header(rows, layout, merges=merges)
        index = found.row - 1 if found else 0
    else:
        index = choices.header_row - 1
    if index >= len(rows):
        return None
    texts = [cleaned_cell(cell) for cell in rows[index]]
    if choices.columns:
        mapped = map_chosen(texts, choices.columns, layout)
    else:
        mapped = map_header([[text] for text in texts], layout)
    exponent, currency = _stated_in_titles(rows[:index])
    return Header(index + 1, index + 1, mapped, exponent, currency)

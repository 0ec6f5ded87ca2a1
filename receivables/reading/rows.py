"""Which rows of a sheet are items.

Blank rows, totals, repeated headers and notes apart, customers filled down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from receivables.reading.grid import Grid
from receivables.reading.header_rows import Header
from receivables.reading.texts import cleaned
from receivables.reading.totals import TOTAL_LABEL

ROW = "row_number"
CUSTOMER_FIELDS = ("customer_ref", "customer_name")
AMOUNT_FIELDS = ("open_amount", "amount")
PAID_AMOUNT = "paid_amount"
BUCKET = "bucket_"


@dataclass(frozen=True)
class Rows:
    """The rows below a header, sorted by what they are.

    Every frame has `row_number` and the mapped fields as text.
    """

    items: pl.DataFrame
    totals: pl.DataFrame
    notes: pl.DataFrame
    repeated_headers: int
    filled: pl.Series
    odd_columns: frozenset[str]


def sort_rows(grid: Grid, header: Header) -> Rows:
    """Return the rows of the table below `header`. Totals carry a `label`, '' where they have none."""
    table, odd = _table(grid, header)
    fields = [name for name in table.columns if name not in (ROW, "shifted")]
    table = _only(
        table, table.select(pl.any_horizontal(pl.col(fields).is_not_null()) | pl.col("shifted")).to_series()
    )
    repeated = _repeated_header(table, header)
    table = _only(table, ~repeated)
    labels = _total_labels(table, grid, header)
    amount = pl.any_horizontal(pl.col([name for name in fields if is_amount(name)]).is_not_null())
    customer = [name for name in CUSTOMER_FIELDS if name in fields]
    telling = [pl.col(name).is_null() for name in _telling_fields(fields, header)]
    bare = pl.all_horizontal(~pl.col("shifted"), *telling)
    kinds = table.select(
        pl.when(labels.is_not_null()).then(pl.lit("total"))
        .when(bare & ~amount).then(pl.lit("note"))
        .when(bare & pl.all_horizontal(pl.col(customer).is_null())).then(pl.lit("unlabelled"))
        .otherwise(pl.lit("item"))
        .alias("kind")
    )["kind"]  # fmt: skip
    table, filled = _filled_down(table.with_columns(kinds), grid, header)
    is_item = table["kind"] == "item"
    is_total = table["kind"].is_in(["total", "unlabelled"])
    return Rows(
        items=_only(table, is_item).drop("kind"),
        totals=table.filter(is_total).with_columns(label=labels.filter(is_total).fill_null("")),
        notes=table.filter(pl.col("kind") == "note").select(ROW),
        repeated_headers=int(repeated.sum()),
        filled=filled.filter(is_item),
        odd_columns=odd,
    )


def is_amount(field: str) -> bool:
    """Return whether a field holds an amount."""
    return field in AMOUNT_FIELDS or field.startswith((PAID_AMOUNT, BUCKET))


def _telling_fields(fields: Sequence[str], header: Header) -> list[str]:
    """Return the fields of which an item has at least one, a total or a note none: its document and its date."""
    days = [name for name in header.mapped.layout.days if name in fields][:1]
    return [*(name for name in ("document",) if name in fields), *days]


def _only(table: pl.DataFrame, mask: pl.Series) -> pl.DataFrame:
    """Return the rows of `mask`, without copying the table where that is all of them."""
    return table if mask.all() else table.filter(mask)


def _table(grid: Grid, header: Header) -> tuple[pl.DataFrame, frozenset[str]]:
    """Return the mapped columns below the header, cleaned, and those with odd characters.

    Error cells show their error as text.
    """
    first = header.first_data_index
    height = max(0, grid.frame.height - first)
    fields = dict(header.mapped.columns)
    fields |= {f"{BUCKET}{place}": bucket.index for place, bucket in enumerate(header.mapped.buckets)}
    texts, odd = cleaned(
        pl.DataFrame({field: grid.frame.to_series(index).slice(first) for field, index in fields.items()})
    )
    for (row, column), text in grid.broken.items():
        for field in (name for name, index in fields.items() if index == column):
            if first <= row < first + height:
                texts[row - first, field] = text
    named = max(index for index, cell in enumerate(header.mapped.cells) if cell is not None)
    shifted = pl.repeat(False, height, eager=True)
    if grid.ragged:
        for cells in grid.frame.get_columns()[named + 1 :]:
            shifted = shifted | (cells.slice(first).str.strip_chars().str.len_bytes() > 0).fill_null(False)
    numbers = pl.int_range(first + 1, first + 1 + height, eager=True)
    return texts.insert_column(0, numbers.alias(ROW)).with_columns(shifted=shifted), odd


def _repeated_header(table: pl.DataFrame, header: Header) -> pl.Series:
    """Return which rows print the header again, as at the top of each page."""
    named = [name for name in table.columns if name in header.mapped.columns]
    anchors = (
        ("document", "open_amount") if {"document", "open_amount"} <= set(named) else (named[0], named[-1])
    )
    return table.select(
        pl.all_horizontal((pl.col(name) == header.mapped.text(name)).fill_null(False) for name in anchors)
    ).to_series()


def _total_labels(table: pl.DataFrame, grid: Grid, header: Header) -> pl.Series:
    """Return the label of each total row, null for other rows.

    A row with a document and a due date is never one.
    """
    telling = _telling_fields(table.columns, header)
    bare = [
        pl.col(name).is_null()
        | (pl.col(name).str.contains(TOTAL_LABEL) if name == "document" else pl.lit(False))
        for name in telling
    ]
    candidates = table.select(pl.all_horizontal(pl.lit(True), *bare).arg_true()).to_series()
    if not telling:
        candidates = pl.arange(0, table.height, eager=True)
    labels = pl.repeat(None, table.height, dtype=pl.String, eager=True)
    if candidates.is_empty():
        return labels
    numbers = table[ROW].gather(candidates)
    cells = grid.frame[(numbers - 1).cast(pl.UInt32)]
    texts = [pl.col(name).str.strip_chars() for name in cells.columns]
    found = cells.select(
        pl.coalesce(*(pl.when(text.str.contains(TOTAL_LABEL)).then(text) for text in texts)).alias("label")
    )["label"]
    return labels.scatter(candidates, found)


def _filled_down(table: pl.DataFrame, grid: Grid, header: Header) -> tuple[pl.DataFrame, pl.Series]:
    """Return the table with the customer of each group in all its rows, and which rows were filled."""
    fields = [name for name in CUSTOMER_FIELDS if name in table.columns]
    blank = table.select(pl.all_horizontal(pl.col(fields).is_null())).to_series() & (table["kind"] == "item")
    if not blank.any():
        return table, blank
    if not _is_grouped(table, fields, blank):
        blank = blank & _merged(table, grid, header.mapped.columns, fields)
    # A subtotal's label is no customer and ends a group; a customer's name alone in a row above his items
    # begins one.
    total = pl.col("kind").is_in(["total", "unlabelled"])
    source = table.select(
        pl.when(pl.any_horizontal(pl.col(fields).is_not_null()) & ~total)
        .then(pl.int_range(pl.len()))
        .forward_fill()
        .over(total.cum_sum())
        .alias("source")
    )["source"]
    filled = blank & source.is_not_null()
    origin = source.fill_null(0)
    return (
        table.with_columns(
            pl.when(filled).then(table[name].gather(origin)).otherwise(pl.col(name)).alias(name)
            for name in fields
        ),
        filled,
    )


def _is_grouped(table: pl.DataFrame, fields: list[str], blank: pl.Series) -> bool:
    """Return whether the file names a customer only in the first row of his items.

    Then a customer is never repeated in two rows running, and at least half of the rows leave him out. A
    single forgotten customer is an error of that row, not a group.
    """
    name = pl.coalesce(fields)
    named = table.filter(table["kind"].is_in(["item", "note"]) & ~blank).select(name.alias("name"))["name"]
    named = named.drop_nulls()
    repeats = int((named == named.shift(1)).sum())
    return int(blank.sum()) >= max(2, len(named)) and repeats == 0


def _merged(table: pl.DataFrame, grid: Grid, columns: Mapping[str, int], fields: list[str]) -> pl.Series:
    """Return which rows lie in a merged cell of a customer column, below its first row."""
    inside: set[int] = set()
    wanted = {columns[name] for name in fields}
    for merge in grid.merges or ():
        if any(merge.first_column <= column <= merge.last_column for column in wanted):
            inside.update(range(merge.first_row + 2, min(merge.last_row, grid.frame.height) + 2))
    return table[ROW].is_in(sorted(inside))

"""Reports that name a customer once, in a row above his documents: Xero, Odoo and many Chinese ledgers print so.

Such a file has no column for the customer: the group rows become one, and the text of the first column the document
where nothing else names it.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from receivables.reading.grid import Grid
from receivables.reading.header_rows import Header, find_header
from receivables.reading.layouts import Layout, map_header
from receivables.reading.report import ReadingLimits
from receivables.reading.texts import cleaned_cell
from receivables.reading.totals import TOTAL_LABEL

CUSTOMER_TEXT, DOCUMENT_TEXT = "Customer name (group rows)", "Document number (first column)"


def with_groups(
    grid: Grid, rows: list[tuple[str | None, ...]], layout: Layout, limits: ReadingLimits
) -> tuple[Grid, Header] | None:
    """Return the sheet with a column for the customers of its group rows, and its header; None where it has none.

    A group row has a text in the first column and no date; the rows with a date after it are its documents.
    """
    found = _header_of_groups(rows, layout)
    if found is None:
        return None
    index, days, has_document, misnamed = found
    frame = grid.frame
    place = pl.int_range(pl.len())
    first = pl.col(frame.columns[0]).str.strip_chars()
    dated = pl.any_horizontal(
        pl.col(frame.columns[day]).str.strip_chars().str.contains("[0-9]") & pl.lit(day > 0) for day in days
    ).fill_null(False)
    is_group = (
        (place > index)
        & ~dated
        & (first.str.len_bytes() > 0).fill_null(False)
        & ~first.str.contains(TOTAL_LABEL)
    )
    marked = frame.with_columns(is_group.alias("is_group"), dated.alias("is_item"))
    if (
        not marked["is_group"].any()
        or not (marked["is_item"] & (pl.arange(0, marked.height, eager=True) > index)).any()
    ):
        return None
    texts = marked.with_columns(
        pl.when("is_group").then(first).forward_fill().alias("customer"),
    ).with_columns(
        pl.when("is_item").then(pl.col("customer")).alias("customer"),
        pl.when("is_item").then(first).alias("document"),
    )
    if texts.filter(pl.col("is_item") & (place > index))["customer"].null_count():
        return None
    # Group rows are no items, whatever sums they print.
    names = frame.columns
    wide = texts.select(
        *(pl.when("is_group").then(None).otherwise(pl.col(name)).alias(name) for name in names),
        "customer",
        *([] if has_document else ["document"]),
    )
    wide[index, "customer"] = CUSTOMER_TEXT
    for column in misnamed:
        wide[index, column] = None
    if not has_document:
        wide[index, "document"] = DOCUMENT_TEXT
    header = find_header(wide.head(limits.header_rows).rows(), layout)
    if header is None or header.mapped.missing:
        return None
    return replace(grid, frame=wide, merges=(), ragged=False), header


def _header_of_groups(
    rows: list[tuple[str | None, ...]], layout: Layout
) -> tuple[int, list[int], bool, list[int]] | None:
    """Return the row of a header that lacks the customer, its date columns, whether it has a document, and the columns
    that only look like the customer's: beside a first column without a name, "Account" is the ledger's.
    """
    best: tuple[int, int, list[int], bool, list[int]] | None = None
    for index, row in enumerate(rows):
        mapped = map_header([[cleaned_cell(cell)] for cell in row], layout)
        days = [mapped.columns[name] for name in layout.days if name in mapped.columns]
        missing = set(mapped.missing)
        first_is_unnamed = "document" in missing and not cleaned_cell(row[0])
        if (
            not days
            or not missing <= {"customer_ref", "document"}
            or not ("customer_ref" in missing or first_is_unnamed)
        ):
            continue
        misnamed = [
            mapped.columns[name] for name in ("customer_ref", "customer_name") if name in mapped.columns
        ]
        if best is None or mapped.score > best[0]:
            best = (mapped.score, index, days, "document" in mapped.columns, misnamed)
    return None if best is None else best[1:]

"""The first rows of a file as they stand in it, for somebody who chooses its columns; what is recognised is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receivables.reading.choices import shape_of
from receivables.reading.delimited import load_text
from receivables.reading.grid import Grid
from receivables.reading.header_rows import Row, chosen_header, find_header, header_texts
from receivables.reading.layouts import BUCKET_FIELD, LAYOUTS, Layout, unnumbered
from receivables.reading.report import FileRefused, Job, SheetPreview
from receivables.reading.texts import cleaned_cell

if TYPE_CHECKING:
    from receivables.reading.containers import Container

SHOWN_ROWS, SHOWN_COLUMNS, SHOWN_CHARACTERS = 20, 60, 60


def preview_text(job: Job, path: Path) -> dict[str, Any]:
    """Return the preview of a text file; one that can be read in several encodings is shown in the first."""
    layout = LAYOUTS[job.kind]
    try:
        grid = load_text(path, Path(job.folder), job.limits, _breadth, encoding=job.choices.encoding)
    except FileRefused as refusal:
        readable = refusal.params.get("encodings")
        if not readable:
            raise
        grid = load_text(path, Path(job.folder), job.limits, _breadth, encoding=readable[0])
    return {"encoding": grid.encoding, "sheets": [asdict(_sheet(grid, layout, job))]}


def preview_workbook(job: Job, path: Path, container: Container) -> dict[str, Any]:
    """Return the preview of a workbook: all its visible sheets. Raises FileRefused: empty_file."""
    from receivables.reading.workbook import load_sheets

    layout = LAYOUTS[job.kind]
    sheets = [
        asdict(_sheet(grid, layout, job))
        for grid in load_sheets(path, container, Path(job.folder), job.limits)
    ]
    if not sheets:
        raise FileRefused("empty_file")
    return {"encoding": None, "sheets": sheets}


def _breadth(rows: list[list[str]]) -> int:
    """The separator that splits the rows most evenly is the right one, whatever the columns are called."""
    widths = [len(row) for row in rows if row]
    return max((widths.count(width) * (width > 1) for width in set(widths)), default=0)


def _sheet(grid: Grid, layout: Layout, job: Job) -> SheetPreview:
    head = grid.frame.head(job.limits.header_rows)
    # A text file has one column too many, to show cells that have slipped.
    filled = max((index for index, column in enumerate(head) if column.str.len_bytes().sum()), default=0)
    rows: Sequence[Row] = head[:, : filled + 1].rows()
    choices = job.choices
    if choices.sheet not in (None, grid.sheet):
        choices = replace(choices, header_row=None, columns={})
    if choices.header_row or choices.columns:
        header = chosen_header(rows, layout, choices)
    else:
        header = find_header(rows, layout)
    columns: dict[str, str] = {}
    if header:
        columns = {str(index): unnumbered(field) for field, index in header.mapped.columns.items()}
        columns |= {str(bucket.index): BUCKET_FIELD for bucket in header.mapped.buckets}
    header_row = choices.header_row or (header.row if header else _first_full_row(rows))
    return SheetPreview(
        name=grid.sheet,
        rows=tuple(_shown(row) for row in rows[:SHOWN_ROWS]),
        header_row=header_row,
        columns=columns,
        shape=shape_of(header_texts(rows[header_row - 1])) if header_row <= len(rows) else "",
    )


def _shown(row: Row) -> tuple[str, ...]:
    return tuple(cleaned_cell(cell)[:SHOWN_CHARACTERS] for cell in row[:SHOWN_COLUMNS])


def _first_full_row(rows: Sequence[Row]) -> int:
    """Return the first row with the most cells: a header, where nothing is recognised."""
    widths = [sum(bool(cleaned_cell(cell)) for cell in row) for row in rows]
    return widths.index(max(widths)) + 1 if widths else 1

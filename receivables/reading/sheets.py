"""From cells to a result.

Finds the sheet and its header, reads the rows, writes what the parent takes back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receivables.reading.aged_table import AgedTableReader
from receivables.reading.child import LINES
from receivables.reading.choices import Choices, shape_of
from receivables.reading.delimited import load_text
from receivables.reading.grid import Grid
from receivables.reading.groups import with_groups
from receivables.reading.header_rows import Header, Row, chosen_header, find_header, header_texts
from receivables.reading.layouts import LAYOUTS, Layout, map_header
from receivables.reading.ledger import LedgerReader
from receivables.reading.open_items import OpenItemsReader
from receivables.reading.receipts import ReceiptsReader
from receivables.reading.report import FileRefused, Job, ReadWarning
from receivables.reading.sheet_reader import SheetReader
from receivables.reading.texts import cleaned_cell

if TYPE_CHECKING:
    from receivables.reading.containers import Container


LOADED_PCT, CHECKED_PCT = 40, 80
READERS: dict[str, type[SheetReader]] = {
    "open_items": OpenItemsReader,
    "payables": OpenItemsReader,
    "ledger": LedgerReader,
    "receipts": ReceiptsReader,
    "aged_table": AgedTableReader,
}


def read_text(job: Job, path: Path) -> dict[str, Any]:
    """Return the result for a text file."""
    layout = LAYOUTS[job.kind]

    def recognises(rows: list[list[str]]) -> int:
        head = rows[: job.limits.header_rows]
        return max(
            (map_header([[cleaned_cell(cell)] for cell in row], layout).score for row in head), default=0
        )

    grid = load_text(path, Path(job.folder), job.limits, recognises, encoding=job.choices.encoding)
    table = _table(grid, layout, job)
    if table is None:
        raise FileRefused("no_header", {"rows": job.limits.header_rows, "kind": job.kind})
    return _result(job, table, [])


def read_workbook(job: Job, path: Path, container: Container) -> dict[str, Any]:
    """Return the result for the one sheet of a workbook that has a header we know.

    Raises FileRefused: empty_file, no_header, several_sheets.
    """
    from receivables.reading.workbook import load_sheets

    layout = LAYOUTS[job.kind]
    chosen: Table | None = None
    partial: Table | None = None
    others: list[str] = []
    for grid in load_sheets(path, container, Path(job.folder), job.limits):
        if job.choices.sheet and grid.sheet != job.choices.sheet:
            others.append(grid.sheet or "")
            continue
        table = _table(grid, layout, job)
        if table is None or table.header.mapped.missing:
            partial = partial or table
            others.append(grid.sheet or "")
        elif chosen is not None:
            raise FileRefused("several_sheets", {"sheets": [chosen.grid.sheet, grid.sheet]})
        else:
            chosen = table
    if chosen is None:
        if partial is not None:
            chosen = partial
        elif others:
            raise FileRefused("no_header", {"rows": job.limits.header_rows, "kind": job.kind})
        else:
            raise FileRefused("empty_file")
    warnings = []
    if ignored := [name for name in others if name != chosen.grid.sheet]:
        warnings.append(ReadWarning("other_sheets", params={"sheets": ignored}))
    if container.external_links:
        warnings.append(ReadWarning("external_links"))
    return _result(job, chosen, warnings)


@dataclass(frozen=True)
class Table:
    """A sheet with its header, and the choices by which it is read: the job's, or those remembered for its shape."""

    grid: Grid
    header: Header
    choices: Choices
    is_remembered: bool = False


def _table(grid: Grid, layout: Layout, job: Job) -> Table | None:
    """Return the table of a sheet; None where nothing in it looks like a header."""
    rows = grid.frame.head(job.limits.header_rows).rows()
    choices, is_remembered = job.choices, False
    if not choices.columns and (remembered := _remembered(rows, job)):
        choices, is_remembered = remembered, True
    if choices.columns or choices.header_row:
        header = chosen_header(rows, layout, choices, merges=grid.merges or ())
        return None if header is None else Table(grid, header, choices, is_remembered)
    header = find_header(rows, layout, merges=grid.merges or ())
    if (header is None or {"customer_ref", "document"} & set(header.mapped.missing)) and (
        grouped := with_groups(grid, rows, layout, job.limits)
    ):
        return Table(*grouped, choices)
    return None if header is None else Table(grid, header, choices)


def _remembered(rows: Sequence[Row], job: Job) -> Choices | None:
    """Return how files with one of these rows as their header are read, with what was chosen for this one beside it."""
    if not job.remembered:
        return None
    for index, row in enumerate(rows):
        if known := job.remembered.get(shape_of(header_texts(row))):
            chosen = job.choices.as_data()
            return Choices(**{**known, **chosen, "header_row": index + 1})
    return None


def _result(job: Job, table: Table, warnings: list[ReadWarning]) -> dict[str, Any]:
    grid, header = table.grid, table.header
    if job.mode == "cells":
        # A text file has one column too many, to show cells that have slipped.
        filled = max(index for index, column in enumerate(grid.frame) if column.str.len_bytes().sum())
        grid.frame[:, : filled + 1].write_ipc(Path(job.folder) / LINES, compression="uncompressed")
        return {"header_row": header.row}
    header.mapped.require(row=header.row)
    head = header_texts(grid.frame.row(header.row - 1))
    job.tell(LOADED_PCT)
    reading = READERS[job.kind](grid, header, dataclasses.replace(job, choices=table.choices)).read()
    job.tell(CHECKED_PCT)
    reading.lines.write_ipc(Path(job.folder) / LINES, compression="uncompressed")
    used = {*header.mapped.columns.values(), *(bucket.index for bucket in header.mapped.buckets)}
    return {
        "kind": job.kind,
        "file_format": grid.file_format,
        "sheet": grid.sheet,
        "encoding": grid.encoding,
        "header_row": header.row,
        "header": head,
        "mapping": {field: header.mapped.text(field) for field in header.mapped.columns},
        "unmapped": [
            cell.text
            for index, cell in enumerate(header.mapped.cells)
            if cell is not None and cell.text and index not in used
        ],
        "buckets": [
            {"text": bucket.text, "lower": bucket.lower, "upper": bucket.upper, "is_exact": bucket.is_exact}
            for bucket in reading.buckets
        ],
        "day_order": reading.day_order,
        "decimal_mark": reading.decimal_mark,
        "remembered": shape_of(head) if table.is_remembered else "",
        "rows": reading.rows,
        "rejected": reading.rejected,
        "errors": [dataclasses.asdict(error) for error in reading.errors],
        "error_count": reading.error_count,
        "total_rows": [dataclasses.asdict(total) for total in reading.total_rows],
        "totals": {currency: str(amount) for currency, amount in reading.totals.items()},
        "warnings": [dataclasses.asdict(warning) for warning in [*warnings, *reading.warnings]],
    }

"""From cells to a result.

Finds the sheet and its header, reads the rows, writes what the parent takes back.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receivables.reading.child import LINES
from receivables.reading.delimited import load_text
from receivables.reading.grid import Grid
from receivables.reading.header_rows import Header, find_header
from receivables.reading.layouts import LAYOUTS, Layout, map_header
from receivables.reading.open_items import read_open_items
from receivables.reading.report import FileRefused, Job, ReadingLimits, ReadWarning
from receivables.reading.texts import cleaned_cell

if TYPE_CHECKING:
    from receivables.reading.containers import Container


def read_text(job: Job, path: Path) -> dict[str, Any]:
    """Return the result for a text file."""
    layout = LAYOUTS[job.kind]

    def recognises(rows: list[list[str]]) -> int:
        head = rows[: job.limits.header_rows]
        return max(
            (map_header([[cleaned_cell(cell)] for cell in row], layout).score for row in head), default=0
        )

    grid = load_text(path, Path(job.folder), job.limits, recognises)
    header = _header(grid, layout, job.limits)
    if header is None:
        raise FileRefused("no_header", {"rows": job.limits.header_rows, "kind": job.kind})
    return _result(job, grid, header, [])


def read_workbook(job: Job, path: Path, container: Container) -> dict[str, Any]:
    """Return the result for the one sheet of a workbook that has a header we know.

    Raises FileRefused: empty_file, no_header, several_sheets.
    """
    from receivables.reading.workbook import load_sheets

    layout = LAYOUTS[job.kind]
    chosen: tuple[Grid, Header] | None = None
    partial: tuple[Grid, Header] | None = None
    others: list[str] = []
    for grid in load_sheets(path, container, Path(job.folder), job.limits):
        header = _header(grid, layout, job.limits)
        if header is None or header.mapped.missing:
            partial = partial or ((grid, header) if header else None)
            others.append(grid.sheet or "")
        elif chosen is not None:
            raise FileRefused("several_sheets", {"sheets": [chosen[0].sheet, grid.sheet]})
        else:
            chosen = (grid, header)
    if chosen is None:
        if partial is not None:
            chosen = partial
        elif others:
            raise FileRefused("no_header", {"rows": job.limits.header_rows, "kind": job.kind})
        else:
            raise FileRefused("empty_file")
    warnings = []
    if ignored := [name for name in others if name != chosen[0].sheet]:
        warnings.append(ReadWarning("other_sheets", params={"sheets": ignored}))
    if container.external_links:
        warnings.append(ReadWarning("external_links"))
    return _result(job, *chosen, warnings)


def _header(grid: Grid, layout: Layout, limits: ReadingLimits) -> Header | None:
    return find_header(grid.frame.head(limits.header_rows).rows(), layout, merges=grid.merges or ())


def _result(job: Job, grid: Grid, header: Header, warnings: list[ReadWarning]) -> dict[str, Any]:
    header.mapped.require(row=header.row)
    reading = read_open_items(grid, header, job)
    reading.lines.write_ipc(Path(job.folder) / LINES, compression="uncompressed")
    used = set(header.mapped.columns.values())
    return {
        "kind": job.kind,
        "file_format": grid.file_format,
        "sheet": grid.sheet,
        "encoding": grid.encoding,
        "header_row": header.row,
        "mapping": {field: header.mapped.text(field) for field in header.mapped.columns},
        "unmapped": [
            cell.text
            for index, cell in enumerate(header.mapped.cells)
            if cell is not None and index not in used
        ],
        "rows": reading.rows,
        "rejected": reading.rejected,
        "errors": [dataclasses.asdict(error) for error in reading.errors],
        "error_count": reading.error_count,
        "total_rows": [dataclasses.asdict(total) for total in reading.total_rows],
        "totals": {currency: str(amount) for currency, amount in reading.totals.items()},
        "warnings": [dataclasses.asdict(warning) for warning in [*warnings, *reading.warnings]],
    }

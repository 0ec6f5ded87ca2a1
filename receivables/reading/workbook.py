"""xlsx, xls, xlsb and ods through calamine (fastexcel), every cell as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from receivables.reading.grid import Grid, Merge
from receivables.reading.report import FileRefused, ReadingLimits

if TYPE_CHECKING:
    import fastexcel
    import polars as pl

    from receivables.reading.containers import Container


def load_sheets(path: Path, container: Container, folder: Path, limits: ReadingLimits) -> Iterator[Grid]:
    """Yield the cells of each visible sheet that has any.

    Raises FileRefused: damaged_workbook, too_many_sheets, too_many_columns.
    """
    import fastexcel

    # The parser goes by the name of the file; uploads are stored without one.
    named = folder / f"book.{container.file_format}"
    named.symlink_to(path)
    try:
        book = fastexcel.read_excel(named)
    except fastexcel.FastExcelError as error:
        raise FileRefused("damaged_workbook", detail=str(error)) from error
    names = [name for name in book.sheet_names if name not in container.hidden]
    if len(names) > limits.sheets:
        raise FileRefused("too_many_sheets", {"sheets": len(names), "limit": limits.sheets})
    for name in names:
        grid = _load_sheet(book, name, container, limits)
        if grid is not None:
            yield grid


def _load_sheet(
    book: fastexcel.ExcelReader, name: str, container: Container, limits: ReadingLimits
) -> Grid | None:
    """Return the cells of a sheet, or None for a hidden or an empty one."""
    import fastexcel

    try:
        sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        if sheet.visible != "visible":
            return None
        frame: pl.DataFrame = sheet.to_polars()
    except fastexcel.FastExcelError as error:
        raise FileRefused("damaged_workbook", {"sheet": name}, detail=str(error)) from error
    if frame.is_empty():
        return None
    if frame.width > limits.columns:
        raise FileRefused("too_many_columns", {"columns": frame.width, "limit": limits.columns})
    # Columns left of the first used one are not delivered: everything else counts from column A.
    shift = sheet.selected_columns[0].absolute_index
    frame.columns = [f"c{index + shift}" for index in range(frame.width)]
    facts = container.sheets.get(name)
    if facts is None:
        return Grid(frame, container.file_format, name, epoch_1904=container.epoch_1904)
    return Grid(
        frame=frame,
        file_format=container.file_format,
        sheet=name,
        merges=[
            Merge(merge.first_row, merge.first_column - shift, merge.last_row, merge.last_column - shift)
            for merge in facts.merges
        ],
        broken={(row, column - shift): text for (row, column), text in facts.broken.items()},
        unvalued=frozenset((row, column - shift) for row, column in facts.unvalued),
        formulas=facts.formulas,
        hidden_rows=facts.hidden_rows,
        epoch_1904=container.epoch_1904,
    )

"""The cells of an upload's file as they stand in it: for downloads that somebody corrects, and their way back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from creditrisk.policy.selectors import policy_version_on
from receivables.models import Report
from receivables.reading.choices import Choices
from receivables.reading.reader import Cells, read_cells
from receivables.row_errors import error_text
from receivables.selectors.column_mappings import remembered_choices
from receivables.selectors.examined_file import reading_limits


def cells_of(report: Report, path: Path | None = None, *, choices: Choices | None = None) -> Cells:
    """Return the sheet that a report is read from, or that of a file at `path` for it, read by other `choices`. Raises
    FileRefused.
    """
    return read_cells(
        path or Path(report.file.path),
        kind=report.file_kind,
        limits=reading_limits(),
        default_currency=policy_version_on(report.as_of).policy.base_currency,
        as_of=report.as_of,
        choices=choices or Choices(**report.choices),
        remembered=remembered_choices(report.file_kind),
    )


def errors_by_row(report: Report) -> dict[int, str]:
    """Return row → what is wrong in it, in the reader's language; several errors one after the other."""
    texts: dict[int, list[str]] = defaultdict(list)
    for error in report.row_errors.all():
        texts[error.row].append(error_text(error))
    return {row: " ".join(found) for row, found in texts.items()}


def wrong_rows(cells: Cells, errors: dict[int, str]) -> Iterator[tuple[str, ...]]:
    """Yield the rows with an error as they stand in the file, their number before and what is wrong behind."""
    for row in sorted(errors):
        if row <= cells.rows.height:
            yield (str(row), *_texts(cells, row), errors[row])


def all_rows(cells: Cells, errors: dict[int, str]) -> Iterator[tuple[str, ...]]:
    """Yield every row below the header as it stands in the file, with what is wrong in it behind."""
    for row in range(cells.header_row + 1, cells.rows.height + 1):
        yield (*_texts(cells, row), errors.get(row, ""))


def header_of(cells: Cells) -> tuple[str, ...]:
    """Return the header row."""
    return _texts(cells, cells.header_row)


def _texts(cells: Cells, row: int) -> tuple[str, ...]:
    return tuple(cell or "" for cell in cells.rows.row(row - 1))

"""csv, tsv and their relatives.

Separator found, quotes checked, read by polars or, where odd, by the csv module.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receivables.reading import encodings
from receivables.reading.grid import Grid
from receivables.reading.report import MEBIBYTE, FileRefused, ReadingLimits

if TYPE_CHECKING:
    import polars as pl

SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_CHARACTERS = 256 * 1024
_SAMPLE_ROWS = 200
_BATCH_ROWS = 50_000
# Put behind the last line: a file whose last quote is never closed swallows it.
_END = "\x00end\x00"

# How many columns of a layout the rows of a sample name.
Recognises = Callable[[list[list[str]]], int]


def load_text(
    path: Path, folder: Path, limits: ReadingLimits, recognises: Recognises, *, encoding: str | None = None
) -> Grid:
    """Return the cells of a text file in `encoding`, or in the one in which it reads as text.

    Raises FileRefused: unknown_encoding, ambiguous_encoding, damaged_text, unclosed_quote, too_many_columns.
    """
    csv.field_size_limit(limits.file_bytes)
    found = (
        encodings.stated(path, encoding)
        if encoding
        else encodings.detect(path, lambda text: recognises(_separated(text, recognises)[1]))
    )
    text_path = path
    if found.name != "utf-8":
        text_path = folder / "text.csv"
        encodings.transcode(path, text_path, found)
    with text_path.open(encoding="utf-8-sig", newline="") as file:
        sample = file.read(_SAMPLE_CHARACTERS)
    separator, rows, stated = _separated(sample, recognises)
    # One column more than any row of the sample shows cells that have slipped to the right.
    width = max((len(row) for row in rows), default=1) + 1
    if width > limits.columns:
        raise FileRefused("too_many_columns", {"columns": width, "limit": limits.columns})
    frame = _read(text_path, separator, width)
    if stated:
        frame[0, 0] = None
    return Grid(
        frame=frame,
        file_format="tsv" if separator == "\t" else "csv",
        encoding=found.name + ("-sig" if found.name == "utf-8" and found.bom_bytes else ""),
        ragged=True,
    )


def _separated(sample: str, recognises: Recognises) -> tuple[str, list[list[str]], bool]:
    """Return the separator, the rows of the sample under it, and whether the file's first line states it."""
    first = sample[:20].splitlines()[0] if sample else ""
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4], _sample_rows(sample, first[4]), True
    best: tuple[tuple[int, int], str, list[list[str]]] | None = None
    for separator in SEPARATORS:
        rows = _sample_rows(sample, separator)
        score = (recognises(rows), max((len(row) for row in rows), default=0))
        if best is None or score > best[0]:
            best = (score, separator, rows)
    assert best is not None
    return best[1], best[2], False


def _sample_rows(sample: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            rows.append(row)
            if len(rows) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows


def _read(path: Path, separator: str, width: int) -> pl.DataFrame:
    import polars as pl

    try:
        frame = pl.read_csv(
            path,
            has_header=False,
            separator=separator,
            schema={f"c{index}": pl.String for index in range(width)},
            missing_columns="insert",
            truncate_ragged_lines=True,
            glob=False,
        )
    except pl.exceptions.PolarsError:
        return _read_slowly(path, separator, width)
    return frame if _is_regular(frame, path) else _read_slowly(path, separator, width)


def _is_regular(frame: pl.DataFrame, path: Path) -> bool:
    """Return whether every line became one row and no quote or line end is left in a cell.

    Otherwise the file has line ends or quotes inside its cells, or stray ones, of which polars loses some.
    """
    import polars as pl

    lines, is_plain = _lines(path)
    if lines != frame.height:
        return False
    return is_plain or not any(frame.select(pl.all().str.contains('["\\r\\n]').any()).row(0))


def _lines(path: Path) -> tuple[int, bool]:
    """Return the number of lines, and whether there is neither a quote nor a carriage return in them."""
    count, last, is_plain = 0, b"\n", True
    with path.open("rb") as file:
        while chunk := file.read(4 * MEBIBYTE):
            count += chunk.count(b"\n")
            last = chunk[-1:]
            is_plain = is_plain and b'"' not in chunk and b"\r" not in chunk
    return count + (last != b"\n"), is_plain


def _read_slowly(path: Path, separator: str, width: int) -> pl.DataFrame:
    """Return the cells as Python's csv module understands them, which forgives what polars does not."""
    import polars as pl

    schema: Any = {f"c{index}": pl.String for index in range(width)}
    frames = [pl.DataFrame(schema=schema)]
    batch: list[list[str]] = []
    count = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(itertools.chain(file, [_END]), delimiter=separator):
            if row and _END in row[-1]:
                if row != [_END]:
                    raise FileRefused("unclosed_quote", {"row": count + 1})
                break
            count += 1
            batch.append((_unwrapped(row) + [""] * width)[:width])
            if len(batch) >= _BATCH_ROWS:
                frames.append(pl.DataFrame(batch, schema=schema, orient="row"))
                batch = []
    frames.append(pl.DataFrame(batch, schema=schema, orient="row"))
    return pl.concat(frames)


def _unwrapped(row: list[str]) -> list[str]:
    """Return the cells without the ="..." around numbers with which exports keep their leading zeros."""
    return [
        cell[2:-1] if cell.startswith('="') and cell.endswith('"') and len(cell) > 2 else cell for cell in row
    ]

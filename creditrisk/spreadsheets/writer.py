"""A table of text as an Excel file in which no cell becomes a formula."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import IO

import xlsxwriter

from creditrisk.workbooks import FORMULA_STARTS, neutral


def restored(text: str) -> str:
    """Return what `neutral` was given: a file that was downloaded, corrected and uploaded again says the same."""
    bare = text.removeprefix("'")
    return bare if bare.lstrip(" ").startswith(FORMULA_STARTS) else text


def write_table(file: IO[bytes], *, name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a sheet called `name` with a fixed header row."""
    with tempfile.TemporaryDirectory(prefix="creditrisk-export-") as folder:
        # Row by row to a temporary file: a large export needs no more memory than a small one.
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder})
        sheet = book.add_worksheet(name)
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        sheet.set_column(0, len(head) - 1, 20)
        for position, row in enumerate(chain([head], rows)):
            for column, text in enumerate(row):
                sheet.write_string(position, column, neutral(text), *([bold] if position == 0 else []))
        sheet.freeze_panes(1, 0)
        book.close()

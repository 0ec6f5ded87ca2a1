"""One pass over a worksheet's XML for what parsers do not tell.

Size, merges, error cells, formulas without values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from receivables.reading.grid import Merge

MAX_CELLS_NOTED = 10_000
_MAX_TAIL_BYTES = 4 * 1024 * 1024
# No single cell is longer: 32,767 characters of text, in the worst encoding, and its formula.
_CARRY_BYTES = 512 * 1024
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\s+ref=[\"']([A-Z]+[0-9]+(?::[A-Z]+[0-9]+)?)[\"']")
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s+ref=[\"']([A-Z]+[0-9]+):([A-Z]+[0-9]+)[\"']")
_REFERENCE = re.compile(rb"\sr=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*\bhidden="(?:1|true)"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_END_OF_CELLS = re.compile(rb"</(?:\w+:)?sheetData>|<(?:\w+:)?sheetData\s*/>")
_UNVALUED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^>]*)?/>)(?:<(?:\w+:)?v>\s*</(?:\w+:)?v>|<(?:\w+:)?v\s*/>)?</(?:\w+:)?c>"
)


@dataclass(frozen=True)
class SheetFacts:
    """What one worksheet says of itself; cells are (row, column) from 0."""

    dimension: str
    cells: int
    merges: tuple[Merge, ...]
    broken: dict[tuple[int, int], str]
    unvalued: frozenset[tuple[int, int]]
    formulas: int
    hidden_rows: int = 0


def cell_position(reference: bytes) -> tuple[int, int]:
    """Return the row and column, from 0, of a reference such as b"B7"."""
    letters = reference.rstrip(b"0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return int(reference[len(letters) :]) - 1, column - 1


class SheetScanner:
    """Takes the XML in chunks; never holds more than two of them."""

    def __init__(self) -> None:
        self._carry = b""
        self._tail: bytes | None = None
        self._dimension = ""
        self._broken: dict[tuple[int, int], str] = {}
        self._unvalued: set[tuple[int, int]] = set()
        self._formulas = 0
        self._hidden_rows = 0
        self._started = False

    def feed(self, chunk: bytes) -> None:
        """Take the next piece of the XML."""
        if self._tail is not None:
            self._tail = (self._tail + chunk)[:_MAX_TAIL_BYTES]
            return
        text = self._carry + chunk
        if not self._started:
            self._started = True
            if match := _DIMENSION.search(text, 0, 64 * 1024):
                self._dimension = match[1].decode()
        # Only whole cells are looked at: what follows the last end of a cell waits for the next piece.
        end = text.rfind(b"</row>") + 6
        if b"sheetData" in text and (match := _END_OF_CELLS.search(text)):
            self._tail = text[match.end() :]
            end = match.start()
        elif end < 6:
            end = max(0, len(text) - _CARRY_BYTES)
        cells, self._carry = text[:end], text[end:]
        self._hidden_rows += len(_HIDDEN_ROW.findall(cells)) if b'hidden="' in cells else 0
        self._formulas += cells.count(b"<f>") + cells.count(b"<f ")
        if b't="e"' in cells:
            self._note_broken(cells)
        if self._formulas and (b"/><" in cells or b"</f></c>" in cells or b"<v></v>" in cells):
            self._note_unvalued(cells)

    def _note_broken(self, cells: bytes) -> None:
        position = cells.find(b't="e"')
        while position >= 0 and len(self._broken) < MAX_CELLS_NOTED:
            start = cells.rfind(b"<", 0, position)
            reference = _REFERENCE.search(cells, start, cells.find(b">", position) + 1)
            value = _VALUE.search(cells, position, position + 4096)
            if reference:
                cell = cell_position(reference[1] + reference[2])
                self._broken[cell] = value[1].decode("utf-8", "replace") if value else "#ERROR"
            position = cells.find(b't="e"', position + 1)

    def _note_unvalued(self, cells: bytes) -> None:
        for match in _UNVALUED.finditer(cells):
            if len(self._unvalued) >= MAX_CELLS_NOTED:
                return
            start = cells.rfind(b" r=", 0, match.start())
            if reference := _REFERENCE.match(cells, start):
                self._unvalued.add(cell_position(reference[1] + reference[2]))

    def facts(self) -> SheetFacts:
        """Return what was seen."""
        merges = [
            Merge(*cell_position(match[1]), *cell_position(match[2]))
            for match in _MERGE.finditer(self._tail or b"")
        ]
        return SheetFacts(
            dimension=self._dimension,
            cells=_area(self._dimension),
            merges=tuple(merges),
            broken=self._broken,
            unvalued=frozenset(self._unvalued),
            formulas=self._formulas,
            hidden_rows=self._hidden_rows,
        )


def _area(dimension: str) -> int:
    if ":" not in dimension:
        return 1
    first, last = (cell_position(part.encode()) for part in dimension.split(":"))
    return max(0, last[0] - first[0] + 1) * max(0, last[1] - first[1] + 1)

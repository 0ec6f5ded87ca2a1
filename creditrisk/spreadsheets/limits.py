"""How much a table may cost to read; nothing here imports Django, the child starts with it."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, time in seconds of one processor; `parts` are the files in a workbook."""

    file_bytes: int = 20 * MEBIBYTE
    unpacked_bytes: int = 300 * MEBIBYTE
    memory_bytes: int = 1000 * MEBIBYTE
    seconds: int = 60
    parts: int = 2_000
    rows: int = 50_000
    columns: int = 200
    cell_characters: int = 2_000


class Refused(Exception):  # noqa: N818 - a refusal is the result, not a defect
    """The file cannot be used; `code` says why."""

    def __init__(self, code: str, **params: int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

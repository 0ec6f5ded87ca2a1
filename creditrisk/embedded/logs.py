"""Log files of the embedded servers and of the product's processes."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 10 * 1024 * 1024


def open_log(path: Path) -> BinaryIO:
    """Open a log to append to; a large one is first put aside as `<name>.1`, replacing the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > MAX_BYTES:
        path.replace(path.with_name(path.name + ".1"))
    return path.open("ab")

"""Reads a file in a child process and brings the result back; the only door into this package."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receivables.reading.child import LINES, RESULT, job_to_json
from receivables.reading.choices import Choices
from receivables.reading.report import (
    PROGRESS,
    FileBucket,
    FileRefused,
    Job,
    Preview,
    ReadingLimits,
    ReadReport,
    ReadWarning,
    RowError,
    SheetPreview,
    TotalRow,
)

if TYPE_CHECKING:
    import polars as pl

_ROOT = Path(__file__).resolve().parents[2]
# Isolated (-I): no variable of ours, no folder of the caller's reaches the child.
# It lives for one file: collecting garbage and taking itself apart at the end would be a tenth of its time.
_START = (
    "import gc, os, sys; gc.disable(); sys.path.insert(0, sys.argv[1]);"
    "from receivables.reading.child import main; os._exit(main())"
)
_THREADS = "2"
# polars' allocator gives freed memory back at once: a third less at the peak of a million rows, for no time.
_ALLOCATOR = "retain:false,dirty_decay_ms:100,muzzy_decay_ms:0,background_thread:true"
_LOG_CHARACTERS = 2_000
_PAUSE = 0.5

OnProgress = Callable[[int], None]
"""Is told how far the reading is, 0–100, twice a second; raises to stop it."""


def read_report(
    path: Path,
    *,
    file_name: str,
    kind: str = "open_items",
    limits: ReadingLimits | None = None,
    default_currency: str,
    as_of: dt.date,
    choices: Choices | None = None,
    remembered: Mapping[str, Mapping[str, Any]] | None = None,
    on_progress: OnProgress | None = None,
) -> ReadReport:
    """Return what a finance file says, read in a child process under `limits`, and as `choices` say, or what is
    `remembered` for the shape of its header row.

    `file_name` is what the user called it (for messages only: the content decides the format),
    `default_currency` the ISO code for files and cells that name none, `as_of` the report's date, against
    which document dates are weighed. Raises FileRefused where nothing of the file can be used; row errors
    are in the report. `on_progress` is told how far it is, and may raise to stop it.
    """
    with _found_by_child(
        path,
        limits=limits,
        on_progress=on_progress,
        file_name=file_name,
        kind=kind,
        default_currency=default_currency,
        as_of=as_of,
        choices=choices or Choices(),
        remembered=remembered or {},
    ) as folder:
        return collect(folder)


def preview_file(
    path: Path,
    *,
    kind: str,
    limits: ReadingLimits | None = None,
    default_currency: str,
    as_of: dt.date,
    choices: Choices | None = None,
) -> Preview:
    """Return the first rows of a file, to choose its columns by. Raises FileRefused where it cannot be opened."""
    with _found_by_child(
        path,
        limits=limits,
        mode="preview",
        kind=kind,
        default_currency=default_currency,
        as_of=as_of,
        choices=choices or Choices(),
    ) as folder:
        result = _result(folder)
    sheets = tuple(
        SheetPreview(**{**sheet, "rows": tuple(tuple(row) for row in sheet["rows"])})
        for sheet in result["sheets"]
    )
    return Preview(sheets, result["encoding"])


@dataclass(frozen=True)
class Cells:
    """A sheet as it stands in the file: `rows` from row 1 on, one text (or None) a cell; `header_row` counts from 1."""

    header_row: int
    rows: pl.DataFrame


def read_cells(
    path: Path,
    *,
    kind: str,
    limits: ReadingLimits | None = None,
    default_currency: str,
    as_of: dt.date,
    choices: Choices | None = None,
    remembered: Mapping[str, Mapping[str, Any]] | None = None,
) -> Cells:
    """Return the cells of the sheet that `read_report` reads. Raises FileRefused where no header is found."""
    import polars as pl

    with _found_by_child(
        path,
        limits=limits,
        mode="cells",
        kind=kind,
        default_currency=default_currency,
        as_of=as_of,
        choices=choices or Choices(),
        remembered=remembered or {},
    ) as folder:
        return Cells(_result(folder)["header_row"], pl.read_ipc(folder / LINES))


@contextmanager
def _found_by_child(
    path: Path,
    *,
    limits: ReadingLimits | None,
    file_name: str = "",
    on_progress: OnProgress | None = None,
    **asked: Any,
) -> Iterator[Path]:
    """Let a child do the job that is `asked` of the file; yield the folder with what it found, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="creditrisk-reading-") as folder:
        job = Job(
            path=str(path.resolve()),
            file_name=file_name,
            limits=limits or ReadingLimits(),
            folder=folder,
            **asked,
        )
        _run_child(job, on_progress)
        yield Path(folder)


def _run_child(job: Job, on_progress: OnProgress | None = None) -> None:
    environment = {
        "LANG": "C.UTF-8",
        "POLARS_MAX_THREADS": _THREADS,
        "TOKIO_WORKER_THREADS": _THREADS,
        "MALLOC_ARENA_MAX": _THREADS,
        "_RJEM_MALLOC_CONF": _ALLOCATOR,
        "TMPDIR": job.folder,
        "PATH": os.defpath,
    }
    child = subprocess.Popen(  # noqa: S603 - our own interpreter, our own code, the file's path as data
        [sys.executable, "-I", "-X", "utf8", "-c", _START, str(_ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
        cwd=job.folder,
    )
    try:
        stderr = _awaited(child, job, on_progress)
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    if child.returncode:
        raise _crash(child.returncode, stderr, job.limits)


def _awaited(child: subprocess.Popen[str], job: Job, on_progress: OnProgress | None) -> str:
    """Wait for the child and return its messages; tell meanwhile how far it is. Raises FileRefused: too_much_time, and
    what `on_progress` raises.
    """
    ends_at = time.monotonic() + job.limits.seconds
    order: str | None = job_to_json(job)
    while True:
        left = ends_at - time.monotonic()
        if left <= 0:
            raise FileRefused("too_much_time", {"limit": job.limits.seconds})
        try:
            return child.communicate(input=order, timeout=min(left, _PAUSE) if on_progress else left)[1]
        except subprocess.TimeoutExpired:
            order = None
        if on_progress:
            on_progress(_told(Path(job.folder)))


def _told(folder: Path) -> int:
    try:
        return int((folder / PROGRESS).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _crash(status: int, stderr: str, limits: ReadingLimits) -> FileRefused:
    """Return the refusal for a child that ended without a result."""
    detail = f"exit {status}: {stderr[-_LOG_CHARACTERS:]}"
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return FileRefused("too_much_time", {"limit": limits.seconds}, detail=detail)
    if status == -signal.SIGABRT or "memory" in stderr.lower() or "capacity overflow" in stderr:
        return FileRefused("too_much_memory", {"limit": limits.memory_bytes >> 20}, detail=detail)
    return FileRefused("unreadable", detail=detail)


def _result(folder: Path) -> dict[str, Any]:
    """Return what the child left in `folder`. Raises FileRefused."""
    result: dict[str, Any] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    if "refused" in result:
        raise FileRefused(result["refused"], result["params"], detail=result["detail"])
    return result


def collect(folder: Path) -> ReadReport:
    """Return the report that the child left in `folder`. Raises FileRefused."""
    import polars as pl

    result = _result(folder)
    result["lines"] = pl.read_ipc(folder / LINES)
    result["unmapped"] = tuple(result["unmapped"])
    result["errors"] = tuple(RowError(**error) for error in result["errors"])
    result["total_rows"] = tuple(
        TotalRow(
            **{
                **total,
                "amount": _decimal(total["amount"]),
                "computed_amount": _decimal(total["computed_amount"]),
            }
        )
        for total in result["total_rows"]
    )
    result["totals"] = {currency: Decimal(amount) for currency, amount in result["totals"].items()}
    result["warnings"] = tuple(
        ReadWarning(**{**warning, "rows": tuple(warning["rows"])}) for warning in result["warnings"]
    )
    result["buckets"] = tuple(FileBucket(**bucket) for bucket in result["buckets"])
    result["header"] = tuple(result["header"])
    return ReadReport(**result)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)

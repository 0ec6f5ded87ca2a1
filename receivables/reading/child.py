"""The child process: reads one file under limits of memory and time, leaves the result in a folder.

It starts without Django and without the parent's environment; a hostile file can end it, never its parent.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import resource
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

from receivables.reading.choices import Choices
from receivables.reading.report import FileRefused, Job, ReadingLimits

_RESERVED_BYTES = 3 << 30
RESULT, LINES = "result.json", "lines.arrow"


def main() -> int:
    """Read the job from standard input and do it; the exit status is 0 even for a refused file."""
    job = job_from_json(sys.stdin.read())
    limit_resources(job.limits)
    try:
        result = read(job)
    except FileRefused as refusal:
        result = {"refused": refusal.code, "params": refusal.params, "detail": refusal.detail}
    except MemoryError:
        result = {
            "refused": "too_much_memory",
            "params": {"limit": job.limits.memory_bytes >> 20},
            "detail": "",
        }
    (Path(job.folder) / RESULT).write_text(json.dumps(result, default=_plain), encoding="utf-8")
    return 0


def job_from_json(text: str) -> Job:
    """Return the job that `job_to_json` wrote."""
    fields = json.loads(text)
    fields["limits"] = ReadingLimits(**fields["limits"])
    fields["as_of"] = dt.date.fromisoformat(fields["as_of"])
    fields["choices"] = Choices(**fields["choices"])
    return Job(**fields)


def job_to_json(job: Job) -> str:
    """Return the job as text for the child."""
    return json.dumps(dataclasses.asdict(job), default=_plain)


def limit_resources(limits: ReadingLimits) -> None:
    """Bound this process's memory and processor time, and forbid core dumps. For the child only."""
    # Data counts what is really allocated; the address space also holds the libraries, the mapped file and
    # the stacks that thread pools reserve and never use.
    _limit(resource.RLIMIT_DATA, limits.memory_bytes)
    _limit(resource.RLIMIT_AS, limits.memory_bytes + limits.file_bytes + _RESERVED_BYTES)
    _limit(resource.RLIMIT_CPU, limits.seconds)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def read(job: Job) -> dict[str, Any]:
    """Read the file, write its clean lines as Arrow, return everything else. Raises FileRefused."""
    from receivables.reading.sniff import OLE, TEXT, family

    path = Path(job.path)
    if path.stat().st_size > job.limits.file_bytes:
        raise FileRefused("file_too_large", {"limit": job.limits.file_bytes >> 20})
    kind = family(path)
    if kind == TEXT:
        if job.mode == "preview":
            from receivables.reading.preview import preview_text

            return preview_text(job, path)
        from receivables.reading.sheets import read_text

        return read_text(job, path)
    # The libraries load while the container is checked: unpacking and loading share the two cores.
    loading = Thread(target=_load_libraries)
    loading.start()
    try:
        if kind == OLE:
            from receivables.reading.containers import Container
            from receivables.reading.ole import check_workbook

            container = Container("xls", {}, epoch_1904=check_workbook(path))
        else:
            from receivables.reading.containers import check_container

            container = check_container(path, job.limits)
    finally:
        loading.join()
    if job.mode == "preview":
        from receivables.reading.preview import preview_workbook

        return preview_workbook(job, path, container)
    from receivables.reading.sheets import read_workbook

    return read_workbook(job, path, container)


def _load_libraries() -> None:
    import fastexcel  # noqa: F401
    import polars  # noqa: F401


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value))

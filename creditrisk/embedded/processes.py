"""Child processes that never outlive their parent, and leftovers found by the folder they work in."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
# Loaded here, because nothing may be imported between fork and exec.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent_pid: int, death_signal: signal.Signals) -> None:
    """Have the kernel send `death_signal` to this process when its parent dies. Linux only; else nothing."""
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent_pid:  # it died before we asked
        os._exit(1)


def tie_to_this_process(death_signal: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` which ties a child to the process that calls this now."""
    parent_pid = os.getpid()
    return lambda: die_with_parent(parent_pid, death_signal)


def stop_process(process: subprocess.Popen[bytes], steps: Iterable[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn, waiting its seconds for the process to end; SIGKILL when none helped."""
    for stop_signal, seconds in steps:
        if process.poll() is not None:
            return
        process.send_signal(stop_signal)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        process.kill()
        process.wait()


def processes_working_in(folder: Path, *, program: str) -> list[int]:
    """Return the ids of the processes that run `program` in `folder`. Linux only; elsewhere empty."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").samefile(folder) and (entry / "exe").readlink().name.split()[0] == program:
                found.append(int(entry.name))
        except OSError:  # gone meanwhile, or another user's
            continue
    return found


def end_leftovers(folder: Path, *, program: str, patience_seconds: float) -> None:
    """Wait for the server which a killed keeper left in `folder`, then kill it.

    Raises TimeoutError when even that does not end it, PermissionError when it belongs to somebody else.
    """
    killing_starts = time.monotonic() + patience_seconds
    while leftovers := processes_working_in(folder, program=program):
        if time.monotonic() >= killing_starts + 10:
            raise TimeoutError(f"process {leftovers[0]} ({program}) in {folder} does not end")
        if time.monotonic() >= killing_starts:
            for pid in leftovers:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)

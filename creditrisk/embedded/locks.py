"""Locks on files which the kernel releases when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.02


def try_lock(descriptor: int, *, exclusive: bool) -> bool:
    """Take the lock if nobody stands in the way; return whether it was taken."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def open_lock_file(path: Path) -> int:
    """Return a descriptor which the programs started later do not inherit."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def lock_held(path: Path, *, exclusive: bool = True, timeout_seconds: float = 0) -> Iterator[int]:
    """Hold the lock for the block; yields its descriptor. Raises TimeoutError."""
    descriptor = open_lock_file(path)
    try:
        deadline = time.monotonic() + timeout_seconds
        while not try_lock(descriptor, exclusive=exclusive):
            if time.monotonic() >= deadline:
                raise TimeoutError(f"{path} is held by another process")
            time.sleep(POLL_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Return whether somebody holds the lock exclusively at this moment."""
    try:
        with lock_held(path, exclusive=False):
            return False
    except TimeoutError:
        return True

"""The one error of this package, and the words for what went wrong in a server."""

from __future__ import annotations

import errno
from pathlib import Path

LOG_TAIL_LINES = 12
DISK_FULL_SIGNS = ("No space left on device", "ENOSPC", "Disk quota exceeded")
PERMISSION_SIGNS = ("Permission denied", "has wrong ownership", "has invalid permissions")


class EmbeddedServerError(Exception):
    """An embedded server cannot run. The message names cause and remedy, for the person at the keyboard."""


class LauncherError(Exception):
    """The product cannot start; the message says why and what to do."""


def tail(log_file: Path, *, since: int = 0, lines: int = LOG_TAIL_LINES) -> str:
    """Return the last lines of a log written after byte `since`; empty when there is none."""
    try:
        with log_file.open("rb") as log:
            log.seek(since)
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def explain_failure(server: str, data_dir: Path, log_text: str) -> str:
    """Return why `server` did not come up, judged from the end of its log."""
    if any(sign in log_text for sign in DISK_FULL_SIGNS):
        return (
            f"{server} cannot start: the disk of {data_dir} is full. "
            "Free some space, or set CREDITRISK_DATA_DIR to a folder on another disk."
        )
    if any(sign in log_text for sign in PERMISSION_SIGNS):
        return (
            f"{server} cannot start: it may not read or write {data_dir} (permission denied). "
            f"Give the folder back to the user who runs the product. Its last words:\n{log_text}"
        )
    return f"{server} did not come up in {data_dir}. Its last words:\n{log_text or '(nothing)'}"


def describe_os_error(error: OSError, data_dir: Path) -> str:
    """Return what an error of the operating system means for a data folder, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk of {data_dir} is full. "
            "Free some space, or set CREDITRISK_DATA_DIR to a folder on another disk."
        )
    if isinstance(error, PermissionError):
        return (
            f"Permission denied: {error.filename or data_dir}. Run as the owner of {data_dir}, "
            "or choose another CREDITRISK_DATA_DIR."
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        in_the_way = error.filename or data_dir
        return f"{in_the_way} is not a folder. Move it away, or choose another CREDITRISK_DATA_DIR."
    return f"{data_dir} cannot be used: {error}"

"""Gunicorn's hooks for `make run`: a worker whose master is killed must not keep the port."""

from __future__ import annotations

import signal
from typing import Any

from creditrisk.embedded.processes import die_with_parent


def post_fork(server: Any, worker: Any) -> None:
    """Tie a new worker to its master."""
    die_with_parent(worker.ppid, signal.SIGKILL)

"""The Celery worker of `make run`, whose children die with it.

Run as `python -m creditrisk.embedded.worker ARGUMENTS`.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from celery.signals import worker_process_init

from creditrisk.celery import app
from creditrisk.embedded.processes import die_with_parent


def tie_to_worker(**_: Any) -> None:
    """Tie a pool process to the worker, so that a task is never run on by an orphan."""
    die_with_parent(os.getppid(), signal.SIGKILL)


if __name__ == "__main__":
    worker_process_init.connect(tie_to_worker)
    app.worker_main(["worker", *sys.argv[1:]])

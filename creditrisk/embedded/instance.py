"""One `make run` per data folder; a second one is told who was first."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from creditrisk.embedded.addresses import DataFolder
from creditrisk.embedded.errors import LauncherError, describe_os_error
from creditrisk.embedded.locks import lock_held

STOPPING_SECONDS = 10.0


@contextmanager
def only_instance(folder: DataFolder, url: str) -> Iterator[Callable[[], None]]:
    """Hold the data folder for this product; yields what to call when it begins to stop.

    Waits for one that is stopping. Raises LauncherError naming the product that holds the folder.
    """
    with ExitStack() as held:
        deadline = time.monotonic() + STOPPING_SECONDS
        while True:
            try:
                folder.create()
                lock = held.enter_context(lock_held(folder.product_lock, timeout_seconds=0.5))
                break
            except TimeoutError:
                if time.monotonic() > deadline or not _first_instance(folder).get("stopping"):
                    raise LauncherError(_second_instance(folder)) from None
            except OSError as error:
                raise LauncherError(describe_os_error(error, folder.path)) from error

        def tell(*, stopping: bool) -> None:
            text = json.dumps({"pid": os.getpid(), "url": url, "stopping": stopping})
            os.ftruncate(lock, 0)
            os.pwrite(lock, text.encode(), 0)

        tell(stopping=False)
        yield lambda: tell(stopping=True)


def _first_instance(folder: DataFolder) -> dict[str, Any]:
    try:
        told = json.loads(folder.product_lock.read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _second_instance(folder: DataFolder) -> str:
    first = _first_instance(folder)
    who = f"(process {first['pid']}), at {first['url']}" if first else "(it is just starting)"
    return (
        f"Creditrisk already runs on {folder.path} {who}. Stop that one first, or start a second with "
        "another data folder and port: make run CREDITRISK_DATA_DIR=... PORT=..."
    )

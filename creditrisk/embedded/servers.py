"""The users' side: start or join the servers of a data folder."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from creditrisk.embedded.addresses import Addresses, DataFolder, read_state
from creditrisk.embedded.environment import PROJECT_DIR
from creditrisk.embedded.errors import EmbeddedServerError, describe_os_error, tail
from creditrisk.embedded.locks import is_locked, lock_held
from creditrisk.embedded.logs import open_log
from creditrisk.embedded.postgres import ROLE
from creditrisk.embedded.valkey import answers_ping

STOPPING_SECONDS = 30
STARTING_SECONDS = 180
MAX_STARTS = 3


@contextmanager
def running_servers(data_dir: Path, *, for_tests: bool = False) -> Iterator[Addresses]:
    """Start PostgreSQL and Valkey on a data folder, or join those that run; they stop after their last user.

    `for_tests` gives up durability for speed; who starts the servers decides.
    Raises EmbeddedServerError with a text for the person at the keyboard.
    """
    folder = DataFolder(data_dir.resolve())
    with ExitStack() as held:
        try:
            folder.create()
            held.enter_context(
                lock_held(folder.users_lock, exclusive=False, timeout_seconds=STOPPING_SECONDS)
            )
            addresses = ensure_servers(folder, for_tests=for_tests)
        except TimeoutError as error:
            raise EmbeddedServerError(
                f"The embedded servers of {folder.path} are busy starting or stopping ({error}). Try again."
            ) from error
        except OSError as error:
            raise EmbeddedServerError(describe_os_error(error, folder.path)) from error
        yield addresses


def ensure_servers(folder: DataFolder, *, for_tests: bool = False) -> Addresses:
    """Return the addresses of the running servers, starting a keeper where none lives.

    The caller holds the users' lock. Raises EmbeddedServerError.
    """
    starts = 0
    deadline = time.monotonic() + STARTING_SECONDS
    with lock_held(folder.start_lock, timeout_seconds=STARTING_SECONDS):
        while time.monotonic() < deadline:
            state = read_state(folder)
            if is_locked(folder.keeper_lock):
                # Asked, not believed: the keeper may be dying this moment, or bringing a crashed server back.
                if state and state.state == "ready" and both_answer(state.addresses):
                    return state.addresses
            elif starts and state and state.state == "failed":
                raise EmbeddedServerError(state.error)
            elif starts == MAX_STARTS:
                break
            else:
                _start_keeper(folder, for_tests=for_tests)
                starts += 1
            time.sleep(0.02)
    raise EmbeddedServerError(
        f"The embedded servers of {folder.path} did not come up. See {folder.log}. The keeper's last words:\n"
        + tail(folder.log / "keeper.log")
    )


def both_answer(addresses: Addresses) -> bool:
    """Return whether the product could work with both servers now."""
    import psycopg

    socket_dir, database = addresses.database_url.partition("@/")[2].rsplit("/", 1)
    try:
        psycopg.connect(host=socket_dir, user=ROLE, dbname=database, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return answers_ping(Path(addresses.redis_url.removeprefix("unix://")))


def wait_until_stopped(data_dir: Path, *, timeout_seconds: float) -> bool:
    """Return whether the servers of a data folder have ended in time. For who has just let go of them."""
    folder = DataFolder(data_dir.resolve())
    deadline = time.monotonic() + timeout_seconds
    while folder.keeper_lock.exists() and is_locked(folder.keeper_lock):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def _start_keeper(folder: DataFolder, *, for_tests: bool) -> None:
    """Start a keeper; it returns here once it has gone into the background with its lock taken."""
    python_path = os.pathsep.join(filter(None, [str(PROJECT_DIR), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "creditrisk.embedded.keeper", str(folder.path)]
    if for_tests:
        command.append("--for-tests")
    with open_log(folder.log / "keeper.log") as log:
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | {"PYTHONPATH": python_path},
            cwd="/",
            start_new_session=True,
            check=False,
        )

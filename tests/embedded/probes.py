"""Looking at, and killing, the servers of a data folder."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import environ
import psycopg

from creditrisk.embedded.addresses import Addresses, DataFolder, read_state
from creditrisk.embedded.processes import processes_working_in

# What a person's shell would pass on; the addresses of the test run's own servers would not be among it.
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")
SHELL_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith("COVERAGE")
}


def query(addresses: Addresses, statement: str) -> Any:
    """Run a statement as the product would; return its first value, if it has one."""
    config = environ.Env.db_url_config(addresses.database_url)
    with psycopg.connect(
        host=config["HOST"], user=config["USER"], dbname=config["NAME"], autocommit=True
    ) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def keeper_pid(data_dir: Path) -> int:
    state = read_state(DataFolder(data_dir.resolve()))
    assert state
    return state.pid


def server_pids(data_dir: Path, program: str) -> list[int]:
    where = data_dir / "postgres" / "data" if program == "postgres" else data_dir / "valkey"
    return processes_working_in(where, program=program)


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def kill_and_wait(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{pid}/cwd").exists())


def eventually(holds: Callable[[], Any], *, seconds: float = 15) -> Any:
    """Wait until a condition holds and return its value; fail when it never does."""
    deadline = time.monotonic() + seconds
    while True:
        value = holds()
        if value:
            return value
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)

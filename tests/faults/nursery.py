"""Commands of the product in processes that can be killed at any moment.

One process loads the product and then forks a child for each command: a child starts in milliseconds, so that a kill
hits the command and not the loading. It talks to nobody and renders nothing itself.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Child:
    """A command. Its process stays until `wait`, so that its number cannot be another process's."""

    pid: int
    _nursery: subprocess.Popen[str]

    def kill(self) -> None:
        """End it as the machine's power switch would."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Return its exit status; −9 where it was killed."""
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write("wait\n")
        self._nursery.stdin.flush()
        return int(self._nursery.stdout.readline())


@dataclass
class Nursery:
    """Starts commands, one after another."""

    _process: subprocess.Popen[str]

    def start(self, *arguments: str) -> Child:
        """Start `manage.py` with `arguments`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        return Child(int(self._process.stdout.readline()), self._process)


@contextmanager
def nursery(**environment: str) -> Iterator[Nursery]:
    """Yield a nursery on the test's database; `environment` is added to that of its children."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "tests.faults.child_settings",
        "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.nursery"],
        cwd=ROOT,
        env=os.environ | settings | environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        yield Nursery(process)


def _serve() -> None:
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    # What every command needs is loaded once, before the first fork.
    import creditrisk.urls  # noqa: F401
    import receivables.management.commands.run_dunning  # noqa: F401

    told = os.fdopen(os.dup(1), "w")
    print("ready", file=told, flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            status = 1
            try:
                execute_from_command_line(["manage.py", *json.loads(line)])
                status = 0
            except SystemExit as ended:
                status = int(ended.code or 0)
            finally:
                os._exit(status)
        print(pid, file=told, flush=True)
        sys.stdin.readline()
        _pid, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=told, flush=True)


if __name__ == "__main__":
    _serve()

"""The processes of the product under `make run`: started, brought back when they crash, stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from creditrisk.embedded.console import note
from creditrisk.embedded.environment import PROJECT_DIR
from creditrisk.embedded.logs import open_log
from creditrisk.embedded.processes import tie_to_this_process

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
STABLE_SECONDS = 30.0


@dataclass
class Child:
    """One process of the product and its log."""

    name: str
    command: list[str]
    log_file: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_seconds: float = field(default=FIRST_PAUSE_SECONDS)

    def start(self, environment: Mapping[str, str]) -> None:
        """Start it in a session of its own: Ctrl-C reaches only the launcher, which stops all in order."""
        with open_log(self.log_file) as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environment),
                cwd=PROJECT_DIR,
                start_new_session=True,
                preexec_fn=tie_to_this_process(signal.SIGKILL),
            )
        self.started_at = time.monotonic()

    def revive(self, environment: Mapping[str, str]) -> None:
        """Start it again if it has ended, at longer and longer intervals while it does not stay up."""
        if self.process is None or self.process.poll() is None:
            return
        lived_seconds = time.monotonic() - self.started_at
        if lived_seconds > STABLE_SECONDS:
            self.pause_seconds = FIRST_PAUSE_SECONDS
        if lived_seconds < self.pause_seconds:
            return
        how = ending(self.process.returncode)
        note(f"{self.name} has ended ({how}); starting it again. See {self.log_file}")
        self.kill_group()  # children of a killed parent
        self.pause_seconds = min(self.pause_seconds * 2, LONGEST_PAUSE_SECONDS)
        self.start(environment)

    def kill_group(self) -> None:
        """Kill whatever is left of it."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def stop_children(children: Iterable[Child], *, patience_seconds: float) -> None:
    """Ask all to end, wait together, kill those that are still there."""
    running = [child.process for child in children if child.process and child.process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + patience_seconds
    while any(process.poll() is None for process in running) and time.monotonic() < deadline:
        time.sleep(0.02)
    for child in children:
        child.kill_group()
    for process in running:
        process.wait()


def ending(return_code: int) -> str:
    """Return how a process ended, in words."""
    return f"killed by signal {-return_code}" if return_code < 0 else f"exit code {return_code}"

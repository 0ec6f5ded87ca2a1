"""The launcher of `make run`, started, killed and stopped from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

from creditrisk.embedded.addresses import DataFolder
from creditrisk.embedded.environment import PROJECT_DIR
from creditrisk.embedded.locks import is_locked
from creditrisk.embedded.servers import wait_until_stopped
from tests.embedded.probes import SHELL_ENVIRONMENT, keeper_pid, server_pids

DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
PARTS = {"web": 3, "worker": 3, "beat": 1}
"""How many processes each part has at least."""


class RunningProduct:
    """The launcher on a data folder and a port, started and stopped at will."""

    def __init__(self, data_dir: Path, *, project_dir: Path = PROJECT_DIR, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.project_dir = project_dir
        self.environment = environment
        self.launcher: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it; return what it says until it is ready."""
        self.launcher = launch(self.data_dir, self.port, project_dir=self.project_dir, **self.environment)
        assert self.launcher.stdout
        said = ""
        for line in self.launcher.stdout:
            said += line
            if "Stop: Ctrl-C" in line:
                return said
        raise AssertionError(f"it did not start:\n{said}")

    def pids(self, part: str) -> list[int]:
        """Return the processes of a part of this product, the parent first."""
        needle = {
            "web": f"--bind\x00127.0.0.1:{self.port}\x00",
            "worker": "embedded.worker\x00",
            "beat": "celery\x00-A\x00creditrisk\x00beat\x00",
        }[part]
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if (
                    needle in (entry / "cmdline").read_text()
                    and str(self.data_dir) in (entry / "environ").read_text()
                ):
                    found.append(int(entry.name))
            except OSError:
                continue
        return sorted(found)

    def is_healthy(self) -> bool:
        """Return whether the product says that its database and its broker are well."""
        try:
            with DIRECTLY.open(f"http://127.0.0.1:{self.port}/health/", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def everything_is_gone(self) -> bool:
        folder = DataFolder(self.data_dir)
        return not (any(map(self.pids, PARTS)) or is_locked(folder.keeper_lock))

    def kill_everything(self) -> None:
        """Kill launcher, keeper, servers and all parts at the same moment, as a power cut would."""
        assert self.launcher
        victims = [self.launcher.pid, keeper_pid(self.data_dir)]
        for program in ("postgres", "valkey-server"):
            victims += server_pids(self.data_dir, program)
        for part in PARTS:
            victims += self.pids(part)
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.launcher.communicate()

    def stop(self) -> None:
        """Stop it as Ctrl-C does; nothing of it is left."""
        assert self.launcher
        self.launcher.send_signal(signal.SIGINT)
        self.launcher.communicate(timeout=20)
        assert self.everything_is_gone()

    def clean_up(self) -> None:
        """End what a failed test left running."""
        if self.launcher:
            self.launcher.kill()
            self.launcher.communicate()
        wait_until_stopped(self.data_dir, timeout_seconds=10)


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def launch(
    data_dir: Path, port: int | str, *, project_dir: Path = PROJECT_DIR, **environment: str
) -> subprocess.Popen[str]:
    """Start the launcher, without a demo unless told otherwise."""
    return subprocess.Popen(
        [sys.executable, "-m", "creditrisk.embedded.launcher"],
        cwd=project_dir,
        env=SHELL_ENVIRONMENT
        | {"CREDITRISK_DATA_DIR": str(data_dir), "PORT": str(port), "DEMO": "0"}
        | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

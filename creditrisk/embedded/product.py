"""The product's own processes on one machine: prepared, started, kept alive."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from creditrisk.embedded.addresses import Addresses, DataFolder
from creditrisk.embedded.children import Child, ending, stop_children
from creditrisk.embedded.console import say
from creditrisk.embedded.environment import PROJECT_DIR, local_environment
from creditrisk.embedded.errors import EmbeddedServerError, LauncherError, tail
from creditrisk.embedded.locks import is_locked
from creditrisk.embedded.processes import tie_to_this_process
from creditrisk.embedded.servers import ensure_servers

WATCH_SECONDS = 0.2
FIRST_PAGE_SECONDS = 90.0
CHILDREN_STOP_SECONDS = 2.5
# A proxy could not reach this machine's ports.
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))

WEB_WORKERS = (
    *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
    # A worker takes what it can work on at once: what it does not take goes to the other one instead of waiting here.
    *("--worker-connections", "4", "--keep-alive", "0"),
)


class Product:
    """Web, worker and beat on the servers of one data folder."""

    def __init__(self, folder: DataFolder, host: str, port: int, *, demo: bool) -> None:
        self.folder = folder
        self.bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        shown_host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
        self.url = f"http://[{shown_host}]:{port}/" if ":" in shown_host else f"http://{shown_host}:{port}/"
        self.demo = demo
        self.addresses: Addresses | None = None
        self.children = [
            Child(name, [sys.executable, "-m", *command], folder.log / f"{name}.log")
            for name, command in self._commands().items()
        ]

    def _commands(self) -> dict[str, list[str]]:
        return {
            "web": [
                *("gunicorn", "creditrisk.wsgi:application", "--bind", self.bind, "--no-control-socket"),
                *WEB_WORKERS,
                *("--graceful-timeout", "2"),
                *("--config", "python:creditrisk.embedded.gunicorn_hooks"),
            ],
            "worker": [
                *("creditrisk.embedded.worker", "--concurrency", "2", "--loglevel", "INFO"),
                *("--without-gossip", "--without-mingle"),
            ],
            "beat": [
                *("celery", "-A", "creditrisk", "beat", "--loglevel", "INFO"),
                *("--schedule", str(self.folder.run / "beat-schedule")),
            ],
        }

    def environment(self) -> dict[str, str]:
        """Return the environment of the product's processes."""
        assert self.addresses
        python_path = os.pathsep.join(filter(None, [str(PROJECT_DIR), os.environ.get("PYTHONPATH")]))
        return (
            os.environ
            | local_environment(self.folder.path, self.addresses)
            | {
                "DJANGO_SETTINGS_MODULE": "creditrisk.settings",
                "CREDITRISK_DEMO": "1" if self.demo else "0",
                "PYTHONPATH": python_path,
                "PYTHONUNBUFFERED": "1",
            }
        )

    def prepare(self) -> str:
        """Migrate, compile, load the demo; return the table of demo log-ins. Raises LauncherError."""
        command = [
            sys.executable,
            "-m",
            "creditrisk.embedded.preparation",
            *(["--demo"] if self.demo else []),
        ]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=self.environment(),
            cwd=PROJECT_DIR,
            start_new_session=True,
            preexec_fn=tie_to_this_process(signal.SIGKILL),
        )
        try:
            printed, _ = process.communicate()
        finally:
            process.kill()
            process.wait()
        if process.returncode != 0:
            raise LauncherError(
                f"The database could not be prepared ({ending(process.returncode)}); see above."
            )
        return printed.decode()

    def start(self) -> None:
        """Start the processes and wait for the first page. Raises LauncherError."""
        environment = self.environment()
        for child in self.children:
            child.start(environment)
        web = self.children[0]
        deadline = time.monotonic() + FIRST_PAGE_SECONDS
        while not self._page_answers():
            if (web.process and web.process.poll() is not None) or time.monotonic() > deadline:
                raise LauncherError(
                    f"The first page does not answer. The last lines of {web.log_file}:\n{tail(web.log_file)}"
                )
            time.sleep(0.1)

    def watch(self, *, own_servers: bool) -> None:
        """Keep servers and processes alive, for ever."""
        while True:
            if own_servers and not is_locked(self.folder.keeper_lock):
                self._recover_servers()
            for child in self.children:
                child.revive(self.environment())
            time.sleep(WATCH_SECONDS)

    def _recover_servers(self) -> None:
        say("The servers' keeper has ended; starting it again ...")
        before = self.addresses
        try:
            self.addresses = ensure_servers(self.folder)
        except (EmbeddedServerError, OSError) as error:
            say(str(error))
            time.sleep(2)
            return
        if self.addresses != before:
            stop_children(self.children, patience_seconds=CHILDREN_STOP_SECONDS)

    def _page_answers(self) -> bool:
        """Return whether the first page is there. Raises LauncherError when it is broken."""
        try:
            with DIRECTLY.open(self.url, timeout=10) as page:
                return bool(page.status == 200)
        except urllib.error.HTTPError as error:
            error.close()
            log_file = self.children[0].log_file
            raise LauncherError(
                f"{error.url} answers {error.code}. The last lines of {log_file}:\n{tail(log_file)}"
            ) from error
        except OSError:
            return False

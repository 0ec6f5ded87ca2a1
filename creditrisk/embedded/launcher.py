"""`make run`: the whole product on this machine, in the foreground, until Ctrl-C.

From the environment: CREDITRISK_DATA_DIR, PORT (8000), CREDITRISK_BIND (127.0.0.1), DEMO (0: no demo).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from creditrisk.embedded.addresses import Addresses, DataFolder
from creditrisk.embedded.children import Child, ending, stop_children
from creditrisk.embedded.environment import PROJECT_DIR, chosen_data_dir, local_environment
from creditrisk.embedded.errors import EmbeddedServerError, describe_os_error, tail
from creditrisk.embedded.locks import is_locked, lock_held
from creditrisk.embedded.processes import tie_to_this_process
from creditrisk.embedded.servers import ensure_servers, running_servers, wait_until_stopped

WATCH_SECONDS = 0.2
PORT_PATIENCE_SECONDS = 5.0
FIRST_PAGE_SECONDS = 90.0
CHILDREN_STOP_SECONDS = 2.5
SERVERS_STOP_SECONDS = 2.0
DIRECTLY = urllib.request.build_opener(
    urllib.request.ProxyHandler({})
)  # a proxy cannot reach this machine's ports


class Stopped(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


class LauncherError(Exception):
    """The product cannot start; the message says why and what to do."""


def say(text: str) -> None:
    """Tell the person at the keyboard."""
    print(text, flush=True)


def wanted_port() -> int:
    """Return PORT. Raises LauncherError when it is no port."""
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise LauncherError(
            f"PORT={text} is no port: choose a number from 1 to 65535, for example PORT=8000."
        )
    return int(text)


def require_free_port(host: str, port: int) -> None:
    """Wait a moment for a port that an earlier run is leaving. Raises LauncherError when it stays busy."""
    deadline = time.monotonic() + PORT_PATIENCE_SECONDS
    while True:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                probe.listen()
                return
            except PermissionError:
                raise LauncherError(
                    f"You may not use port {port}. Choose one above 1023: make run PORT=8000"
                ) from None
            except OSError as error:
                if time.monotonic() > deadline:
                    raise LauncherError(
                        f"Port {port} on {host} is busy ({error.strerror}). "
                        f"Stop what uses it, or choose another: make run PORT={port + 1}"
                    ) from None
        time.sleep(0.1)


@contextmanager
def only_instance(folder: DataFolder, url: str) -> Iterator[None]:
    """Hold the data folder for this product. Raises LauncherError naming the product that holds it."""
    with ExitStack() as held:
        try:
            folder.create()
            lock = held.enter_context(lock_held(folder.product_lock))
        except TimeoutError:
            raise LauncherError(_second_instance(folder)) from None
        except OSError as error:
            raise LauncherError(describe_os_error(error, folder.path)) from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps({"pid": os.getpid(), "url": url}).encode(), 0)
        yield


def _second_instance(folder: DataFolder) -> str:
    try:
        first = json.loads(folder.product_lock.read_text())
        who = f"(process {first['pid']}), at {first['url']}"
    except (OSError, ValueError, KeyError, TypeError):
        who = "(it is just starting)"
    return (
        f"Creditrisk already runs on {folder.path} {who}. Stop that one first, or start a second with "
        "another data folder and port: make run CREDITRISK_DATA_DIR=... PORT=..."
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
                *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "2"),
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
        try:
            with DIRECTLY.open(self.url, timeout=10) as page:
                return bool(page.status == 200)
        except (OSError, urllib.error.URLError):
            return False


@contextmanager
def servers(data_dir: Path) -> Iterator[tuple[Addresses, bool]]:
    """Yield the addresses, and whether the servers are embedded: the environment may name others."""
    given = Addresses(os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", ""))
    if given.database_url and given.redis_url:
        yield given, False
    else:
        say(f"Starting PostgreSQL and Valkey in {data_dir} ...")
        with running_servers(data_dir) as addresses:
            yield addresses, True


def run() -> None:
    """Run the product until a signal. Raises LauncherError, EmbeddedServerError, Stopped."""
    folder = DataFolder(chosen_data_dir())
    host, port = os.environ.get("CREDITRISK_BIND") or "127.0.0.1", wanted_port()
    product = Product(folder, host, port, demo=os.environ.get("DEMO") != "0")
    with only_instance(folder, product.url):
        require_free_port(host, port)
        try:
            with servers(folder.path) as (product.addresses, own_servers):
                try:
                    logins = product.prepare()
                    say("Starting web, worker and beat ...")
                    product.demo = bool(logins)
                    product.start()
                    say(f"\nCreditrisk is ready: {product.url}\n\n{logins}")
                    say(f"Data: {folder.path}   Logs: {folder.log}   Stop: Ctrl-C")
                    product.watch(own_servers=own_servers)
                finally:
                    stop_children(product.children, patience_seconds=CHILDREN_STOP_SECONDS)
        finally:
            wait_until_stopped(folder.path, timeout_seconds=SERVERS_STOP_SECONDS)


def main() -> int:
    """Run the product; returns 0 when it was stopped, 1 when it could not start."""

    def stop(*_: object) -> None:
        for stop_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(stop_signal, signal.SIG_IGN)
        raise Stopped

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # under nohup it stays ignored
        signal.signal(signal.SIGHUP, stop)
    try:
        run()
    except Stopped:
        say("\nStopped.")
    except (LauncherError, EmbeddedServerError) as error:
        print(f"\nError: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

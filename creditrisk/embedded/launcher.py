"""`make run`: the whole product on this machine, in the foreground, until Ctrl-C.

From the environment: CREDITRISK_DATA_DIR, PORT (8000), CREDITRISK_BIND (127.0.0.1), DEMO (0: no demo).
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from creditrisk.embedded.addresses import Addresses, DataFolder
from creditrisk.embedded.children import stop_children
from creditrisk.embedded.console import note, say
from creditrisk.embedded.environment import chosen_data_dir
from creditrisk.embedded.errors import EmbeddedServerError, LauncherError
from creditrisk.embedded.instance import only_instance
from creditrisk.embedded.processes import die_with_parent
from creditrisk.embedded.product import CHILDREN_STOP_SECONDS, Product
from creditrisk.embedded.servers import running_servers, wait_until_stopped

PORT_PATIENCE_SECONDS = 3.0
SERVERS_STOP_SECONDS = 2.0


class Stopped(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


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
    with only_instance(folder, product.url) as tell_stopping:
        require_free_port(host, port)
        try:
            with servers(folder.path) as (product.addresses, own_servers):
                try:
                    logins = product.prepare()
                    say("Starting web, worker and beat ...")
                    product.demo = bool(logins)
                    product.start()
                    say(f"\nCreditrisk is ready: {product.url}\n")
                    if logins:
                        say(logins)
                    say(f"Data: {folder.path}   Logs: {folder.log}   Stop: Ctrl-C")
                    product.watch(own_servers=own_servers)
                finally:
                    tell_stopping()
                    stop_children(product.children, patience_seconds=CHILDREN_STOP_SECONDS)
        finally:
            wait_until_stopped(folder.path, timeout_seconds=SERVERS_STOP_SECONDS)


def main() -> int:
    """Run the product; returns 0 when it was stopped, 1 when it could not start."""
    parser = argparse.ArgumentParser(prog="creditrisk.embedded.launcher")
    parser.add_argument(
        "--end-with-parent", action="store_true", help="stop when the program that started this ends"
    )
    end_with_parent = parser.parse_args().end_with_parent

    def stop(*_: object) -> None:
        for stop_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(stop_signal, signal.SIG_IGN)
        raise Stopped

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # under nohup it stays ignored
        signal.signal(signal.SIGHUP, stop)
    if end_with_parent:
        die_with_parent(os.getppid(), signal.SIGTERM)
    try:
        run()
    except Stopped:
        say("\nStopped.")
    except (LauncherError, EmbeddedServerError) as error:
        note(f"\nError: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

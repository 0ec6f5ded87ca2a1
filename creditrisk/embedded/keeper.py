"""The keeper: one small detached process per data folder that owns both servers.

It starts them, brings back one that crashed, and stops them when nobody uses them any more. Users hold a
shared lock which the kernel drops when they die, so none of them has to say goodbye; and the servers die with
the keeper. Run as `python -m creditrisk.embedded.keeper DATA_DIR [--for-tests]`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import stat
import sys
import tempfile
import time
from pathlib import Path

from creditrisk.embedded.addresses import DataFolder, KeeperState, read_state, write_state
from creditrisk.embedded.errors import EmbeddedServerError, describe_os_error
from creditrisk.embedded.locks import lock_held, open_lock_file, try_lock
from creditrisk.embedded.postgres import PostgresServer, looks_safe, socket_fits
from creditrisk.embedded.valkey import ValkeyServer

WATCH_SECONDS = 0.2
MAX_PAUSE_SECONDS = 5.0
NEW_FOLDER_NEEDS_BYTES = 300 * 1024 * 1024
USED_FOLDER_NEEDS_BYTES = 64 * 1024 * 1024


def require_free_space(folder: DataFolder) -> None:
    """Refuse to start on a disk that is about to be full. Raises EmbeddedServerError."""
    needed = USED_FOLDER_NEEDS_BYTES if (folder.postgres / "data").exists() else NEW_FOLDER_NEEDS_BYTES
    free = shutil.disk_usage(folder.path).free
    if free < needed:
        raise EmbeddedServerError(
            f"The disk of {folder.path} is full: {free // 1024**2} MB are free and {needed // 1024**2} MB "
            "are needed. Free some space, or set CREDITRISK_DATA_DIR to a folder on another disk."
        )


def socket_folder(last: KeeperState | None) -> Path:
    """Return a private folder with a short path: the last keeper's if it is still ours, else a new one."""
    if last and last.socket_dir:
        found = Path(last.socket_dir)
        try:
            status = found.lstat()
        except OSError:
            pass
        else:
            if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022:
                return found
    parent = Path(tempfile.gettempdir())
    if not (socket_fits(parent / "creditrisk-12345678") and looks_safe(parent)):
        parent = Path("/tmp")  # noqa: S108 - mkdtemp makes a private folder in it
    return Path(tempfile.mkdtemp(prefix="creditrisk-", dir=parent))


class Keeper:
    """Holds both servers of one data folder."""

    def __init__(self, folder: DataFolder, *, for_tests: bool) -> None:
        self.folder = folder
        self.socket_dir = socket_folder(read_state(folder))
        self.postgres = PostgresServer(folder, self.socket_dir, for_tests=for_tests)
        self.valkey = ValkeyServer(folder, self.socket_dir, for_tests=for_tests)
        self.servers: tuple[PostgresServer | ValkeyServer, ...] = (self.postgres, self.valkey)
        self.told_to_stop = False
        self._pause_seconds = [0.0, 0.0]
        self._next_try = [0.0, 0.0]

    def tell(self, state: str, error: str = "") -> None:
        """Publish where this keeper stands."""
        write_state(
            self.folder,
            KeeperState(
                pid=os.getpid(),
                state=state,
                socket_dir=str(self.socket_dir),
                database_url=self.postgres.database_url,
                redis_url=self.valkey.redis_url,
                error=error,
            ),
        )

    def start(self) -> None:
        """Start both servers. Raises EmbeddedServerError, OSError."""
        require_free_space(self.folder)
        for server in self.servers:
            server.prepare()
        for server in self.servers:
            server.start()

    def watch(self, users: int) -> None:
        """Keep both servers alive until nobody holds the users' lock, or a signal says stop."""
        while not self.told_to_stop:
            # Once taken it is kept to the end of this process: newcomers wait, then start another keeper.
            if try_lock(users, exclusive=True):
                return
            for number, server in enumerate(self.servers):
                self._revive(number, server)
            time.sleep(WATCH_SECONDS)

    def stop(self) -> None:
        """Stop both servers at once and wait for both."""
        for server in self.servers:
            server.begin_stop()
        for server in self.servers:
            server.stop()

    def _revive(self, number: int, server: PostgresServer | ValkeyServer) -> None:
        now = time.monotonic()
        if server.process is not None and server.process.poll() is None:
            if now > self._next_try[number] + 60:
                self._pause_seconds[number] = 0.0
            return
        if now < self._next_try[number]:
            return
        print(f"{type(server).__name__} ended by itself; starting it again", file=sys.stderr, flush=True)
        self._pause_seconds[number] = min(MAX_PAUSE_SECONDS, self._pause_seconds[number] * 2 + 0.2)
        try:
            server.start()
        except (EmbeddedServerError, OSError) as error:
            print(error, file=sys.stderr, flush=True)
        self._next_try[number] = time.monotonic() + self._pause_seconds[number]


def go_into_the_background() -> None:
    """Return in a child that no caller waits for; its locks go with it, and the process itself ends."""
    if os.fork():
        os._exit(0)
    os.chdir("/")


def main() -> None:
    """Run the keeper of a data folder until nobody uses it."""
    parser = argparse.ArgumentParser(prog="creditrisk.embedded.keeper")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--for-tests", action="store_true")
    options = parser.parse_args()
    os.umask(0o077)
    # Ctrl-C is for the user's program, which then lets go of its lock.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = DataFolder(options.data_dir)
    # The users' lock is dropped last: who waits for it must find this keeper gone.
    users = open_lock_file(folder.users_lock)
    with lock_held(folder.keeper_lock, timeout_seconds=10):
        keeper = Keeper(folder, for_tests=options.for_tests)
        keeper.tell("starting")
        go_into_the_background()

        def stop(*_: object) -> None:
            keeper.told_to_stop = True

        signal.signal(signal.SIGTERM, stop)
        try:
            keeper.start()
        except (EmbeddedServerError, OSError) as error:
            print(error, file=sys.stderr, flush=True)
            keeper.stop()
            text = describe_os_error(error, folder.path) if isinstance(error, OSError) else str(error)
            keeper.tell("failed", text)
        else:
            keeper.tell("ready")
            keeper.watch(users)
            keeper.stop()
            folder.keeper_state.unlink(missing_ok=True)
        shutil.rmtree(keeper.socket_dir, ignore_errors=True)


if __name__ == "__main__":
    main()

"""One PostgreSQL server on a data folder: made, started, watched, stopped."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from creditrisk.embedded import accounts
from creditrisk.embedded.addresses import DataFolder
from creditrisk.embedded.errors import EmbeddedServerError, explain_failure, tail
from creditrisk.embedded.logs import open_log
from creditrisk.embedded.processes import end_leftovers, stop_process, tie_to_this_process

NAME = "PostgreSQL"
PORT = 5432  # names the socket file only: there is no TCP
DATABASE = "creditrisk"
ROLE = "creditrisk"
START_SECONDS = 120  # recovery after a crash replays the log first
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "cluster_name": "creditrisk",
}
SETTINGS_FOR_TESTS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "10min",
}
INITDB = (
    "--username=postgres",
    "--auth=trust",  # the socket lies in a folder which only the owner of the data can enter
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


class PostgresServer:
    """PostgreSQL in `<data folder>/postgres/data`, listening on a Unix socket in `socket_dir`."""

    def __init__(self, folder: DataFolder, socket_dir: Path, *, for_tests: bool) -> None:
        self.folder = folder
        self.sockets = socket_dir / "pg"
        self.for_tests = for_tests
        self.log_file = folder.log / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._run_dir = socket_dir
        self._directory_descriptor: int | None = None

    @property
    def data(self) -> Path:
        return self.folder.postgres / "data"

    @property
    def database_url(self) -> str:
        """The address as django-environ reads it: user, folder of the socket, database."""
        return f"postgres://{ROLE}@/{self.sockets}/{DATABASE}"

    def prepare(self) -> None:
        """Make the cluster where there is none; put right what a crash left. Raises EmbeddedServerError."""
        accounts.require_owner(self.folder.postgres)
        self.account = accounts.postgres_account(self.folder.postgres)
        accounts.hand_over(self.folder.postgres, self.account)
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        if self.account:
            os.chown(self.sockets, self.account.uid, self.account.gid)
            self._run_dir.chmod(0o711)
            self._directory_descriptor = os.open(self.folder.postgres, os.O_RDONLY | os.O_DIRECTORY)
        self.installation = accounts.reachable_postgres(self._run_dir, self.account)
        for half_made in self.folder.postgres.glob("data.new-*"):
            shutil.rmtree(half_made)
        if not self.data.exists():
            self._make_cluster()
        self._check_cluster()

    def start(self) -> None:
        """Start the server and wait until it answers. Raises EmbeddedServerError."""
        end_leftovers(self.data, program="postgres", patience_seconds=5)
        # Nothing of it runs any more; these would name a process id which another program may have by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for stale in self.sockets.glob(".s.PGSQL.*"):
            stale.unlink()
        settings = SETTINGS | {"unix_socket_directories": f'"{self.sockets}"'}
        if self.for_tests:
            settings |= SETTINGS_FOR_TESTS
        log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        with open_log(self.log_file) as log:
            self.process = self._spawn(
                "postgres",
                ["-D", self._as_the_server_sees(self.data)]
                + [f"--{name}={value}" for name, value in settings.items()],
                log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise EmbeddedServerError(
                    explain_failure(NAME, self.folder.path, tail(self.log_file, since=log_start))
                )
            time.sleep(0.02)
        self._make_database()

    def is_ready(self) -> bool:
        """Return whether the running server says that it takes connections."""
        if self.process is None or self.process.poll() is not None:
            return False
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def begin_stop(self) -> None:
        """Ask for a fast shutdown: clients are cut off, everything committed is kept."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """Stop the server and wait for its end."""
        if self.process:
            stop_process(self.process, [(signal.SIGINT, 10), (signal.SIGQUIT, 5)])

    def _as_the_server_sees(self, path: Path) -> str:
        if self._directory_descriptor is None:
            return str(path)
        return f"/proc/self/fd/{self._directory_descriptor}/{path.relative_to(self.folder.postgres)}"

    def _spawn(self, program: str, arguments: list[str], log: BinaryIO) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [self.installation / "bin" / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
            cwd="/",
            start_new_session=True,
            preexec_fn=tie_to_this_process(signal.SIGINT),
            pass_fds=[] if self._directory_descriptor is None else [self._directory_descriptor],
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
            umask=0o077,
        )

    def _make_cluster(self) -> None:
        """Run initdb beside the final place, then rename: a kill leaves no half of a cluster there."""
        scratch = Path(tempfile.mkdtemp(prefix="data.new-", dir=self.folder.postgres))
        accounts.hand_over(scratch, self.account)
        arguments = [*INITDB, "-D", self._as_the_server_sees(scratch)]
        if self.for_tests:
            arguments.append("--no-sync")
        log_file = self.folder.log / "initdb.log"
        log_start = log_file.stat().st_size if log_file.exists() else 0
        with open_log(log_file) as log:
            returned = self._spawn("initdb", arguments, log).wait()
        if returned != 0:
            shutil.rmtree(scratch, ignore_errors=True)
            raise EmbeddedServerError(
                explain_failure("initdb", self.folder.path, tail(log_file, since=log_start))
            )
        os.rename(scratch, self.data)

    def _check_cluster(self) -> None:
        try:
            made_by = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise EmbeddedServerError(
                f"{self.data} is no PostgreSQL data folder (PG_VERSION is missing). Restore it from a "
                "backup, or move it away: the next start then makes an empty one."
            ) from None
        installed = accounts.postgres_major(self.installation, self.account)
        if made_by != installed:
            raise EmbeddedServerError(
                f"{self.data} was made by PostgreSQL {made_by}, and this release runs {installed}. "
                "Dump it with the old release and restore it here, or choose another CREDITRISK_DATA_DIR."
            )
        self.data.chmod(0o700)  # a copy or an archive may have widened it, and PostgreSQL refuses that

    def _make_database(self) -> None:
        """Create the product's role (no superuser) and its database where they are missing."""
        import psycopg

        for attempt in range(50):  # a crash in the very first start may have left either
            with suppress(psycopg.OperationalError):
                connection = psycopg.connect(
                    host=str(self.sockets), port=PORT, user="postgres", dbname="postgres", autocommit=True
                )
                break
            time.sleep(0.02 * attempt)
        else:
            raise EmbeddedServerError(explain_failure(NAME, self.folder.path, tail(self.log_file)))
        with connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")


def socket_fits(socket_dir: Path) -> bool:
    """Return whether the kernel takes the path of a socket in this folder (107 bytes; macOS 103)."""
    return len(os.fsencode(socket_dir / "pg" / f".s.PGSQL.{PORT}")) <= 103


def looks_safe(path: Path) -> bool:
    """Return whether the path can stand in an address unquoted."""
    return re.fullmatch(r"[\w./+-]+", str(path), flags=re.ASCII) is not None

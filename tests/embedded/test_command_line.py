"""Which commands start servers, and what happens under them on first use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from creditrisk.embedded.addresses import DataFolder
from creditrisk.embedded.command_line import needs_database
from creditrisk.embedded.environment import PROJECT_DIR, secret_key
from creditrisk.embedded.servers import wait_until_stopped
from tests.embedded.probes import SHELL_ENVIRONMENT


@pytest.mark.parametrize(
    "command_line",
    [
        "manage.py",
        "manage.py --version",
        "manage.py --help",
        "manage.py help migrate",
        "manage.py import_aging --help",
        "manage.py check",
        "manage.py check --deploy",
        "manage.py makemigrations --check --dry-run",
        "manage.py collectstatic --no-input",
        "manage.py messages compile",
        "manage.py approval_chain_diagram --check",
    ],
)
def test_commands_that_need_no_database_start_none(command_line: str) -> None:
    assert not needs_database(command_line.split())


@pytest.mark.parametrize(
    "command_line",
    [
        "manage.py migrate",
        "manage.py check --database default",
        "manage.py import_aging file.csv --as-of 2026-09-30",
        "manage.py run_dunning --on 2026-09-30 --json",
        "manage.py shell",
    ],
)
def test_every_other_command_gets_servers(command_line: str) -> None:
    assert needs_database(command_line.split())


def start(data_dir: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a management command without DATABASE_URL."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT_DIR,
        env=SHELL_ENVIRONMENT | {"CREDITRISK_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_commands_at_once_on_a_fresh_data_folder_both_find_a_migrated_database(data_dir: Path) -> None:
    code = "from django.contrib.auth import get_user_model as model; print(model().objects.count())"
    commands = [start(data_dir, "shell", "--verbosity", "0", "--command", code) for _ in range(2)]
    printed = [command.communicate(timeout=180) for command in commands]
    assert [command.returncode for command in commands] == [0, 0], printed
    assert [out for out, _ in printed] == ["0\n", "0\n"]
    assert sum("Preparing the database" in err for _, err in printed) == 1
    assert wait_until_stopped(data_dir, timeout_seconds=10)


def test_a_broken_data_folder_ends_a_command_with_one_clear_line(data_dir: Path) -> None:
    (data_dir / "postgres" / "data" / "base").mkdir(parents=True)
    with start(data_dir, "migrate") as command:
        out, err = command.communicate(timeout=60)
    assert command.returncode == 1
    assert out == ""
    assert err.startswith("Error: ")
    assert "PG_VERSION is missing" in err
    assert err.count("\n") == 1


def test_makemigrations_looks_at_the_code_alone_and_says_nothing_about_a_missing_database(
    data_dir: Path,
) -> None:
    with start(data_dir, "makemigrations", "--check", "--dry-run") as command:
        _, err = command.communicate(timeout=60)
    assert "consistent migration history" not in err
    assert not data_dir.exists()


def test_the_secret_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    key = secret_key(folder)
    assert len(key) >= 50
    assert secret_key(folder) == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_command_on_given_servers_needs_no_secret_key() -> None:
    """Design §3: a tool passes DATABASE_URL and REDIS_URL and nothing else."""
    environment = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL", "PATH")}
    result = subprocess.run(
        [sys.executable, "manage.py", "showmigrations", "--plan"],
        env=environment,
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr

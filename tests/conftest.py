"""One pair of embedded servers for the whole run, up before Django reads its settings.

pytest-django reads them before any conftest where the ini file names them; so this file does the naming.
Under xdist the controller starts the servers, and its workers inherit the addresses.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as property_settings

from creditrisk.embedded import running_servers
from creditrisk.embedded.environment import local_environment
from creditrisk.embedded.locks import open_lock_file, try_lock
from creditrisk.embedded.servers import wait_until_stopped

PREFIX = "creditrisk-tests-"
ABANDONED_SECONDS = 3600
_servers = ExitStack()


def remove_abandoned_folders() -> None:
    """Remove what test runs left that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = folder / "run" / "users.lock"
        try:
            is_old = time.time() - folder.stat().st_mtime > ABANDONED_SECONDS
            if is_old and not (lock.exists() and users_present(lock)):
                shutil.rmtree(folder)
        except OSError:  # another user's
            continue


def users_present(lock: Path) -> bool:
    """Return whether anybody, reader or keeper, holds the lock."""
    descriptor = open_lock_file(lock)
    try:
        return not try_lock(descriptor, exclusive=True)
    finally:
        os.close(descriptor)


def start_servers() -> None:
    """Start servers on a temporary data folder and point this process and its children to them."""
    remove_abandoned_folders()
    data_dir = Path(tempfile.mkdtemp(prefix=PREFIX))
    _servers.callback(shutil.rmtree, data_dir, ignore_errors=True)
    _servers.callback(wait_until_stopped, data_dir, timeout_seconds=20)
    addresses = _servers.enter_context(running_servers(data_dir, for_tests=True))
    os.environ.update(local_environment(data_dir, addresses))


if not os.environ.get("DATABASE_URL"):
    start_servers()
if (worker := os.environ.get("PYTEST_XDIST_WORKER")) and (
    data_folder := os.environ.get("CREDITRISK_DATA_DIR")
):
    # Each has a database of its own; tests that count stored files need files of their own as well.
    os.environ["MEDIA_ROOT"] = str(Path(data_folder) / "media" / worker)
os.environ.setdefault("CREDITRISK_LOCAL", "1")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs an event loop in the test's thread
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditrisk.settings")
django.setup()
if "MEDIA_ROOT" in os.environ:
    # A worker of xdist has read the settings before this file: the controller's environment names them.
    settings.MEDIA_ROOT = Path(os.environ["MEDIA_ROOT"])
if worker and (cache := settings.CACHES["default"]) and cache["LOCATION"].startswith("unix://"):
    # Tests empty the cache: each worker has its own, or it would forget what another one is counting.
    cache["LOCATION"] += f"?db={int(worker.removeprefix('gw')) + 1}"
call_command("messages", "compile")
# Every test client loads the middleware anew: without this, each looks through all static files first.
settings.WHITENOISE_AUTOREFRESH = True
# A busy machine is no fault of a rule.
property_settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
property_settings.load_profile("unhurried")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers, if this process started them, and remove their data."""
    _servers.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database; at the end whoever is still connected (a browser's last request, a killed process) goes."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _rule_book(request: pytest.FixtureRequest) -> None:
    """Bring back what the migrations entered, where a transactional test before this one emptied the tables."""
    marker = request.node.get_closest_marker("django_db")
    names = set(request.fixturenames)
    if names & {"transactional_db", "live_server"} or (marker and marker.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
    elif marker or "db" in names:
        request.getfixturevalue("db")
    else:
        return
    from tests.factories.reference import restore_reference_data

    restore_reference_data()

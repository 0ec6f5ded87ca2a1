"""First starts of the product: with a demo, and from a project folder with spaces in its path."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from creditrisk.accounts.roles import Role
from creditrisk.embedded import running_servers
from creditrisk.embedded.addresses import DataFolder
from creditrisk.embedded.environment import PROJECT_DIR
from creditrisk.embedded.preparation import LOADED, demo_options, demo_state
from creditrisk.home.demo.people import DEMO_PASSWORD, demo_logins
from tests.embedded.probes import query
from tests.embedded.running_product import DIRECTLY, RunningProduct

PACKAGES = (
    "creditrisk",
    "customers",
    "receivables",
    "reviews",
    "supervision",
    "templates",
    "static",
    "locale",
)
SMALL_DEMO = {"DEMO": "1", "CREDITRISK_DEMO_OPTIONS": "--customers 24 --months 2 --last 2026-10-31"}


@pytest.fixture
def project_with_spaces(tmp_path: Path) -> Path:
    """A copy of the project, without its environment, in a folder with spaces in its path."""
    copied = tmp_path / "a folder with spaces" / "credit risk"
    for name in PACKAGES:
        shutil.copytree(
            PROJECT_DIR / name, copied / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo")
        )
    shutil.copy(PROJECT_DIR / "manage.py", copied)
    return copied


@pytest.fixture
def product(project_with_spaces: Path) -> Iterator[RunningProduct]:
    """The copy with a small demo; its data are where they are by default, in `var` of the project."""
    running = RunningProduct(project_with_spaces / "var", project_dir=project_with_spaces, **SMALL_DEMO)
    yield running
    running.clean_up()


def test_the_first_start_loads_the_demo_and_the_second_keeps_it(product: RunningProduct) -> None:
    """Both print the log-ins; what was changed in between is still changed, and no demo is loaded again."""
    said = product.start()
    assert "Loading the demo company" in said
    assert "24 customers, 2 reports, " in said
    assert ", 20 reviews, " in said
    require_log_ins(said)
    assert demo_state(DataFolder(product.data_dir)) == LOADED
    with DIRECTLY.open(f"http://127.0.0.1:{product.port}/account/login/", timeout=20) as page:
        assert DEMO_PASSWORD in page.read().decode()
    with running_servers(product.data_dir) as addresses:
        query(addresses, "UPDATE customers_customer SET business_contact = 'kept' WHERE number = 'C00001'")
    product.stop()
    said = product.start()
    assert "Loading the demo company" not in said
    require_log_ins(said)
    with running_servers(product.data_dir) as addresses:
        assert (
            query(addresses, "SELECT business_contact FROM customers_customer WHERE number = 'C00001'")
            == "kept"
        )
        assert query(addresses, "SELECT count(*) FROM customers_customer") == 24
    product.stop()


def require_log_ins(said: str) -> None:
    assert DEMO_PASSWORD in said
    shown = {line.split()[0] for line in said.splitlines() if line.startswith("  ")}
    assert {username for username, *_rest in demo_logins()} <= shown
    assert all(str(Role(role).label) in said for role in Role)


@pytest.mark.parametrize(
    ("text", "options"), [("", []), ("--customers 24 --months '2'", ["--customers", "24", "--months", "2"])]
)
def test_the_size_of_the_demo_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, text: str, options: list[str]
) -> None:
    monkeypatch.setenv("CREDITRISK_DEMO_OPTIONS", text)
    assert demo_options() == options

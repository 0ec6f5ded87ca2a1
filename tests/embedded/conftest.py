"""Real servers, really killed. Each test has a data folder of its own, in a path with a space."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from creditrisk.embedded.servers import wait_until_stopped
from tests.embedded.probes import keeper_pid, kill_and_wait


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder that does not exist yet; whatever a test leaves running on it is ended."""
    folder = tmp_path / "a folder" / "var"
    yield folder
    if not wait_until_stopped(folder, timeout_seconds=5):
        kill_and_wait(keeper_pid(folder))

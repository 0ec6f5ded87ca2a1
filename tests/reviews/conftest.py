"""What the tests of reviews share: one person for each role of P3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories.people import Team, create_team


@pytest.fixture
def team(db: Any) -> Team:
    return create_team()


@pytest.fixture(autouse=True)
def media_folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path

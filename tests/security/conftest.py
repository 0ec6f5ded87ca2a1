"""What the security tests share: one company for each module, taken back at its end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from tests.security.world import World, create_world


@pytest.fixture(scope="module")
def world(django_db_setup: Any, django_db_blocker: Any) -> Iterator[World]:
    """One company for the whole module; every test leaves it as it found it (see `undone`)."""
    media = Path(tempfile.mkdtemp(prefix="creditrisk-security-"))
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), transaction.atomic():
        yield create_world()
        transaction.set_rollback(True)
    shutil.rmtree(media, ignore_errors=True)


@pytest.fixture(autouse=True)
def _fresh_throttles() -> None:
    """Nobody inherits what another test counted against his address."""
    cache.clear()

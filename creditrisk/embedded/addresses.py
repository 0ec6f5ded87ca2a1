"""Where the servers of a data folder listen, and the files by which this package's processes meet."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Addresses:
    """The two addresses, spelled as `settings` reads them from DATABASE_URL and REDIS_URL."""

    database_url: str
    redis_url: str


@dataclass(frozen=True)
class DataFolder:
    """The layout of one data folder. What is in `run` may be lost; the rest is the user's data."""

    path: Path

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def users_lock(self) -> Path:
        """Held shared by everyone who uses the servers; the keeper stops them once it can hold it alone."""
        return self.run / "users.lock"

    @property
    def start_lock(self) -> Path:
        """Held while one process looks for a keeper and starts one."""
        return self.run / "start.lock"

    @property
    def keeper_lock(self) -> Path:
        """Held by the keeper as long as it lives."""
        return self.run / "keeper.lock"

    @property
    def migrate_lock(self) -> Path:
        """Held while the database is brought up to date."""
        return self.run / "migrate.lock"

    @property
    def product_lock(self) -> Path:
        """Held by `make run`; names its process and address to whoever starts a second one."""
        return self.run / "product.lock"

    @property
    def keeper_state(self) -> Path:
        return self.run / "keeper.json"

    def create(self) -> None:
        """Make the folders. Raises OSError."""
        self.path.mkdir(parents=True, mode=0o700, exist_ok=True)
        for folder in (self.run, self.log, self.postgres, self.valkey):
            folder.mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True)
class KeeperState:
    """What a keeper tells: `starting`, `ready` or `failed`, with the reason in `error`."""

    pid: int
    state: str
    socket_dir: str = ""
    database_url: str = ""
    redis_url: str = ""
    error: str = ""

    @property
    def addresses(self) -> Addresses:
        return Addresses(database_url=self.database_url, redis_url=self.redis_url)


def write_state(folder: DataFolder, state: KeeperState) -> None:
    """Replace the keeper's state file in one step, so that no reader sees half of it."""
    scratch = folder.keeper_state.with_suffix(".new")
    scratch.write_text(json.dumps(asdict(state)), encoding="utf-8")
    os.replace(scratch, folder.keeper_state)


def read_state(folder: DataFolder) -> KeeperState | None:
    """Return the state the last keeper wrote; None when there is none or it is not readable as such."""
    try:
        return KeeperState(**json.loads(folder.keeper_state.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None

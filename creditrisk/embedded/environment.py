"""The environment which makes `settings` describe a product on this machine only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from creditrisk.embedded.addresses import Addresses, DataFolder

PROJECT_DIR = Path(__file__).resolve().parents[2]


def chosen_data_dir() -> Path:
    """Return the data folder: CREDITRISK_DATA_DIR, or `var` in the project."""
    return Path(os.environ.get("CREDITRISK_DATA_DIR") or PROJECT_DIR / "var").expanduser().resolve()


def local_environment(data_dir: Path, addresses: Addresses) -> dict[str, str]:
    """Return what the product's processes on these servers need. A variable that is set already wins."""
    ours = {
        "CREDITRISK_LOCAL": "1",
        "REDIS_URL": addresses.redis_url,
        "SECRET_KEY": secret_key(DataFolder(data_dir)),
    }
    kept = {name: os.environ[name] for name in ours if os.environ.get(name)}
    return ours | kept | {"CREDITRISK_DATA_DIR": str(data_dir), "DATABASE_URL": addresses.database_url}


def secret_key(folder: DataFolder) -> str:
    """Return the key of this data folder, made on first use and readable by its owner alone."""
    path = folder.path / "secret_key"
    if not path.exists():
        scratch = folder.path / f"secret_key.{os.getpid()}"
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(scratch, path)
        except FileExistsError:  # another process was faster: its key counts
            pass
        finally:
            scratch.unlink()
    return path.read_text(encoding="ascii").strip()

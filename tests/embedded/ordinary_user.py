"""A Python that the account `nobody` can run with our packages: ours, the system's, or a copy of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from creditrisk.embedded.accounts import package_folder

AS_NOBODY: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": [], "cwd": "/"}
VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
NOT_NEEDED = ("site-packages", "test", "idlelib", "tkinter", "ensurepip", "config-*", "__pycache__", "*.a")


@dataclass(frozen=True)
class OrdinaryPython:
    """An interpreter, where our packages are for it, and where its own library is if it was moved."""

    program: str
    packages: Path
    home: Path | None = None

    def environment(self, *folders: Path) -> dict[str, str]:
        """Return the environment in which it finds the code in `folders` and our packages."""
        found = {"PYTHONPATH": ":".join(map(str, (*folders, self.packages))), "PATH": os.environ["PATH"]}
        if self.home:
            found |= {"PYTHONHOME": str(self.home), "LD_LIBRARY_PATH": str(self.home / "lib")}
        return found

    def works(self) -> bool:
        """Return whether `nobody` can run it with our packages."""
        try:
            ended = subprocess.run(
                [self.program, "-c", "import celery, environ, psycopg, redis"],
                env=self.environment(),
                **AS_NOBODY,
                check=False,
                capture_output=True,
            )
        except OSError:
            return False
        return ended.returncode == 0


@contextmanager
def ordinary_python() -> Iterator[OrdinaryPython]:
    """Yield such a Python; one is copied where the machine has none. Fails where even the copy does not run."""
    ours = package_folder("psycopg").parent
    for program in (sys.executable, f"/usr/bin/{VERSION}"):
        if (found := OrdinaryPython(program, ours)).works():
            yield found
            return
    with tempfile.TemporaryDirectory(prefix="creditrisk-python-") as name:
        copied = readable_copy(Path(name))
        assert copied.works(), "an ordinary user cannot run a copy of this Python"
        yield copied


def readable_copy(folder: Path) -> OrdinaryPython:
    """Return a copy of the running interpreter in `folder`, readable by everybody; with our packages if need be."""
    folder.chmod(0o755)
    base, home = Path(sys.base_prefix), folder / "python"
    (home / "bin").mkdir(parents=True)
    program = shutil.copy2(Path(sys.executable).resolve(), home / "bin" / VERSION)
    shutil.copytree(
        base / "lib" / VERSION, home / "lib" / VERSION, ignore=shutil.ignore_patterns(*NOT_NEEDED)
    )
    for library in (base / "lib").glob("libpython*.so*"):
        shutil.copy2(library, home / "lib")
    packages = package_folder("psycopg").parent
    copied = OrdinaryPython(str(program), packages, home)
    if not copied.works():
        shutil.copytree(packages, folder / "packages", ignore=shutil.ignore_patterns("__pycache__", "mypy*"))
        copied = OrdinaryPython(str(program), folder / "packages", home)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return copied

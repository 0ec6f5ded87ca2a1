"""Take the third-party front-end files out of pinned npm tarballs into static/vendor/.

Run by a developer who changes a version or adds an icon; the result is committed, nobody else needs npm:

    python tools/vendor_static.py            # fetch with `npm pack`, check, extract, write SHA256SUMS
    python tools/vendor_static.py --check    # compare static/vendor with its SHA256SUMS; no network
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Package:
    """One npm package: its exact version, the checksum of its tarball, and which of its files we keep."""

    name: str
    version: str
    sha256: str
    files: tuple[tuple[str, str], ...]


BOOTSTRAP = Package(
    name="bootstrap",
    version="5.3.9",
    sha256="06bdf78289c3c12ea99d40df84eedf6278c724c73eebf38f11f3a65b44ec8c94",
    files=(
        ("LICENSE", "bootstrap/LICENSE"),
        ("dist/css/bootstrap.min.css", "bootstrap/bootstrap.min.css"),
        ("dist/js/bootstrap.bundle.min.js", "bootstrap/bootstrap.bundle.min.js"),
    ),
)
ICON_PACKAGE = Package(
    name="bootstrap-icons",
    version="1.13.2",
    sha256="7b5960145e1ab14a49a117f96a9e5a54a94fdf07f21e302d9e4f88d73dd19f9c",
    files=(("LICENSE", "bootstrap-icons/LICENSE"),),
)
SPRITE = "bootstrap-icons/sprite.svg"

# Only what the templates use goes into the sprite; add a name here and run the script.
ICONS = """
arrow-clockwise arrow-left arrow-repeat arrow-return-left arrow-right arrow-up-right ban bank
bar-chart-steps bell book box-arrow-right briefcase buildings calendar3 cash-stack chat-left-text
check-circle-fill check-lg chevron-down chevron-left chevron-right circle circle-half clipboard-check
clock-history cloud-upload coin currency-exchange diagram-3 download envelope envelope-at envelope-paper
exclamation-circle-fill exclamation-triangle exclamation-triangle-fill eye file-earmark
file-earmark-check file-earmark-pdf file-earmark-spreadsheet file-earmark-text flag funnel gear geo-alt
graph-down-arrow graph-up-arrow hourglass-split house inbox info-circle info-circle-fill journal-text key
layout-sidebar link-45deg list list-check lock moon-stars paperclip patch-check pause-fill pencil people
person person-badge person-check person-circle person-plus play-fill plus-lg printer question-circle
record-circle search send shield-check shield-lock slash-circle sliders speedometer2 star sun telephone
three-dots translate trash unlock upload x-circle-fill x-lg
""".split()  # noqa: SIM905 - a list of ninety quoted names reads worse

SOURCE_MAP = re.compile(rb"\s*(/\*#\s*sourceMappingURL=[^*]*\*/|//#\s*sourceMappingURL=\S*)\s*")
SVG_BODY = re.compile(r"<svg[^>]*viewBox=\"([^\"]+)\"[^>]*>(.*)</svg>", re.DOTALL)


def fetch(package: Package, folder: Path) -> Path:
    """Return the path of the package's tarball in `folder`; SystemExit where its checksum is not pinned."""
    npm = shutil.which("npm") or sys.exit("npm is needed to fetch packages (not to use the product)")
    spec = f"{package.name}@{package.version}"
    command = [npm, "pack", "--silent", "--pack-destination", str(folder), spec]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed arguments
    tarball = folder / f"{package.name}-{package.version}.tgz"
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != package.sha256:
        sys.exit(f"{tarball.name}: sha256 is {found}, pinned is {package.sha256}")
    return tarball


def read(archive: tarfile.TarFile, name: str) -> bytes:
    """Return the content of one file of an npm tarball, without source-map comments (no maps here)."""
    member = archive.extractfile(f"package/{name}")
    if member is None:
        sys.exit(f"{name} is not a file in the tarball")
    return SOURCE_MAP.sub(b"\n", member.read())


def sprite(archive: tarfile.TarFile) -> bytes:
    """Return one SVG with a <symbol> for each name of ICONS."""
    symbols = []
    for icon in sorted(ICONS):
        match = SVG_BODY.search(read(archive, f"icons/{icon}.svg").decode())
        if match is None:
            sys.exit(f"icon {icon} has no viewBox")
        body = re.sub(r"\s*\n\s*", "", match[2])
        symbols.append(f'<symbol id="{icon}" viewBox="{match[1]}">{body}</symbol>')
    lines = ['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>", ""]
    return "\n".join(lines).encode()


def checksums() -> str:
    """Return the SHA256SUMS text for what lies in static/vendor now, sorted by path."""
    files = sorted(path for path in VENDOR.rglob("*") if path.is_file() and path.name != SUMS)
    sums = {path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()) for path in files}
    return "".join(f"{digest.hexdigest()}  {name}\n" for name, digest in sums.items())


def vendor() -> None:
    """Replace the packages' folders under static/vendor by what the pinned tarballs hold."""
    contents: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        for package in (BOOTSTRAP, ICON_PACKAGE):
            with tarfile.open(fetch(package, Path(folder))) as archive:
                contents |= {target: read(archive, source) for source, target in package.files}
                if package is ICON_PACKAGE:
                    contents[SPRITE] = sprite(archive)
    for package in (BOOTSTRAP, ICON_PACKAGE):
        shutil.rmtree(VENDOR / package.name, ignore_errors=True)
    for target, content in contents.items():
        path = VENDOR / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (VENDOR / SUMS).write_text(checksums())


def main() -> None:
    """Parse the command line; exit 1 where --check finds a difference."""
    parser = argparse.ArgumentParser(description="Third-party front-end files from pinned npm tarballs.")
    parser.add_argument("--check", action="store_true", help="compare with SHA256SUMS, change nothing")
    if not parser.parse_args().check:
        vendor()
    elif (VENDOR / SUMS).read_text() != checksums():
        sys.exit("static/vendor differs from its SHA256SUMS: run tools/vendor_static.py, review the change")


if __name__ == "__main__":
    main()

"""Take the font of the letters and other PDFs out of a pinned npm tarball into creditrisk/pdf/fonts/.

Run by a developer who changes the version or the coverage; the result is committed, nobody else needs npm:

    python tools/vendor_fonts.py            # fetch with `npm pack`, check, subset, write SHA256SUMS
    python tools/vendor_fonts.py --check    # compare the folder with its SHA256SUMS; no network

Regular holds every ideograph of the URO block (all of GBK and of Big5, hence every ordinary name in either
script) and those beyond it that are met in names. Bold holds GB 2312 and level 1 of Big5; a rarer character
in bold text falls back to Regular. A character in neither prints as a box; it never stops a letter.
Traditional characters have the shapes of mainland China.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from fontTools import subset

FONTS = Path(__file__).resolve().parent.parent / "creditrisk" / "pdf" / "fonts"
SUMS = "SHA256SUMS"

PACKAGE = "@expo-google-fonts/noto-sans-sc"
VERSION = "0.4.3"
TARBALL = f"expo-google-fonts-noto-sans-sc-{VERSION}.tgz"
SHA256 = "0d69d0f4971d2ff574e3d93cbc218dc950bf3f3f8f8e2c008d97687ed53aee59"

REGULAR = ("400Regular/NotoSansSC_400Regular.ttf", "NotoSansSC-Regular.ttf")
BOLD = ("700Bold/NotoSansSC_700Bold.ttf", "NotoSansSC-Bold.ttf")
LICENCE = ("LICENSE_FONT", "OFL.txt")

SYMBOLS = (
    range(0x0020, 0x0180),  # Latin, Latin-1, Latin Extended-A
    range(0x2000, 0x2070),  # general punctuation
    range(0x20A0, 0x20D0),  # currency signs
    range(0x2100, 0x2150),  # letterlike symbols, such as № and ™
    range(0x2190, 0x2200),  # arrows
    range(0x2460, 0x2500),  # enclosed numbers
    range(0x3000, 0x3100),  # CJK symbols and punctuation, kana
    range(0xFF00, 0xFFF0),  # full-width forms
)
URO = range(0x4E00, 0xA000)
SUPPLEMENTARY = range(0x20000, 0x32000)
# Of CJK extension A: characters of China's general standard table, some of them in personal and place names.
EXTENSION_A = (
    "㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠"
    "䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮"
)


def decodable(encoding: str, leads: Iterable[int]) -> set[int]:
    """Return the code points of a double-byte character set whose first byte is in `leads`."""
    pairs = (bytes((lead, trail)) for lead in leads for trail in range(0x40, 0xFF))
    return {ord(char) for pair in pairs for char in pair.decode(encoding, "ignore") if ord(char) > 0x7F}


def coverage() -> dict[tuple[str, str], set[int]]:
    """Return the code points that each font file shall hold, as far as the original has them."""
    common = {code for block in SYMBOLS for code in block}
    common |= decodable("gb2312", range(0xA1, 0xF8)) | decodable("big5", range(0xA1, 0xC7))
    names = {*URO, *SUPPLEMENTARY, *map(ord, EXTENSION_A)}
    return {REGULAR: common | names, BOLD: common}


def subset_font(original: bytes, code_points: set[int]) -> bytes:
    """Return the font with these characters only, its layout features and names kept, without hints."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["*"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.recalc_timestamp = False
    font = subset.load_font(BytesIO(original), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=code_points)
    subsetter.subset(font)
    result = BytesIO()
    subset.save_font(font, result, options)
    return result.getvalue()


def fetch(folder: Path) -> Path:
    """Return the path of the tarball in `folder`; SystemExit where its checksum is not the pinned one."""
    npm = shutil.which("npm") or sys.exit("npm is needed to fetch the font (not to use the product)")
    command = [npm, "pack", "--silent", "--pack-destination", str(folder), f"{PACKAGE}@{VERSION}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed arguments
    return folder / TARBALL


def read(archive: tarfile.TarFile, name: str) -> bytes:
    """Return the content of one file of the tarball."""
    member = archive.extractfile(f"package/{name}")
    if member is None:
        sys.exit(f"{name} is not a file in the tarball")
    return member.read()


def checksums() -> str:
    """Return the SHA256SUMS text for the fonts and their licence as they lie there now."""
    names = sorted(name for _, name in (REGULAR, BOLD, LICENCE))
    return "".join(f"{hashlib.sha256((FONTS / name).read_bytes()).hexdigest()}  {name}\n" for name in names)


def vendor(tarball: Path) -> None:
    """Write the fonts, their licence and SHA256SUMS from the pinned tarball."""
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != SHA256:
        sys.exit(f"{tarball.name}: sha256 is {found}, pinned is {SHA256}")
    FONTS.mkdir(parents=True, exist_ok=True)
    with tarfile.open(tarball) as archive:
        for (source, target), code_points in coverage().items():
            (FONTS / target).write_bytes(subset_font(read(archive, source), code_points))
        source, target = LICENCE
        (FONTS / target).write_bytes(read(archive, source))
    (FONTS / SUMS).write_text(checksums())


def main() -> None:
    """Parse the command line; exit 1 where --check finds a difference."""
    parser = argparse.ArgumentParser(description="The font of the letters from a pinned npm tarball.")
    parser.add_argument("--check", action="store_true", help="compare with SHA256SUMS, change nothing")
    parser.add_argument("--tarball", type=Path, help="use this copy of the tarball instead of fetching it")
    arguments = parser.parse_args()
    if arguments.check:
        if (FONTS / SUMS).read_text() != checksums():
            sys.exit("the fonts differ from their SHA256SUMS: run tools/vendor_fonts.py, review the change")
    elif arguments.tarball:
        vendor(arguments.tarball)
    else:
        with tempfile.TemporaryDirectory() as folder:
            vendor(fetch(Path(folder)))


if __name__ == "__main__":
    main()

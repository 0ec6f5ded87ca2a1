"""What a file is, by its content and never by its name."""

from __future__ import annotations

import re
from pathlib import Path

from receivables.reading.encodings import wide
from receivables.reading.ole import is_compound_file
from receivables.reading.report import FileRefused

SAMPLE_BYTES = 64 * 1024

ZIP, OLE, TEXT = "zip", "ole", "text"

# Signatures of what people upload by mistake, with the name shown to them.
_FOREIGN = (
    (b"%PDF-", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"SQLite format 3\x00", "SQLite"),
)
_AMBIGUOUS = frozenset({"BMP", "EXE", "bzip2"})
_MARKUP = re.compile(
    rb"^\s*(?:<\?xml|<!doctype|<html|<head|<body|<table|<style|<meta|<script|<svg|<!--)", re.IGNORECASE
)


def family(path: Path) -> str:
    """Return ZIP, OLE or TEXT.

    Raises FileRefused: empty_file, web_page, foreign_file, not_a_spreadsheet.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    if not sample.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise FileRefused("empty_file")
    if sample.startswith(b"PK"):
        return ZIP
    if is_compound_file(sample):
        return OLE
    for signature, name in _FOREIGN:
        if sample.startswith(signature) and (name not in _AMBIGUOUS or b"\x00" in sample[:1024]):
            raise FileRefused("foreign_file", {"type": name})
    if _MARKUP.match(_as_ascii(sample)):
        raise FileRefused("web_page")
    if _is_binary(sample):
        raise FileRefused("not_a_spreadsheet")
    return TEXT


def _as_ascii(sample: bytes) -> bytes:
    """Return the sample without byte order mark and without the NUL bytes of UTF-16."""
    return (
        sample.removeprefix(b"\xef\xbb\xbf")
        .removeprefix(b"\xff\xfe")
        .removeprefix(b"\xfe\xff")
        .replace(b"\x00", b"")
    )


def _is_binary(sample: bytes) -> bool:
    """Return whether the bytes are no text in any encoding: many control characters that no text has."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")) or wide(sample):
        return False
    odd = sum(sample.count(code) for code in range(1, 32) if code not in (9, 10, 11, 12, 13, 26, 27))
    return odd * 50 > len(sample)

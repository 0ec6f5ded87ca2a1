"""Zip containers (xlsx, xlsb, ods) checked before any parser sees them.

Bombs, traversal, entities, passwords, macros.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from receivables.reading.report import MEBIBYTE, FileRefused, ReadingLimits
from receivables.reading.sheet_scan import SheetFacts, SheetScanner

CHUNK_BYTES = MEBIBYTE
# A part that unpacks to more than this and more than a hundred times its size is a bomb, not a sheet.
_BOMB_BYTES, _BOMB_RATIO = 32 * MEBIBYTE, 100
_PROLOG_BYTES = 64 * 1024
_SMALL_PART_BYTES = 8 * MEBIBYTE

_CONTENT_TYPES = "[Content_Types].xml"
_WORKBOOK_TYPES = {
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml": "xlsx",
    b"application/vnd.ms-excel.sheet.binary.macroEnabled.main": "xlsb",
    b"application/vnd.ms-excel.sheet.macroEnabled.main+xml": "xlsm",
    b"application/vnd.ms-excel.template.macroEnabled.main+xml": "xlsm",
}
_ROOT = re.compile(rb"<[A-Za-z_]")
# A document type, or a comment that does not end here and could hide one.
_FORBIDDEN = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY|--)", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^>]*?)/?>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^>]*?)/?>")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


@dataclass(frozen=True)
class Container:
    """A container that may be parsed: its format and what is known of its sheets, by name (xlsx only)."""

    file_format: str
    sheets: dict[str, SheetFacts]
    hidden: frozenset[str] = frozenset()
    epoch_1904: bool = False
    external_links: bool = False


def check_container(path: Path, limits: ReadingLimits) -> Container:
    """Return the checked container.

    Raises FileRefused: truncated, password_protected, unsafe_names, zip_bomb, too_many_parts, entities,
    macros, foreign_file, sheet_dimensions.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _check(archive, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, NotImplementedError) as error:
        raise FileRefused("truncated", detail=repr(error)) from error


def _check(archive: zipfile.ZipFile, limits: ReadingLimits) -> Container:
    parts = archive.infolist()
    _check_names(parts, limits)
    _check_sizes(parts, limits)
    names = {part.filename for part in parts}
    file_format = _file_format(archive, names)
    if file_format == "xlsm" or any(name.rsplit("/", 1)[-1] == "vbaProject.bin" for name in names):
        raise FileRefused("macros")
    sheet_parts, hidden, epoch_1904 = (
        _workbook(archive) if file_format == "xlsx" else ({}, frozenset(), False)
    )
    scanners = {part: SheetScanner() for part in sheet_parts.values()}
    for part in parts:
        if part.filename.endswith((".xml", ".rels", ".bin")):
            _unpack(archive, part, scanners.get(part.filename))
    facts = {name: scanners[part].facts() for name, part in sheet_parts.items()}
    for name, fact in facts.items():
        if fact.cells > limits.cells:
            raise FileRefused("sheet_dimensions", {"sheet": name, "dimension": fact.dimension})
    links = any(name.startswith("xl/externalLinks/") for name in names)
    return Container(file_format, facts, hidden, epoch_1904, links)


def _check_names(parts: list[zipfile.ZipInfo], limits: ReadingLimits) -> None:
    if len(parts) > limits.parts:
        raise FileRefused("too_many_parts", {"limit": limits.parts})
    seen = set()
    for part in parts:
        name = part.orig_filename
        if name in seen or "\\" in name or ":" in name or "\x00" in name:
            raise FileRefused("unsafe_names")
        if name.startswith("/") or ".." in name.split("/"):
            raise FileRefused("unsafe_names")
        seen.add(name)


def _check_sizes(parts: list[zipfile.ZipInfo], limits: ReadingLimits) -> None:
    if sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise FileRefused("zip_bomb", {"limit": limits.unpacked_bytes // MEBIBYTE})
    for part in parts:
        if part.flag_bits & 0x1:
            raise FileRefused("password_protected")
        if part.file_size > _BOMB_BYTES and part.file_size > _BOMB_RATIO * max(part.compress_size, 1):
            raise FileRefused("zip_bomb", {"limit": limits.unpacked_bytes // MEBIBYTE})


def _file_format(archive: zipfile.ZipFile, names: set[str]) -> str:
    if _CONTENT_TYPES in names:
        types = _small(archive, _CONTENT_TYPES)
        for content_type, file_format in _WORKBOOK_TYPES.items():
            if b'"' + content_type + b'"' in types or b"'" + content_type + b"'" in types:
                return file_format
        kind = (
            "Word"
            if "word/document.xml" in names
            else "PowerPoint"
            if "ppt/presentation.xml" in names
            else "zip"
        )
        raise FileRefused("foreign_file", {"type": kind})
    if "mimetype" in names:
        mimetype = _small(archive, "mimetype").strip()
        if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
            manifest = _small(archive, "META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
            if b"encryption-data" in manifest:
                raise FileRefused("password_protected")
            return "ods"
        raise FileRefused("foreign_file", {"type": "OpenDocument"})
    raise FileRefused("foreign_file", {"type": "zip"})


def _workbook(archive: zipfile.ZipFile) -> tuple[dict[str, str], frozenset[str], bool]:
    """Return the part of each sheet by name, the names of hidden sheets, whether dates count from 1904."""
    path = "xl/workbook.xml"
    for relation in _relations(archive, "_rels/.rels"):
        if relation.get("Type", "").endswith("/officeDocument"):
            path = relation.get("Target", path).lstrip("/")
    folder, _, file = path.rpartition("/")
    book = _small(archive, path).decode("utf-8", "replace")
    targets = {
        relation.get("Id", ""): relation.get("Target", "")
        for relation in _relations(archive, f"{folder}/_rels/{file}.rels".lstrip("/"))
        if relation.get("TargetMode") != "External"
    }
    parts, hidden = {}, set()
    for match in _SHEET.finditer(book):
        attributes = _attributes(match[1])
        name = attributes.get("name", "")
        key = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        target = targets.get(key, "")
        if "worksheets/" in target:
            parts[name] = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}".lstrip("/")
        if attributes.get("state") in ("hidden", "veryHidden"):
            hidden.add(name)
    return parts, frozenset(hidden), re.search(r"date1904\s*=\s*[\"'](?:1|true)[\"']", book) is not None


def _relations(archive: zipfile.ZipFile, part: str) -> Iterator[dict[str, str]]:
    for match in _RELATION.finditer(_small(archive, part).decode("utf-8", "replace")):
        yield _attributes(match[1])


def _attributes(text: str) -> dict[str, str]:
    return {name: html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(text)}


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        content = part.read(_SMALL_PART_BYTES + 1)
    if len(content) > _SMALL_PART_BYTES:
        raise FileRefused("zip_bomb", {"limit": _SMALL_PART_BYTES // MEBIBYTE})
    return content


def _unpack(archive: zipfile.ZipFile, part: zipfile.ZipInfo, scanner: SheetScanner | None) -> None:
    """Unpack a part once: checks that it is as long as it says and whole, that it defines no entities."""
    first = True
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            if first and not part.filename.endswith(".bin"):
                _check_prolog(chunk)
            first = False
            if scanner is not None:
                scanner.feed(chunk)


def _check_prolog(chunk: bytes) -> None:
    """Refuse a document type, wherever it hides before the first element, and encodings that hide one."""
    if chunk.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in chunk[:_PROLOG_BYTES]:
        raise FileRefused("entities")
    prolog = _COMMENT.sub(b"", chunk[:_PROLOG_BYTES])
    root = _ROOT.search(prolog)
    if root is None or _FORBIDDEN.search(prolog, 0, root.start()):
        raise FileRefused("entities")

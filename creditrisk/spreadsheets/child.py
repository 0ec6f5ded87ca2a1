"""The child process: reads one table under limits of memory and time and leaves it as JSON.

It starts without Django and without the parent's environment; a hostile file can end it, never its parent.
"""

from __future__ import annotations

import csv
import io
import json
import resource
import sys
import zipfile
from pathlib import Path
from typing import Any

from creditrisk.spreadsheets.limits import MEBIBYTE, Limits, Refused

RESULT = "table.json"
_RESERVED_BYTES = 3 << 30
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MARKUP = (b"<?xml", b"<!doctype", b"<html", b"<table", b"<svg", b"<script")
_SEPARATORS = (",", ";", "\t", "|")

Row = tuple[int, list[str]]


def main() -> int:
    """Read the job from standard input and do it; the exit status is 0 even for a refused file."""
    job = json.loads(sys.stdin.read())
    limits = Limits(**job["limits"])
    _limit_resources(limits)
    try:
        result = read(Path(job["path"]), limits, Path(job["folder"]))
    except Refused as refusal:
        result = {"refused": refusal.code, "params": refusal.params}
    except MemoryError:
        result = {"refused": "too_much", "params": {}}
    (Path(job["folder"]) / RESULT).write_text(json.dumps(result), encoding="utf-8")
    return 0


def _limit_resources(limits: Limits) -> None:
    for kind, value in (
        (resource.RLIMIT_DATA, limits.memory_bytes),
        (resource.RLIMIT_AS, limits.memory_bytes + _RESERVED_BYTES),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def read(path: Path, limits: Limits, folder: Path) -> dict[str, Any]:
    """Return the format and the rows that have any text, each with its number as a spreadsheet program shows it.

    Raises Refused: file_too_large, empty, old_or_protected, web_page, not_a_table, damaged, unpacks_too_large, macros,
    encoding, too_many_rows, too_many_columns, cell_too_long.
    """
    if path.stat().st_size > limits.file_bytes:
        raise Refused("file_too_large", limit=limits.file_bytes // MEBIBYTE)
    content = path.read_bytes()
    if not content.strip():
        raise Refused("empty")
    if content.startswith(_OLE):
        raise Refused("old_or_protected")
    if content.startswith(_ZIP):
        file_format, rows = _workbook(path, limits, folder)
    else:
        file_format, rows = "csv", _delimited(_decoded(content), limits)
    if not rows:
        raise Refused("empty")
    return {"file_format": file_format, "rows": rows}


def _workbook(path: Path, limits: Limits, folder: Path) -> tuple[str, list[Row]]:
    import fastexcel

    file_format = _checked_archive(path, limits)
    # The parser goes by the name of the file; uploads are stored without one.
    named = folder / f"book.{file_format}"
    named.symlink_to(path)
    try:
        book = fastexcel.read_excel(named)
        for name in book.sheet_names:
            sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            if sheet.visible == "visible" and sheet.width and sheet.height:
                return file_format, _kept(enumerate(sheet.to_polars().rows(), start=1), limits)
    except fastexcel.FastExcelError as error:
        raise Refused("damaged") from error
    raise Refused("empty")


def _checked_archive(path: Path, limits: Limits) -> str:
    """Return xlsx or ods; what it unpacks to is bounded before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            mimetype = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, NotImplementedError, ValueError, RuntimeError, OSError) as error:
        raise Refused("damaged") from error
    if len(parts) > limits.parts or sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise Refused("unpacks_too_large")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused("macros")
    if "xl/workbook.xml" in names:
        return "xlsx"
    if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return "ods"
    raise Refused("not_a_table")


def _decoded(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _strictly(content, encoding)
    if b"\x00" in content:
        raise Refused("not_a_table")
    if content.lstrip()[:20].lower().startswith(_MARKUP):
        raise Refused("web_page")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(content[: 256 * 1024], cp_isolation=["gb18030", "big5"]).best()
        if best is None:
            raise Refused("encoding") from None
        return _strictly(content, best.encoding)


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("encoding") from error


def _delimited(text: str, limits: Limits) -> list[Row]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=lambda each: len(next(csv.reader([first], delimiter=each))))
    csv.field_size_limit(1 << 30)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        return _kept(enumerate(rows, start=1), limits)
    except csv.Error as error:
        raise Refused("damaged") from error


def _kept(rows: Any, limits: Limits) -> list[Row]:
    kept: list[Row] = []
    for number, cells in rows:
        texts = [(cell or "").strip() for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            continue
        if len(kept) >= limits.rows:
            raise Refused("too_many_rows", limit=limits.rows)
        if len(texts) > limits.columns:
            raise Refused("too_many_columns", limit=limits.columns)
        if any(len(text) > limits.cell_characters for text in texts):
            raise Refused("cell_too_long", row=number, limit=limits.cell_characters)
        kept.append((number, texts))
    return kept

"""What an attachment really is: decided by its bytes, never by its name or what the browser says. An
allow-list.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

import puremagic
from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from creditrisk.exceptions import InvalidInputError

MAX_NAME_LENGTH = 150
MAX_ARCHIVE_ENTRIES = 10_000
MAX_UNPACKED_BYTES = 500 * 1024 * 1024
HEAD_BYTES = 2048
KNOWN_MAGIC_CONFIDENCE = 0.5


@dataclass(frozen=True)
class FileType:
    """A type that may be attached: its MIME type and the endings its names may have, the usual one first."""

    mime: str
    endings: tuple[str, ...]


PDF = FileType("application/pdf", (".pdf",))
PNG = FileType("image/png", (".png",))
JPEG = FileType("image/jpeg", (".jpg", ".jpeg"))
DOC = FileType("application/msword", (".doc",))
XLS = FileType("application/vnd.ms-excel", (".xls",))
DOCX = FileType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",))
XLSX = FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",))
TXT = FileType("text/plain", (".txt", ".csv", ".md"))
ALLOWED = (PDF, PNG, JPEG, DOCX, XLSX, DOC, XLS, TXT)

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = (b"<script", b"<html", b"<svg", b"<!doctype", b"<?xml", b"<iframe", b"<body")


def file_type(content: bytes) -> FileType:
    """Return what `content` is. Raises InvalidInputError where it is nothing that may be attached, or two
    things at once.
    """
    found = _by_signature(content) or _text(content)
    if found is None:
        raise InvalidInputError(
            "attachment.type", _("Only PDF, PNG, JPEG, Word, Excel and plain text can be attached.")
        )
    if found in {PDF, PNG, JPEG} and _is_polyglot(content):
        raise InvalidInputError(
            "attachment.polyglot", _("This file hides a second file inside: save it anew and attach that.")
        )
    return found


def _by_signature(content: bytes) -> FileType | None:
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(OLE2):
        return _ole2(content)
    if content.startswith(b"PK\x03\x04"):
        return _office_archive(content)
    return None


def _ole2(content: bytes) -> FileType | None:
    # The names of an OLE2 folder's streams stand in it as UTF-16; an encrypted package is neither.
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise InvalidInputError(
            "attachment.encrypted", _("This file is protected by a password: attach it without.")
        )
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise InvalidInputError(
            "attachment.macros", _("This file contains macros: save it without and attach that.")
        )
    if "WordDocument".encode("utf-16-le") in content:
        return DOC
    is_workbook = any(name.encode("utf-16-le") in content for name in ("Workbook", "Book\0"))
    return XLS if is_workbook else None


def _office_archive(content: bytes) -> FileType | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise InvalidInputError(
            "attachment.damaged", _("This file is damaged: save it anew and attach that.")
        ) from None
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_ARCHIVE_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise InvalidInputError("attachment.bomb", _("This file unpacks to more than is reasonable."))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise InvalidInputError(
            "attachment.macros", _("This file contains macros: save it without and attach that.")
        )
    if "[Content_Types].xml" not in names or any(_leaves_folder(name) for name in names):
        return None
    if "word/document.xml" in names:
        return DOCX
    return XLSX if "xl/workbook.xml" in names else None


def _leaves_folder(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in PurePosixPath(name.replace("\\", "/")).parts


def _is_polyglot(content: bytes) -> bool:
    """Whether an image or a PDF is also something else that a program could open."""
    head = content[:HEAD_BYTES].lower()
    if any(tag in head for tag in MARKUP[:3]):
        return True
    if not content.startswith(b"%PDF-") and b"%pdf-" in head:
        return True
    return zipfile.is_zipfile(io.BytesIO(content))


def _text(content: bytes) -> FileType | None:
    if not content.strip() or b"\0" in content:
        return None
    head = content[:HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(b"#!") or any(tag in head for tag in MARKUP) or _has_known_magic(content[:HEAD_BYTES]):
        return None
    text = _decoded(content)
    is_readable = text is not None and not any(
        unicodedata.category(character) in {"Cc", "Cn"} and character not in "\t\r\n\f" for character in text
    )
    return TXT if is_readable else None


def _has_known_magic(head: bytes) -> bool:
    try:
        return any(match.confidence >= KNOWN_MAGIC_CONFIDENCE for match in puremagic.magic_string(head))
    except puremagic.PureError:
        return False


def _decoded(content: bytes) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        best = from_bytes(content[: 64 * 1024], cp_isolation=["gb18030", "big5"]).best()
        return str(best) if best else None


def display_name(name: str, content_type: FileType) -> str:
    """Return the name to show and to download under: the last part of a path, without control and direction
    characters, at most 150 characters, ending as the content does ("a.pdf.exe" with a PDF inside becomes
    "a.pdf.exe.pdf").
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        " " if unicodedata.category(c) in {"Zs", "Zl", "Zp"} else c for c in last if _is_printable(c)
    )
    stem = " ".join(kept.split()).rstrip(". ")
    ending = next((end for end in content_type.endings if stem.lower().endswith(end)), "")
    stem = stem[: len(stem) - len(ending)].strip(". ") or "attachment"
    ending = ending or content_type.endings[0]
    return stem[: MAX_NAME_LENGTH - len(ending)] + ending


def _is_printable(character: str) -> bool:
    # Cc control, Cf direction overrides and invisible joiners, Cs surrogates, Co private, Cn unassigned
    return unicodedata.category(character)[0] != "C" and character not in '<>:"|?*'

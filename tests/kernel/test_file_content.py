"""What may be attached: decided by the bytes, never by the name."""

from __future__ import annotations

import io
import zipfile

import pytest

from creditrisk.exceptions import InvalidInputError
from creditrisk.file_content import (
    DOC,
    DOCX,
    JPEG,
    MAX_ARCHIVE_ENTRIES,
    MAX_NAME_LENGTH,
    PDF,
    PNG,
    TXT,
    XLS,
    XLSX,
    FileType,
    display_name,
    file_type,
)

PDF_BYTES = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG_BYTES = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(30)
JPEG_BYTES = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(30) + b"\xff\xd9"
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def archive(*names: str, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, content)
    return buffer.getvalue()


DOCX_BYTES = archive("[Content_Types].xml", "word/document.xml")
XLSX_BYTES = archive("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PDF_BYTES, PDF),
        (PNG_BYTES, PNG),
        (JPEG_BYTES, JPEG),
        (DOCX_BYTES, DOCX),
        (XLSX_BYTES, XLSX),
        (OLE2 + wide("WordDocument"), DOC),
        (OLE2 + wide("Workbook"), XLS),
        (OLE2 + wide("Book\0"), XLS),
        (b"Notes on the visit\r\n\tSecond line\n", TXT),
        ("关于付款能力的说明\n".encode(), TXT),
        ("\ufeff关于付款能力的说明\n".encode(), TXT),
        (("关于付款能力的说明,客户经营状况良好,近三年无不良记录。\n" * 5).encode("gb18030"), TXT),
        (b"a < b and c > d", TXT),
    ],
    ids=lambda value: value.endings[0] if isinstance(value, FileType) else "",
)
def test_these_types_are_known_by_their_content(content: bytes, expected: FileType) -> None:
    assert file_type(content) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \n ",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\xef\xbb\xbf  <!DOCTYPE html><html></html>",
        b"<html><script>alert(1)</script></html>",
        b"hello <script>alert(1)</script>",
        b"<?xml version='1.0'?><a/>",
        b"#!/bin/sh\nrm -rf /\n",
        b"{\\rtf1\\ansi}",
        b"%!PS-Adobe-3.0",
        b"GIF89a" + bytes(20),
        b"MZ\x90\0" + bytes(60),
        b"\x7fELF" + bytes(60),
        b"text with a \0 in it",
        b"text with a \x1b[31m in it",
        b"Rar!\x1a\x07\x00" + bytes(20),
        archive("a.txt"),
        archive("word/document.xml"),
        archive("[Content_Types].xml", "ppt/presentation.xml"),
        archive("[Content_Types].xml", "word/document.xml", "../../etc/passwd"),
        archive("[Content_Types].xml", "word/document.xml", "/etc/passwd"),
        OLE2,
        bytes(range(128, 256)) * 4,
    ],
)
def test_everything_else_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInputError) as refused:
        file_type(content)
    assert refused.value.code == "attachment.type"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (PNG_BYTES + archive("evil.txt"), "attachment.polyglot"),
        (PDF_BYTES + archive("evil.txt"), "attachment.polyglot"),
        (JPEG_BYTES[:20] + b"<script>alert(1)</script>" + JPEG_BYTES[20:], "attachment.polyglot"),
        (PNG_BYTES + b"%PDF-1.4", "attachment.polyglot"),
        (archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "attachment.macros"),
        (OLE2 + wide("WordDocument") + wide("_VBA_PROJECT"), "attachment.macros"),
        (OLE2 + wide("EncryptedPackage"), "attachment.encrypted"),
        (DOCX_BYTES[:-30], "attachment.damaged"),
    ],
)
def test_what_hides_something_is_refused_with_the_reason(content: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        file_type(content)
    assert refused.value.code == code


def test_a_zip_bomb_is_refused_without_unpacking_it() -> None:
    """One entry of 501 MB of zeros is 0.5 MB on the disk."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "x")
        with file.open("word/document.xml", "w") as entry:
            for _megabyte in range(501):
                entry.write(bytes(1024 * 1024))
    with pytest.raises(InvalidInputError) as refused:
        file_type(buffer.getvalue())
    assert refused.value.code == "attachment.bomb"


def test_an_archive_of_too_many_entries_is_refused() -> None:
    names = [f"word/{number}.xml" for number in range(MAX_ARCHIVE_ENTRIES)]
    with pytest.raises(InvalidInputError) as refused:
        file_type(archive("[Content_Types].xml", *names, content=b""))
    assert refused.value.code == "attachment.bomb"


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("营业执照.pdf", PDF, "营业执照.pdf"),
        ("LICENCE.PDF", PDF, "LICENCE.pdf"),
        ("../../etc/passwd", PDF, "passwd.pdf"),
        ("C:\\Users\\me\\合同.docx", DOCX, "合同.docx"),
        ("contract\u202efdp.exe", PDF, "contractfdp.exe.pdf"),
        ("a.pdf.exe", PDF, "a.pdf.exe.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", PDF, "aSet-Cookie x=1.pdf"),
        ("a\0b.png", PNG, "ab.png"),
        ("photo.jpeg", JPEG, "photo.jpeg"),
        ("photo.png", JPEG, "photo.png.jpg"),
        ('<img src="x">.png', PNG, "img src=x.png"),
        ("  two   words .txt", TXT, "two words.txt"),
        ("a\u3000b.pdf", PDF, "a b.pdf"),
        (".pdf", PDF, "attachment.pdf"),
        ("", PDF, "attachment.pdf"),
        ("\u200b\u202e", PDF, "attachment.pdf"),
        ("cafe\u0301.pdf", PDF, "café.pdf"),
    ],
)
def test_the_name_shown_is_harmless(name: str, kind: FileType, shown: str) -> None:
    assert display_name(name, kind) == shown


def test_a_long_name_keeps_its_ending() -> None:
    shown = display_name("字" * 300 + ".pdf", PDF)
    assert len(shown) == MAX_NAME_LENGTH
    assert shown.endswith("字.pdf")

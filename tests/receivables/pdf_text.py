"""The text of a PDF that typst wrote, read back from its fonts' Unicode maps."""

from __future__ import annotations

import re
import zlib

OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
STREAM = re.compile(rb"stream\r?\n(.*)\nendstream", re.DOTALL)
MAP_ENTRY = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
# Literal strings may hold balanced parentheses; four levels are more than glyph numbers ever nest by chance.
LITERAL = rb"\((?:[^\\()]|\\.)*\)"
for _ in range(3):
    LITERAL = rb"\((?:[^\\()]|\\.|" + LITERAL + rb")*\)"
STRING = LITERAL + rb"|<[0-9A-Fa-f]+>"
TOKEN = re.compile(
    rb"/(?P<font>f\d+) [\d.]+ Tf|(?P<end>\bET\b)"
    rb"|(?P<text>\[(?:[-\d.\s]|" + STRING + rb")*\]\s*TJ|(?:" + STRING + rb")\s*Tj)",
    re.DOTALL,
)
STRINGS = re.compile(STRING, re.DOTALL)
ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8)]) if code[0] in b"01234567" else ESCAPED.get(code, code)


def _codes(string: bytes) -> bytes:
    if string.startswith(b"<"):
        return bytes.fromhex(string[1:-1].decode())
    return ESCAPE.sub(_unescape, string[1:-1])


def _stream(body: bytes) -> bytes:
    found = STREAM.search(body)
    assert found is not None
    return zlib.decompress(found[1])


def _unicode_map(body: bytes) -> dict[bytes, str]:
    entries = MAP_ENTRY.findall(_stream(body))
    return {
        bytes.fromhex(glyph.decode()): bytes.fromhex(text.decode()).decode("utf-16-be")
        for glyph, text in entries
    }


def _page_text(content: bytes, fonts: dict[bytes, dict[bytes, str]]) -> str:
    glyphs: dict[bytes, str] = {}
    parts: list[str] = []
    for token in TOKEN.finditer(content):
        if token["font"]:
            glyphs = fonts[token["font"]]
        elif token["end"]:
            parts.append("\n")
        else:
            codes = b"".join(map(_codes, STRINGS.findall(token["text"])))
            parts += [glyphs.get(codes[at : at + 2], "\ufffd") for at in range(0, len(codes), 2)]
    return "".join(parts)


def pdf_pages(pdf: bytes) -> list[str]:
    """Return each page's text in the order it was drawn, a line per piece; a missing glyph is U+FFFD."""
    objects = {int(number): body for number, body in OBJECT.findall(pdf)}

    def referenced(key: bytes, body: bytes) -> bytes:
        found = re.search(rb"/" + key + rb"[ \[]*(\d+) 0 R", body)
        assert found is not None, key
        return objects[int(found[1])]

    pages = []
    for body in objects.values():
        if body.startswith(b"<</Type/Page/"):
            used = re.findall(rb"/(f\d+) (\d+) 0 R", referenced(b"Resources", body))
            fonts = {name: _unicode_map(referenced(b"ToUnicode", objects[int(ref)])) for name, ref in used}
            pages.append(_page_text(_stream(referenced(b"Contents", body)), fonts))
    return pages


def pdf_text(pdf: bytes) -> str:
    """Return the whole text without any white space, so that line breaks do not matter."""
    return "".join("".join(pdf_pages(pdf)).split())

"""The size of a picture in pixels, read from its head: known before anything unpacks it."""

from __future__ import annotations

import struct

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8"
FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The segments of a JPEG that state its size (SOF0 to SOF15, without tables and reserved ones)."""


def image_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG or JPEG; None where its head does not state them."""
    if content.startswith(PNG_SIGNATURE):
        head = content[12:24]
        if len(head) < 12 or head[:4] != b"IHDR":
            return None
        width, height = struct.unpack(">II", head[4:])
        return width, height
    return _jpeg_size(content) if content.startswith(JPEG_SIGNATURE) else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = len(JPEG_SIGNATURE)
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in FRAME_MARKERS:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        # A segment states its own length; a fill byte is skipped.
        at += 1 if marker == 0xFF else 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None

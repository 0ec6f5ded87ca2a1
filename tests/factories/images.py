"""Made-up pictures: a red square with a transparent ground as PNG, and what is wrong with pictures."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 60, height: int = 60, *, rows: bytes | None = None) -> bytes:
    """Return a PNG of that size, red; `rows` takes the place of its pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = b"".join(b"\0" + b"\xd0\x10\x10\xd0" * width for _row in range(height)) if rows is None else rows
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            chunk(b"IDAT", zlib.compress(pixels)),
            chunk(b"IEND", b""),
        )
    )


def jpeg_head(width: int, height: int) -> bytes:
    """Return the beginning of a JPEG that states its size: a table of its own length, then the frame."""
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff"
        + b"\xff\xc0\x00\x11\x08"
        + struct.pack(">HH", height, width)
        + b"\x03\x01\x22\x00"
    )

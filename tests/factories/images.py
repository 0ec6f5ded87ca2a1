"""Made-up pictures: a red square as PNG, the head of a JPEG; and the pixels of a picture that typst wrote."""

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


def ink(content: bytes) -> tuple[int, int, set[tuple[int, int]]]:
    """Return width, height and the places (x, y) that are not white of a PNG of 8 bits a channel, not interlaced."""
    width, height, depth, colours, _pack, _filter, interlaced = struct.unpack(">IIBBBBB", content[16:29])
    assert (depth, interlaced) == (8, 0)
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colours]
    data, at = b"", 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        if content[at + 4 : at + 8] == b"IDAT":
            data += content[at + 8 : at + 8 + length]
        at += length + 12
    raw, stride = zlib.decompress(data), width * channels
    before, places = bytearray(stride), set()
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        for x in range(stride):
            left = line[x - channels] if x >= channels else 0
            corner = before[x - channels] if x >= channels else 0
            line[x] = (line[x] + _predicted(kind, left, before[x], corner)) % 256
        places |= {
            (x, y)
            for x in range(width)
            if any(value != 255 for value in line[x * channels : (x + 1) * channels])
        }
        before = line
    return width, height, places


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    """Return what a filter of the PNG format takes off a byte."""
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))

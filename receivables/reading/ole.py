"""OLE2 compound files: the old .xls, password-protected .xlsx, Word files. Reads the directory only."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from receivables.reading.report import FileRefused

_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE = 0xFFFFFFFA  # sector numbers from here on are marks, not sectors
_ENTRY_BYTES = 128
_EOF, _FILEPASS, _DATEMODE = 0x000A, 0x002F, 0x0022
_MAX_SECTORS = 1_000_000


def is_compound_file(sample: bytes) -> bool:
    """Return whether the bytes begin an OLE2 compound file."""
    return sample.startswith(_SIGNATURE)


def check_workbook(path: Path) -> bool:
    """Return whether the .xls counts its dates from 1904.

    Raises FileRefused: password_protected, macros, foreign_file, truncated.
    """
    try:
        return _check(path.read_bytes())
    except (struct.error, IndexError):
        raise FileRefused("truncated") from None


def _check(data: bytes) -> bool:
    file = _CompoundFile(data)
    streams = dict(file.entries())
    if "EncryptedPackage" in streams:
        raise FileRefused("password_protected")
    if any(name in streams for name in ("VBA", "_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros")):
        raise FileRefused("macros")
    workbook = streams.get("Workbook") or streams.get("Book")
    if workbook is None:
        name = (
            "Word"
            if "WordDocument" in streams
            else "PowerPoint"
            if "PowerPoint Document" in streams
            else "OLE2"
        )
        raise FileRefused("foreign_file", {"type": name})
    return _epoch_1904(file.head(*workbook))


def _epoch_1904(stream: bytes) -> bool:
    """Return the date system of the workbook's globals; refuse an encrypted one."""
    position = 0
    while position + 4 <= len(stream):
        record, length = struct.unpack_from("<HH", stream, position)
        if record == _FILEPASS:
            raise FileRefused("password_protected")
        if record == _DATEMODE:
            return bool(struct.unpack_from("<H", stream, position + 4)[0])
        if record == _EOF:
            break
        position += 4 + length
    return False


class _CompoundFile:
    """Sectors, the allocation tables and the directory of a compound file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        (shift, mini_shift) = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise FileRefused("truncated")
        self.sector_bytes: int = 1 << shift
        (fat_sectors, self.directory, _, self.cutoff, self.mini_fat, _, difat, difat_count) = (
            struct.unpack_from("<8I", data, 44)
        )
        numbers = list(struct.unpack_from("<109I", data, 76))
        while difat < _FREE and difat_count > 0:
            entries = struct.unpack_from(f"<{self.sector_bytes // 4}I", data, self._offset(difat))
            numbers += entries[:-1]
            difat, difat_count = entries[-1], difat_count - 1
        self.fat: list[int] = []
        for number in numbers[:fat_sectors]:
            if number < _FREE:
                self.fat += struct.unpack_from(f"<{self.sector_bytes // 4}I", data, self._offset(number))
        self.root = (0, 0)

    def _offset(self, sector: int) -> int:
        return (sector + 1) * self.sector_bytes

    def _chain(self, sector: int) -> Iterator[int]:
        """Yield the sectors of a chain; a chain that loops ends after as many sectors as a file can have."""
        for _ in range(_MAX_SECTORS):
            if sector >= _FREE:
                return
            yield sector
            sector = self.fat[sector]
        raise FileRefused("truncated")

    def entries(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Yield the name, and the first sector and size, of every stream and storage."""
        for sector in self._chain(self.directory):
            start = self._offset(sector)
            block = self.data[start : start + self.sector_bytes]
            if len(block) < self.sector_bytes:
                raise FileRefused("truncated")
            for position in range(0, self.sector_bytes, _ENTRY_BYTES):
                (name_bytes, kind) = struct.unpack_from("<HB", block, position + 64)
                if not 2 <= name_bytes <= 64:
                    continue
                name = block[position : position + name_bytes - 2].decode("utf-16-le", "replace")
                first, size = struct.unpack_from("<II", block, position + 116)
                if kind == 5:
                    self.root = (first, size)
                yield name, (first, size)

    def head(self, first: int, size: int) -> bytes:
        """Return the first few sectors of a stream: the globals of a workbook stand at its start."""
        if size < self.cutoff:
            return self._small(first, size)
        parts = []
        for sector, _ in zip(self._chain(first), range(64), strict=False):
            parts.append(self.data[self._offset(sector) : self._offset(sector) + self.sector_bytes])
        return b"".join(parts)[:size]

    def _small(self, first: int, size: int) -> bytes:
        table: list[int] = []
        for sector in self._chain(self.mini_fat):
            table += struct.unpack_from(f"<{self.sector_bytes // 4}I", self.data, self._offset(sector))
        container = b"".join(
            self.data[self._offset(sector) : self._offset(sector) + self.sector_bytes]
            for sector in self._chain(self.root[0])
        )
        parts: list[bytes] = []
        while first < _FREE and len(parts) * 64 < size:
            parts.append(container[first * 64 : first * 64 + 64])
            first = table[first]
        return b"".join(parts)[:size]

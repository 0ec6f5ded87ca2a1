"""In which encoding a text file was written.

The one in which it reads as text, or a refusal, never mojibake.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from receivables.reading.report import MEBIBYTE, FileRefused

SAMPLE_BYTES, HEAD_BYTES = 256 * 1024, 64 * 1024
_CHUNK_BYTES = MEBIBYTE
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How much of the text beyond ASCII must be everyday characters, and how far the best must be ahead of the
# next.
_PLAUSIBLE, _LEAD = 0.75, 0.15
_PUNCTUATION = frozenset("，。、；：？！“”‘’（）《》【】—…·￥％＋－＝／＃～　")
_LATIN_LETTERS = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŠšŽž€£°§–’“”„« »")

Recognises = Callable[[str], int]


@dataclass(frozen=True)
class Encoding:
    """A Python codec name, and how many bytes of byte order mark precede the text."""

    name: str
    bom_bytes: int = 0


def detect(path: Path, recognises: Recognises) -> Encoding:
    """Return the encoding of a text file.

    `recognises` counts the known column names in a decoded sample: the encoding in which the header can be
    read is the right one. Raises FileRefused: unknown_encoding, ambiguous_encoding, damaged_text.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    for bom, name in _BOMS:
        if sample.startswith(bom):
            if name == "utf-8" and not decodes(path, name):
                raise FileRefused("damaged_text", {"encoding": name})
            return Encoding(name, len(bom))
    if unmarked := wide(sample):
        return Encoding(unmarked)
    if decodes(path, "utf-8"):
        return Encoding("utf-8")
    return Encoding(_legacy(_telling_sample(path), recognises))


def stated(path: Path, name: str) -> Encoding:
    """Return the encoding that somebody chose, with the mark that the file has. Raises FileRefused: damaged_text."""
    with path.open("rb") as file:
        start = file.read(4)
    mark = next((bom for bom, marked in _BOMS if marked == name and start.startswith(bom)), b"")
    if not decodes(path, name):
        raise FileRefused("damaged_text", {"encoding": name})
    return Encoding(name, len(mark))


def decodes(path: Path, encoding: str) -> bool:
    """Return whether the whole file is valid in the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def transcode(source: Path, target: Path, encoding: Encoding) -> None:
    """Write the text of `source` to `target` in UTF-8. Raises FileRefused: damaged_text."""
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    with source.open("rb") as file, target.open("wb") as out:
        file.seek(encoding.bom_bytes)
        try:
            while chunk := file.read(_CHUNK_BYTES):
                out.write(decoder.decode(chunk).encode())
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            raise FileRefused("damaged_text", {"encoding": encoding.name}) from error


def wide(sample: bytes) -> str | None:
    """Return the UTF-16 variant of a sample without a mark.

    Its digits, commas and line ends have a zero byte.
    """
    even, odd = sample[0::2], sample[1::2]
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        share = zeros.count(0) / max(1, len(zeros))
        if share > 0.2 and others.count(0) * 20 < zeros.count(0):
            try:
                sample[: len(sample) // 2 * 2].decode(name)
            except UnicodeDecodeError as error:
                if error.start < len(sample) - 4:
                    continue
            return name
    return None


def _telling_sample(path: Path) -> bytes:
    """Return the first lines of a file, and of the rest those with characters beyond ASCII."""
    lines: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < SAMPLE_BYTES and (line := file.readline(SAMPLE_BYTES)):
            if size < HEAD_BYTES or not line.isascii():
                lines.append(line)
                size += len(line)
    return b"".join(lines)


def _legacy(sample: bytes, recognises: Recognises) -> str:
    scores = {}
    for name, plausible in (("gb18030", _simplified), ("big5", _traditional), ("cp1252", _western)):
        text = _decoded(sample, name)
        if text is not None:
            scores[name] = (recognises(text), plausible(text))
    ranked = sorted(scores, key=scores.__getitem__, reverse=True)
    if not ranked:
        raise FileRefused("unknown_encoding")
    best = ranked[0]
    fields, plausibility = scores[best]
    others = [scores[name] for name in ranked[1:]]
    # Column names beyond ASCII decide alone; where they are ASCII, the characters of the rows must.
    plain = recognises(sample.decode("ascii", "ignore"))
    if fields > max([plain, *(known for known, _ in others)]):
        return best
    if plausibility < _PLAUSIBLE:
        raise FileRefused("unknown_encoding")
    if any(known == fields and plausibility - likely < _LEAD for known, likely in others):
        raise FileRefused("ambiguous_encoding", {"encodings": [best, ranked[1]]})
    return best


def _decoded(sample: bytes, name: str) -> str | None:
    """Return the sample decoded; a character cut off by the end of the sample is no error."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    try:
        return decoder.decode(sample, final=len(sample) < SAMPLE_BYTES)
    except UnicodeDecodeError:
        return None


def _share(text: str, common: Callable[[str], bool]) -> float:
    beyond = [character for character in text if ord(character) > 127]
    return sum(common(character) for character in beyond) / max(1, len(beyond))


def _simplified(text: str) -> float:
    """Return the share of characters that simplified Chinese uses every day (the first level of GB 2312)."""
    return _share(text, lambda character: _in_level(character, "gb2312", 0xB0, 0xD7))


def _traditional(text: str) -> float:
    """Return the share of characters that traditional Chinese uses every day (the first level of Big5)."""
    return _share(text, lambda character: _in_level(character, "big5", 0xA4, 0xC6))


def _western(text: str) -> float:
    return _share(text, lambda character: character in _LATIN_LETTERS)


def _in_level(character: str, encoding: str, first: int, last: int) -> bool:
    if character in _PUNCTUATION:
        return True
    try:
        coded = character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(coded) == 2 and (first <= coded[0] <= last or coded[0] == 0xA3)

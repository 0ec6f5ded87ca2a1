"""What differs between two texts, word by word; Chinese character by character."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_TOKEN = re.compile(
    r"\{[a-z_]+\}|\*\*|[\u2e80-\u9fff\uf900-\ufaff]|[^\W_\u2e80-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL
)


@dataclass(frozen=True)
class Piece:
    """A stretch of text that both have, or only the old or the new one."""

    kind: Literal["same", "old", "new"]
    text: str


def text_difference(old: str, new: str) -> tuple[Piece, ...]:
    """Return both texts in one, in pieces: those of kind "same" and "old" together are the old one, those of kind
    "same" and "new" the new one. Placeholders and ** are never torn apart.
    """
    return tuple(_pieces(_TOKEN.findall(old), _TOKEN.findall(new)))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        if kind == "equal":
            yield Piece("same", gone)
            continue
        if gone:
            yield Piece("old", gone)
        if come:
            yield Piece("new", come)

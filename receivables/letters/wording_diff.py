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


SHORTEST_SAME = 4
"""Characters that stay between two changes: fewer would tear a sentence that was written anew into crumbs."""


def text_difference(old: str, new: str) -> tuple[Piece, ...]:
    """Return both texts in one, in pieces: those of kind "same" and "old" together are the old one, those of kind
    "same" and "new" the new one. Placeholders and ** are never torn apart.
    """
    return tuple(_pieces(_changes(_TOKEN.findall(old), _TOKEN.findall(new))))


def _changes(old: list[str], new: list[str]) -> list[tuple[bool, str, str]]:
    """Return whether each stretch is the same, and its text then and now; short ones between two changes are part of
    the change.
    """
    stretches: list[tuple[bool, str, str]] = []
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for at, (kind, old_from, old_to, new_from, new_to) in enumerate(codes):
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        is_between = 0 < at < len(codes) - 1
        is_same = kind == "equal" and not (is_between and len(gone) < SHORTEST_SAME)
        if stretches and not is_same and not stretches[-1][0]:
            gone, come = stretches[-1][1] + gone, stretches[-1][2] + come
            stretches.pop()
        stretches.append((is_same, gone, come))
    return stretches


def _pieces(stretches: list[tuple[bool, str, str]]) -> Iterator[Piece]:
    for is_same, gone, come in stretches:
        if is_same:
            yield Piece("same", gone)
            continue
        if gone:
            yield Piece("old", gone)
        if come:
            yield Piece("new", come)

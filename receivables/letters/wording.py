"""The words of a letter as a person writes them: lines of text with placeholders, and what can be wrong with them.

A line is a paragraph or a point; `**…**` is bold. Placeholders are looked up in a fixed list and replaced once: nothing
is evaluated, and what a figure or a name holds (braces, stars, markup) is never read again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from creditrisk.policy.schema import DunningStageCode
from receivables.letters.texts import StageTexts

_ALWAYS = ("total", "issued_on", "customer", "company", "contact")
_NUMBERED = (*_ALWAYS, "pay_by", "number", "daily", "cap", "stop_days")
PLACEHOLDERS: Mapping[DunningStageCode, tuple[str, ...]] = {
    "reminder": _ALWAYS,
    "dunning_letter": _NUMBERED,
    "final_demand": (*_NUMBERED, "damages", "earlier"),
}
"""What a stage can name: what it does not know (a reminder has no number) is none of its placeholders."""
REQUIRED: Mapping[DunningStageCode, tuple[str, ...]] = {
    "reminder": ("total",),
    "dunning_letter": ("total", "pay_by"),
    "final_demand": ("total", "pay_by"),
}
"""What the letter and its mail each have to say: how much, and by when."""

WordingField = Literal["title", "opening", "points_intro", "points", "closing", "mail"]
FIELDS: tuple[WordingField, ...] = ("title", "opening", "points_intro", "points", "closing", "mail")
ONE_LINE: tuple[WordingField, ...] = ("title", "points_intro")
NEEDED: tuple[WordingField, ...] = ("title", "opening", "closing", "mail")
PLAIN: tuple[WordingField, ...] = ("title", "mail")
"""Where bold has no meaning: the subject and the text of a mail."""
MAX_CHARACTERS: Mapping[WordingField, int] = {
    **dict.fromkeys(FIELDS, 4000),
    "title": 60,
    "points_intro": 500,
}
MAX_LINES = 20

DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Embeddings, overrides and isolates: they could turn the figures beside them around."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_FULL_WIDTH = re.compile(r"｛\s*[a-z_]+\s*｝")
_NAME = re.compile(r"\w*")

FaultKind = Literal[
    "empty", "too_long", "too_many_lines", "invisible", "title_placeholder", "stars", "plain_stars", "no_points",
    "full_width", "stray_brace", "not_plain", "other_stage", "unknown", "missing",
]  # fmt: skip


@dataclass(frozen=True)
class WordingFault:
    """One thing wrong with a text; `what` is the piece of it that is meant, e.g. a placeholder without its braces."""

    field: WordingField
    kind: FaultKind
    what: str = ""


def wording_from(values: Mapping[str, str]) -> StageTexts:
    """Return the words that a person typed, by field: a line that is not empty is a paragraph or a point."""
    lines = {name: tuple(_lines(values.get(name, ""))) for name in FIELDS}
    return StageTexts(
        title=" ".join(lines["title"]),
        opening=lines["opening"],
        points_intro=" ".join(lines["points_intro"]),
        points=lines["points"],
        closing=lines["closing"],
        mail=lines["mail"],
    )


def _lines(text: str) -> Iterator[str]:
    # Not `splitlines`: it would take a character for a line break that `invisible` should name.
    plain = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    yield from filter(None, (line.strip(" \t\u3000") for line in plain.split("\n")))


def wording_values(wording: StageTexts) -> dict[str, str]:
    """Return the words by field as a person edits them, one paragraph or point a line."""
    return {name: "\n".join(_parts(wording, name)) for name in FIELDS}


def _parts(wording: StageTexts, name: WordingField) -> tuple[str, ...]:
    value: str | tuple[str, ...] = getattr(wording, name)
    return (value,) * bool(value) if isinstance(value, str) else value


def filled(text: str, figures: Mapping[str, str]) -> str:
    """Return the text with its placeholders replaced, each once; anything else in braces stays as it is."""
    return _PLACEHOLDER.sub(lambda match: figures.get(match[1], match[0]), text)


def wording_faults(wording: StageTexts, *, stage: DunningStageCode) -> tuple[WordingFault, ...]:
    """Return everything that keeps these words from being the template of a stage, in the order of the form; empty
    where they are good.
    """
    faults = [fault for name in FIELDS for fault in _field_faults(wording, name, stage)]
    if wording.points_intro and not wording.points:
        faults.append(WordingFault("points_intro", "no_points"))
    letter = [part for name in FIELDS if name != "mail" for part in _parts(wording, name)]
    in_letter, in_mail = _named(letter), _named(wording.mail)
    for name in REQUIRED[stage]:
        if name not in in_letter:
            faults.append(WordingFault("opening", "missing", name))
        if name not in in_mail:
            faults.append(WordingFault("mail", "missing", name))
    return tuple(faults)


def _named(parts: tuple[str, ...] | list[str]) -> frozenset[str]:
    return frozenset(match[1] for part in parts for match in _PLACEHOLDER.finditer(part))


def _field_faults(wording: StageTexts, name: WordingField, stage: DunningStageCode) -> Iterator[WordingFault]:
    parts = _parts(wording, name)
    if name in NEEDED and not parts:
        yield WordingFault(name, "empty")
    if sum(map(len, parts)) > MAX_CHARACTERS[name]:
        yield WordingFault(name, "too_long", str(MAX_CHARACTERS[name]))
    if len(parts) > MAX_LINES:
        yield WordingFault(name, "too_many_lines", str(MAX_LINES))
    for part in parts:
        if any(_is_invisible(char) for char in part):
            yield WordingFault(name, "invisible", part[:20])
        if name in PLAIN and "**" in part:
            yield WordingFault(name, "plain_stars")
        elif part.count("**") % 2:
            yield WordingFault(name, "stars", part[:20])
        yield from (WordingFault(name, kind, what) for kind, what in _brace_faults(part, name, stage))


def _is_invisible(char: str) -> bool:
    return char in DIRECTION_CONTROLS or unicodedata.category(char) in {"Cc", "Cs", "Cn", "Zl", "Zp"}


def _brace_faults(part: str, name: WordingField, stage: DunningStageCode) -> Iterator[tuple[FaultKind, str]]:
    if found := _FULL_WIDTH.search(part):
        yield "full_width", found[0]
    if name == "title" and ("{" in part or "}" in part):
        yield "title_placeholder", part
        return
    if stray := next((char for char in _PLACEHOLDER.sub("", part) if char in "{}"), None):
        yield "stray_brace", stray
    for match in _PLACEHOLDER.finditer(part):
        if match[1] not in PLACEHOLDERS[stage]:
            yield _placeholder_fault(match[1])


def _placeholder_fault(inside: str) -> tuple[FaultKind, str]:
    if any(inside in names for names in PLACEHOLDERS.values()):
        return "other_stage", inside
    begin = _NAME.match(inside.strip())
    assert begin is not None  # it matches nothing at all, too
    if begin[0] != inside and any(begin[0] in names for names in PLACEHOLDERS.values()):
        return "not_plain", inside[:40]
    return "unknown", inside[:40]

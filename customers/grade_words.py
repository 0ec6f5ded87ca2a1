"""Source and reason of the lines of the grade history, in the words of whoever reads them.

What the software itself wrote is stored in the language of the run that wrote it, for ever. An app that gives grades
by a rule registers in its `AppConfig.ready` how its lines are worded:

    from customers.grade_words import register_wording

    def ready(self) -> None:
        register_wording("adjustments", adjustment_words)

    def adjustment_words(changes: Sequence[GradeChange]) -> dict[int, Words]:
        return {change.pk: Words(_("…"), change.reason) for change in changes if …}

It may cost a constant number of queries. What a person wrote it leaves as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from customers.models import GradeChange


@dataclass(frozen=True)
class Words:
    """Source and reason of one line."""

    source: str
    reason: str


Wording = Callable[[Sequence[GradeChange]], Mapping[int, Words]]
_wordings: dict[str, Wording] = {}


def register_wording(code: str, wording: Wording) -> None:
    """Let `wording` tell the words of the lines that it knows, by primary key."""
    _wordings[code] = wording


def in_words(changes: Iterable[GradeChange]) -> list[GradeChange]:
    """Return the lines to be shown, with source and reason in the reader's language; those that nobody words are as
    they are stored."""
    shown = list(changes)
    for wording in _wordings.values():
        words = wording(shown)
        for change in shown:
            if found := words.get(change.pk):
                change.source, change.reason = found.source, found.reason
    return shown

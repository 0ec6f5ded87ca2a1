"""How grades moved within a month (迁徙, P3.2.5): old grade → new grade, from the grade history. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from creditrisk.policy.schema import GRADES

NO_GRADE = ""
ORDER: tuple[str, ...] = (*GRADES, NO_GRADE)
"""From the best grade to none."""


@dataclass(frozen=True)
class GradeStep:
    """A change of the history: from `effective_on` on the grade is `new`; `old` is empty for the first one."""

    effective_on: date
    old: str
    new: str


def grade_on(history: Sequence[GradeStep], day: date, *, current: str) -> str:
    """Return the grade on `day`: that of the last change up to it; before the first change what that one changed;
    without any history the `current` one. `history` is in the order of its days.

    Given C from 1 March and B from 1 June: nothing on 28 February, C on 1 March and 31 May, B on 1 June.
    """
    if not history:
        return current
    past = [step for step in history if step.effective_on <= day]
    return past[-1].new if past else history[0].old


@dataclass(frozen=True)
class GradeMove:
    """So many customers had the grade `old` when the month began and `new` when it ended; empty: no grade."""

    old: str
    new: str
    customers: int

    @property
    def steps(self) -> int:
        """How many grades up (above zero) or down; 0 where one of the two is no grade."""
        if NO_GRADE in (self.old, self.new):
            return 0
        return ORDER.index(self.old) - ORDER.index(self.new)


@dataclass(frozen=True)
class Migration:
    """The matrix of a month: `counts[old][new]`, both in the order A, B, C, D, no grade."""

    counts: tuple[tuple[int, ...], ...]
    upgraded: int
    downgraded: int
    first_graded: int

    @property
    def now(self) -> tuple[int, ...]:
        """How many customers have each grade at the month's end, in the same order."""
        return tuple(sum(column) for column in zip(*self.counts, strict=True))

    @property
    def before(self) -> tuple[int, ...]:
        """How many had each grade when the month began."""
        return tuple(sum(row) for row in self.counts)


def migration(moves: Iterable[GradeMove]) -> Migration:
    """Return the matrix of the moves of a month."""
    counts = [[0] * len(ORDER) for _grade in ORDER]
    upgraded = downgraded = first_graded = 0
    for move in moves:
        counts[ORDER.index(move.old)][ORDER.index(move.new)] += move.customers
        upgraded += move.customers * (move.steps > 0)
        downgraded += move.customers * (move.steps < 0)
        first_graded += move.customers * (move.old == NO_GRADE != move.new)
    return Migration(tuple(map(tuple, counts)), upgraded, downgraded, first_graded)

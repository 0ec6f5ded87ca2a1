"""Grades and their migration (P3.2.5): the grade of a day, and the matrix of a month."""

from __future__ import annotations

from datetime import date

import pytest

from supervision.migration import GradeMove, GradeStep, grade_on, migration

HISTORY = [GradeStep(date(2026, 3, 1), "", "C"), GradeStep(date(2026, 6, 1), "C", "B")]


@pytest.mark.parametrize(
    ("day", "grade"),
    [
        (date(2026, 2, 28), ""),
        (date(2026, 3, 1), "C"),
        (date(2026, 5, 31), "C"),
        (date(2026, 6, 1), "B"),
        (date(2027, 1, 1), "B"),
    ],
)
def test_the_grade_of_a_day(day: date, grade: str) -> None:
    assert grade_on(HISTORY, day, current="A") == grade


def test_without_a_history_it_is_the_current_one() -> None:
    assert grade_on([], date(2026, 1, 1), current="A") == "A"


def test_before_the_first_change_it_is_what_that_one_changed() -> None:
    assert grade_on([GradeStep(date(2026, 3, 1), "B", "C")], date(2026, 2, 28), current="C") == "B"


@pytest.mark.parametrize(
    ("old", "new", "steps"),
    [("B", "A", 1), ("D", "A", 3), ("A", "C", -2), ("B", "B", 0), ("", "C", 0), ("C", "", 0)],
)
def test_how_many_grades_up_or_down(old: str, new: str, steps: int) -> None:
    assert GradeMove(old, new, 1).steps == steps


def test_the_matrix_of_a_month() -> None:
    """Two stay A, three rise from C to B, one falls from B to D, four are graded C for the first time."""
    found = migration(
        [GradeMove("A", "A", 2), GradeMove("C", "B", 3), GradeMove("B", "D", 1), GradeMove("", "C", 4)]
    )
    assert found.counts == (
        (2, 0, 0, 0, 0),
        (0, 0, 0, 1, 0),
        (0, 3, 0, 0, 0),
        (0, 0, 0, 0, 0),
        (0, 0, 4, 0, 0),
    )
    assert (found.upgraded, found.downgraded, found.first_graded) == (3, 1, 4)
    assert found.before == (2, 1, 3, 0, 4)
    assert found.now == (2, 3, 4, 1, 0)


def test_nobody_graded_is_a_matrix_of_nothing() -> None:
    found = migration([])
    assert sum(found.now) == sum(found.before) == 0
    assert (found.upgraded, found.downgraded, found.first_graded) == (0, 0, 0)

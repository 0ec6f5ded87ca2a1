"""When a warning becomes a case, and when a case is due (P5.1): both sides of every boundary."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from creditrisk.policy.default import DEFAULT_POLICY
from customers.warning_timing import EarlierCase, answer_to, due_on, escalated_from, is_worse

RULES = DEFAULT_POLICY.warnings
ON = dt.date(2026, 11, 27)
SAME = Decimal(60)


def days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


def test_the_first_warning_is_raised() -> None:
    assert answer_to(SAME, earlier=None, on=ON, rules=RULES) == "raise"


@pytest.mark.parametrize(("severity", "answer"), [("60", "quiet"), ("89.9", "quiet"), ("90", "worse")])
def test_while_a_case_is_open_it_is_not_raised_again_but_may_grow_worse(severity: str, answer: str) -> None:
    """50 % above 60 is 90."""
    earlier = EarlierCase(ON - days(100), SAME)
    assert answer_to(Decimal(severity), earlier=earlier, on=ON, rules=RULES) == answer


@pytest.mark.parametrize(("age", "answer"), [(0, "quiet"), (30, "quiet"), (31, "raise")])
def test_for_thirty_days_after_closing_it_is_quiet(age: int, answer: str) -> None:
    earlier = EarlierCase(ON - days(100), SAME, ON - days(age))
    assert answer_to(SAME, earlier=earlier, on=ON, rules=RULES) == answer


@pytest.mark.parametrize(("severity", "answer"), [("89.9", "quiet"), ("90", "raise")])
def test_unless_worse(severity: str, answer: str) -> None:
    earlier = EarlierCase(ON - days(100), SAME, ON - days(1))
    assert answer_to(Decimal(severity), earlier=earlier, on=ON, rules=RULES) == answer


@pytest.mark.parametrize(("age", "answer"), [(1, "quiet"), (30, "quiet"), (31, "raise")])
def test_what_grows_with_every_day_is_not_worse_for_that(age: int, answer: str) -> None:
    """60 days without business when it was raised, 130 now: closed yesterday, it stays quiet for thirty days."""
    earlier = EarlierCase(ON - days(70), SAME, ON - days(age))
    assert answer_to(Decimal(130), earlier=earlier, on=ON, rules=RULES, grows_by_itself=True) == answer


def test_a_day_before_the_case_says_nothing_about_it() -> None:
    """Somebody runs an old day again."""
    assert answer_to(Decimal(999), earlier=EarlierCase(ON + days(1), SAME), on=ON, rules=RULES) == "quiet"
    closed = EarlierCase(ON - days(9), SAME, ON + days(1))
    assert answer_to(Decimal(999), earlier=closed, on=ON, rules=RULES) == "quiet"


def test_what_nobody_measured_cannot_be_exceeded() -> None:
    assert not is_worse(Decimal(999), than=None, rules=RULES)


def test_without_a_margin_every_growth_is_worse_and_none_is_not() -> None:
    rules = replace(RULES, worse_by_pct=Decimal(0))
    assert is_worse(Decimal("60.1"), than=SAME, rules=rules)
    assert not is_worse(SAME, than=SAME, rules=rules)


@pytest.mark.parametrize(
    ("before", "now", "worse"), [(1, 2, True), (2, 3, True), (2, 2, False), (3, 2, False), (1, 1, False)]
)
def test_one_rank_more_is_worse(before: int, now: int, worse: bool) -> None:
    """Grades, risk signals and the states of a promise are ranked 1 to 3: 3 is 50 % above 2."""
    assert is_worse(Decimal(now), than=Decimal(before), rules=RULES) is worse


def test_a_case_is_due_after_a_week_and_told_to_the_leaders_the_day_after() -> None:
    due = due_on(ON, rules=RULES)
    assert due == dt.date(2026, 12, 4)
    assert escalated_from(due, rules=RULES) == dt.date(2026, 12, 5)
    assert escalated_from(due, rules=replace(RULES, escalate_after_days=2)) == dt.date(2026, 12, 7)

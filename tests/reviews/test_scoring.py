"""The score of an annual review (Annex 2, "Scoring reference")."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import product

import pytest

from creditrisk.policy.default import DEFAULT_POLICY
from reviews.scoring import (
    Proposal,
    cooperation_proposal,
    repayment_speed_proposal,
    review_score,
    total_score,
    unexplained_departures,
)

CRITERIA = [criterion.code for criterion in DEFAULT_POLICY.criteria]


def answers(grades: str) -> dict[str, str]:
    return dict(zip(CRITERIA, grades, strict=True))


@pytest.mark.parametrize(
    ("grades", "total"),
    [("AAAA", 100), ("DDDD", 40), ("ABCA", 85), ("ABCD", 70)],
)
def test_the_total_is_the_sum_of_the_points(grades: str, total: int) -> None:
    """A 25, B 20, C 15, D 10: 25 + 20 + 15 + 25 = 85."""
    assert total_score(answers(grades), DEFAULT_POLICY) == total  # type: ignore[arg-type]


def test_every_total_lies_between_40_and_100() -> None:
    totals = {total_score(answers("".join(grades)), DEFAULT_POLICY) for grades in product("ABCD", repeat=4)}  # type: ignore[arg-type]
    assert (min(totals), max(totals)) == (40, 100)


def test_a_criterion_without_an_answer_is_an_error() -> None:
    with pytest.raises(ValueError, match="responsiveness"):
        total_score(dict.fromkeys(CRITERIA[:3], "A"), DEFAULT_POLICY)


def test_an_answer_without_a_criterion_is_an_error() -> None:
    with pytest.raises(ValueError, match="friendliness"):
        total_score(answers("AAAA") | {"friendliness": "A"}, DEFAULT_POLICY)  # type: ignore[arg-type]


def test_the_review_score_is_the_average_exact_to_the_half_point() -> None:
    """(89 + 90) / 2 = 89.5"""
    assert review_score(89, 90) == Decimal("89.5")
    assert review_score(90, 90) == Decimal(90)


@pytest.mark.parametrize(
    ("days_late", "answer"),
    [("-1.1", "A"), ("-1.0", "A"), ("-0.9", "B"), ("0", "B"), ("0.1", "C"), ("15", "C"), ("15.1", "D")],
)
def test_repayment_speed_follows_from_the_days_late(days_late: str, answer: str) -> None:
    proposal = repayment_speed_proposal(Decimal(days_late), DEFAULT_POLICY)
    assert proposal == Proposal(answer, Decimal(days_late))  # type: ignore[arg-type]


def test_nothing_is_proposed_where_nothing_was_due() -> None:
    assert repayment_speed_proposal(None, DEFAULT_POLICY) is None


@pytest.mark.parametrize(
    ("since", "answer", "years"),
    [
        (dt.date(2021, 5, 31), "A", 5),
        (dt.date(2021, 6, 1), "B", 5),
        (dt.date(2023, 6, 1), "B", 3),
        (dt.date(2023, 6, 2), "C", 2),
        (dt.date(2025, 6, 1), "C", 1),
        (dt.date(2025, 6, 2), "D", 0),
        (dt.date(2026, 6, 1), "D", 0),
    ],
)
def test_cooperation_history_follows_from_the_first_contract(since: dt.date, answer: str, years: int) -> None:
    """On 2026-06-01: over 5 years is A, five years to the day B; from 3 years B, from 1 year C, less D."""
    proposal = cooperation_proposal(since, on=dt.date(2026, 6, 1), policy=DEFAULT_POLICY)
    assert proposal == Proposal(answer, Decimal(years), since)  # type: ignore[arg-type]


@pytest.mark.parametrize("since", [None, dt.date(2026, 6, 2)])
def test_without_a_contract_no_history_is_proposed(since: dt.date | None) -> None:
    assert cooperation_proposal(since, on=dt.date(2026, 6, 1), policy=DEFAULT_POLICY) is None


def test_a_departure_from_a_proposal_needs_a_reason() -> None:
    proposals = {"repayment_speed": "B", "cooperation_history": "A"}
    given = answers("ACAD")
    assert unexplained_departures(given, {}, proposals) == ["repayment_speed"]  # type: ignore[arg-type]
    assert unexplained_departures(given, {"repayment_speed": " "}, proposals) == ["repayment_speed"]  # type: ignore[arg-type]
    assert unexplained_departures(given, {"repayment_speed": "late twice"}, proposals) == []  # type: ignore[arg-type]

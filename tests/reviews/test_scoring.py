"""The score of an annual review (Annex 2, "Scoring reference")."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from creditrisk.policy.default import DEFAULT_POLICY
from reviews.scoring import review_score, total_score

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

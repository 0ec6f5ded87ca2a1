"""The figures of supervision, each side of every boundary, and against plain implementations (P3.1 e, glossary)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.effectiveness import share
from supervision.kpis import (
    Migration,
    RollRate,
    Sales,
    concentration,
    dso,
    dso_by_count_back,
    roll_rates,
)

D = Decimal
CENTS = st.integers(0, 10**9).map(lambda cents: D(cents) / 100)
SIGNED_CENTS = st.integers(-(10**9), 10**9).map(lambda cents: D(cents) / 100)
MONTHS = st.lists(st.builds(Sales, CENTS, st.integers(27, 35)), max_size=12)
ENDS = (0, 30, 60, 90, 180, 365, None)


def close_to(value: Decimal, exact: Fraction) -> bool:
    return abs(Fraction(value) - exact) < Fraction(1, 10**9)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(30, 120, D("0.25")), (0, 120, D(0)), (1, 0, None), (1, -1, None), (-30, 120, D("-0.25"))],
)
def test_a_share_is_of_something(part: int, whole: int, expected: Decimal | None) -> None:
    assert share(part, whole) == expected


def test_days_sales_outstanding() -> None:
    """Receivables 400, sales of 100, 200 and 300 in 30, 31 and 29 days: 400 ÷ 600 × 90 = 60 days."""
    sales = [Sales(D(100), 30), Sales(D(200), 31), Sales(D(300), 29)]
    assert dso(D(400), sales) == 60
    assert dso(D(-400), sales) == -60  # customers have paid ahead
    assert dso(D(0), sales) == 0
    assert dso(D(400), []) is None
    assert dso(D(400), [Sales(D(0), 30)]) is None


@given(SIGNED_CENTS, MONTHS)
def test_days_sales_outstanding_against_a_plain_fraction(receivables: Decimal, sales: list[Sales]) -> None:
    whole = sum((Fraction(one.amount) for one in sales), Fraction(0))
    found = dso(receivables, sales)
    if whole == 0:
        assert found is None
    else:
        assert found is not None
        exact = Fraction(receivables) / whole * sum(one.days for one in sales)
        assert abs(Fraction(found) - exact) <= abs(exact) / 10**20 + Fraction(1, 10**20)


@pytest.mark.parametrize(
    ("receivables", "expected"),
    [
        ("0", "0"),  # nothing is open
        ("-5", "0"),
        ("50", "15"),  # half of the last month: 50 ÷ 100 × 30
        ("100", "30"),  # exactly one month
        ("250", "53.25"),  # 30 + 150 ÷ 200 × 31
        ("300", "61"),  # exactly both months
        ("300.01", None),  # the known months sold less than is open
    ],
)
def test_counting_back(receivables: str, expected: str | None) -> None:
    sales = [Sales(D(100), 30), Sales(D(200), 31)]
    assert dso_by_count_back(D(receivables), sales) == (D(expected) if expected else None)


def test_counting_back_passes_over_a_month_without_sales() -> None:
    """Nothing was sold in the last month: its 30 days count whole; 50 of 100 in the month before: 30 + 15.5."""
    assert dso_by_count_back(D(50), [Sales(D(0), 30), Sales(D(100), 31)]) == D("45.5")


@given(SIGNED_CENTS, MONTHS)
def test_counting_back_cent_by_cent(receivables: Decimal, sales: list[Sales]) -> None:
    """The plain way: days are laid side by side, each with its part of the month's sales, until all is covered."""
    left, days = Fraction(receivables), Fraction(0)
    for month in sales:
        if left <= 0:
            break
        taken = min(left, Fraction(month.amount))
        covered = taken == Fraction(month.amount)
        days += month.days if covered else Fraction(month.days) * taken / Fraction(month.amount)
        left -= taken
    found = dso_by_count_back(receivables, sales)
    if left > 0:
        assert found is None
    else:
        assert found is not None
        assert close_to(found, days)


@pytest.mark.parametrize(
    ("largest", "whole", "expected"),
    [(("50", "30"), "200", "0.4"), ((), "200", "0"), (("50",), "0", None), (("50",), "40", "1.25")],
)
def test_concentration(largest: tuple[str, ...], whole: str, expected: str | None) -> None:
    assert concentration(map(D, largest), D(whole)) == (D(expected) if expected else None)


@given(st.lists(CENTS, min_size=1, max_size=30))
def test_the_largest_are_never_less_concentrated_than_any_others(amounts: list[Decimal]) -> None:
    whole = sum(amounts, D(0))
    ranked = sorted(amounts, reverse=True)
    top, bottom = concentration(ranked[:10], whole), concentration(ranked[-10:], whole)
    if not whole:
        assert top is None
    else:
        assert top is not None
        assert bottom is not None
        assert bottom <= top <= 1
        assert len(ranked) > 10 or top == 1


BEFORE = [D(1000), D(200), D(80), D(40), D(30), D(20), D(10)]
NOW = [D(900), D(250), D(50), D(20), D(60), D(20), D(15)]


def test_roll_rates() -> None:
    """Not due 1,000 → 1–30 250: 0.25; 1–30 200 → 31–60 50: 0.25; 31–60 80 → 61–90 20: 0.25. 61–90 → 91–180 says
    nothing: that bucket holds three months.
    """
    rates = roll_rates(BEFORE, NOW, up_to_days=ENDS, days_between=30)
    assert rates == (RollRate(0, D("0.25")), RollRate(1, D("0.25")), RollRate(2, D("0.25")))


@pytest.mark.parametrize(("days", "count"), [(26, 0), (27, 3), (35, 3), (36, 0)])
def test_roll_rates_need_reports_a_month_apart(days: int, count: int) -> None:
    assert len(roll_rates(BEFORE, NOW, up_to_days=ENDS, days_between=days)) == count


@pytest.mark.parametrize(("width", "count"), [(26, 0), (27, 1), (35, 1), (36, 0)])
def test_roll_rates_need_a_bucket_of_a_month(width: int, count: int) -> None:
    rates = roll_rates(
        [D(10), D(10), D(10)], [D(1), D(5), D(5)], up_to_days=(0, width, None), days_between=30
    )
    assert len(rates) == count


def test_an_empty_bucket_has_no_roll_rate() -> None:
    rates = roll_rates([D(0), D(10)], [D(1), D(5)], up_to_days=(0, 30), days_between=30)
    assert rates == (RollRate(0, None),)


MOVES = {
    ("A", "A"): 3,
    ("A", "B"): 1,
    ("C", "D"): 1,
    ("C", "B"): 2,
    ("D", "D"): 1,
    ("", "C"): 4,
    ("B", ""): 5,
}


def test_the_migration_matrix() -> None:
    """Eight had a grade both times: A→B and C→D are worse (2 of 8), two C→B better; four are new, five lost theirs."""
    moved = Migration(MOVES)
    assert moved.graded_twice == 8
    assert (moved.downgraded, moved.upgraded) == (2, 2)
    assert moved.downgraded_ratio == D("0.25")
    assert moved.count("A", "B") == 1
    assert moved.count("B", "A") == 0
    assert moved.mix() == {"A": 3, "B": 3, "C": 4, "D": 2, "": 5}


def test_without_two_grades_nobody_is_downgraded() -> None:
    assert Migration({("", "C"): 4}).downgraded_ratio is None


@given(st.lists(st.tuples(st.sampled_from(["", *"ABCD"]), st.sampled_from(["", *"ABCD"])), max_size=60))
def test_migration_customer_by_customer(customers: list[tuple[str, str]]) -> None:
    scale = "ABCD"
    moved = Migration(Counter(customers))
    worse = [1 for was, now in customers if was and now and scale.index(now) > scale.index(was)]
    better = [1 for was, now in customers if was and now and scale.index(now) < scale.index(was)]
    assert (moved.downgraded, moved.upgraded) == (len(worse), len(better))
    assert moved.graded_twice == sum(1 for was, now in customers if was and now)
    assert {grade: count for grade, count in moved.mix().items() if count} == dict(
        Counter(now for _was, now in customers)
    )

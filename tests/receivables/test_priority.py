"""Whom to call first (P5.2.3): overdue amount × days × weight of the grade, worked by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from creditrisk.exchange_rates.conversion import Rates
from creditrisk.policy.schema import GradeWeights
from receivables.priority import Priority, priority

RATES = Rates("CNY", dt.date(2026, 3, 4), {"CNY": Decimal(1), "USD": Decimal("7.1")})


def of(overdue: dict[str, str], *, days: int = 10, grade: str = "A") -> Priority:
    amounts = {currency: Decimal(amount) for currency, amount in overdue.items()}
    return priority(amounts, oldest_days=days, grade=grade, weights=GradeWeights(), rates=RATES)


@pytest.mark.parametrize(
    ("grade", "expected"), [("A", "1000"), ("B", "1200"), ("C", "1500"), ("D", "2000"), ("", "1500")]
)
def test_the_worse_the_grade_the_earlier(grade: str, expected: str) -> None:
    """100.00 for 10 days: 100 × 10 × 1.0, 1.2, 1.5, 2.0; who has no grade weighs as a C."""
    assert of({"CNY": "100.00"}, grade=grade).value == Decimal(expected)


def test_amounts_are_added_in_the_base_currency() -> None:
    """100.00 CNY and 50.00 USD at 7.1 are 455.00; for 4 days with grade B 455 × 4 × 1.2 = 2,184.00."""
    found = of({"CNY": "100.00", "USD": "50.00"}, days=4, grade="B")
    assert (found.amount, found.days, found.weight, found.value) == (
        Decimal("455.00"),
        4,
        Decimal("1.2"),
        Decimal("2184.00"),
    )
    assert found.currencies_without_rate == ()


def test_without_a_rate_an_amount_counts_as_it_is_and_is_marked() -> None:
    found = of({"CNY": "100.00", "EUR": "20.00", "CHF": "1.00"})
    assert (found.amount, found.currencies_without_rate) == (Decimal("121.00"), ("CHF", "EUR"))


@pytest.mark.parametrize(("overdue", "days"), [({}, 10), ({"CNY": "-5.00"}, 10), ({"CNY": "5.00"}, 0)])
def test_nothing_overdue_is_never_urgent(overdue: dict[str, str], days: int) -> None:
    assert of(overdue, days=days).value == 0


def test_a_day_to_come_does_not_make_the_number_negative() -> None:
    assert (of({"CNY": "5.00"}, days=-7).days, of({"CNY": "5.00"}, days=-7).value) == (0, 0)


def test_credits_in_one_currency_do_not_lower_another() -> None:
    assert of({"CNY": "100.00", "USD": "-50.00"}).amount == Decimal("100.00")

"""The rules of the effectiveness of collection: shares, the index, what reports can tell (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from receivables.effectiveness import (
    PromisesDecided,
    Receivables,
    Recovered,
    months_between,
    percent,
    reports_around,
    share,
    usual_months,
)


def amounts(*given: str) -> list[Decimal]:
    return [Decimal(amount) for amount in given]


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [("30", "120", "25.0"), ("0", "120", "0.0"), ("0", "0", None), ("5", "0", None), ("5", "-1", None),
     ("-30", "120", "-25.0"), ("150", "120", "125.0")],
)  # fmt: skip
def test_a_share_of_nothing_is_no_share(part: str, whole: str, expected: str | None) -> None:
    found = percent(share(Decimal(part), Decimal(whole)))
    assert found == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("ratio", "expected"), [("0.6664", "66.6"), ("0.6665", "66.7"), ("-0.0005", "-0.1"), ("-0.0004", "0.0")]
)
def test_percentages_are_rounded_half_up_to_a_tenth(ratio: str, expected: str) -> None:
    assert percent(Decimal(ratio)) == Decimal(expected)


@pytest.mark.parametrize(
    ("given", "collected", "collectable", "expected"),
    [
        (("1000", "500", "600", "450"), "900", "1050", "85.7"),
        (("1000", "500", "450", "450"), "1050", "1050", "100.0"),
        (("1000", "500", "1500", "450"), "0", "1050", "0.0"),
        (("1000", "0", "1200", "100"), "-200", "900", "-22.2"),
        (("1000", "500", "400", "450"), "1100", "1050", "104.8"),
        (("0", "500", "500", "500"), "0", "0", None),
        (("0", "0", "0", "0"), "0", "0", None),
        (("-100", "0", "-100", "0"), "0", "-100", None),
    ],
)
def test_the_index(given: tuple[str, ...], collected: str, collectable: str, expected: str | None) -> None:
    """Opening, invoiced, closing, closing current. 1,000 + 500 − 600 = 900 of 1,000 + 500 − 450 = 1,050: 85.7 %.
    All that was due is paid: 1,050 of 1,050. Nothing: 0 of 1,050. Balances rose by 200 that nobody invoiced: −200 of
    900. More came in than was due (an advance of 50): 1,100 of 1,050. Nothing was due, or credits alone: no index.
    """
    found = Receivables("CNY", *amounts(*given))
    assert (found.collected_amount, found.collectable_amount) == tuple(amounts(collected, collectable))
    assert percent(found.index_ratio) == (None if expected is None else Decimal(expected))


def test_sums_are_of_one_currency() -> None:
    """1,000 + 100 opening, 500 + 0 invoiced, 600 + 100 closing, 450 + 0 current: 900 of 1,150 is 78.3 %."""
    first = Receivables("CNY", *amounts("1000", "500", "600", "450"))
    both = first + Receivables("CNY", *amounts("100", "0", "100", "0"))
    assert both == Receivables("CNY", *amounts("1100", "500", "700", "450"))
    assert percent(both.index_ratio) == Decimal("78.3")
    with pytest.raises(ValueError, match="without a rate"):
        first + Receivables("USD", *amounts("1", "1", "1", "1"))


def test_what_nobody_knows_counts_neither_for_nor_against() -> None:
    """1,000 demanded, 400 of it known, 300 recovered: 75 %, not 30 %. Nothing known: no ratio."""
    assert Recovered("CNY", *amounts("1000", "400", "300")).ratio == Decimal("0.75")
    assert Recovered("CNY", *amounts("1000", "0", "0")).ratio is None


def test_promises_by_count_and_by_amount() -> None:
    """2 of 4 kept: 50 %; 1,200 of 2,000 paid: 60 %. None decided: no rate."""
    found = PromisesDecided("CNY", 2, 1, 1, *amounts("2000", "1200"))
    assert (found.decided, found.kept_ratio, found.paid_ratio) == (4, Decimal("0.5"), Decimal("0.6"))
    assert (PromisesDecided("CNY").kept_ratio, PromisesDecided("CNY").paid_ratio) == (None, None)


def day(number: int) -> dt.date:
    return dt.date(2026, 3, 1) + dt.timedelta(days=number)


@pytest.mark.parametrize(
    ("reports", "within", "expected"),
    [
        ((0, 7), 7, (0, 7)),
        ((0, 8), 7, None),
        ((0, 6), 7, None),
        ((0, 6, 8), 7, (0, 6)),
        ((-3, 5, 7, 30), 7, (-3, 7)),
        ((-3, 5, 7, 30), 30, (-3, 30)),
        ((-3, 5, 7, 30), 60, None),
        ((1, 7), 7, None),
        ((-9,), 7, None),
        ((), 7, None),
        ((0, 0 + 1, 9), 7, (0, 1)),
    ],
)
def test_which_reports_tell_what_fell_after_a_notice(
    reports: tuple[int, ...], within: int, expected: tuple[int, int] | None
) -> None:
    """A notice of day 0. A report of the last day counts, one of the day after does not; without one in the time, or
    none of its end or later, nobody knows; nor without one at the notice or before.
    """
    found = reports_around([day(number) for number in reports], day(0), within=within)
    assert found == (None if expected is None else (day(expected[0]), day(expected[1])))


def test_months() -> None:
    assert months_between(dt.date(2026, 11, 30), dt.date(2027, 2, 1)) == (
        dt.date(2026, 11, 1), dt.date(2026, 12, 1), dt.date(2027, 1, 1), dt.date(2027, 2, 1),
    )  # fmt: skip
    assert months_between(dt.date(2026, 3, 1), dt.date(2026, 2, 28)) == ()


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (dt.date(2026, 11, 26), dt.date(2026, 5, 1), dt.date(2026, 10, 1)),
        (dt.date(2026, 12, 31), dt.date(2026, 6, 1), dt.date(2026, 11, 1)),
        (dt.date(2027, 1, 1), dt.date(2026, 7, 1), dt.date(2026, 12, 1)),
        (dt.date(2027, 6, 1), dt.date(2026, 12, 1), dt.date(2027, 5, 1)),
    ],
)
def test_the_usual_months_are_the_last_six_whole_ones(today: dt.date, first: dt.date, last: dt.date) -> None:
    assert usual_months(today) == (first, last)

"""Calendar quarters: written, bounded, one after another."""

from __future__ import annotations

import datetime as dt

import pytest

from creditrisk.quarters import Quarter


@pytest.mark.parametrize(
    ("day", "text", "first_on", "last_on"),
    [
        (dt.date(2026, 1, 1), "2026Q1", dt.date(2026, 1, 1), dt.date(2026, 3, 31)),
        (dt.date(2026, 3, 31), "2026Q1", dt.date(2026, 1, 1), dt.date(2026, 3, 31)),
        (dt.date(2026, 4, 1), "2026Q2", dt.date(2026, 4, 1), dt.date(2026, 6, 30)),
        (dt.date(2026, 9, 30), "2026Q3", dt.date(2026, 7, 1), dt.date(2026, 9, 30)),
        (dt.date(2028, 2, 29), "2028Q1", dt.date(2028, 1, 1), dt.date(2028, 3, 31)),
        (dt.date(2026, 12, 31), "2026Q4", dt.date(2026, 10, 1), dt.date(2026, 12, 31)),
    ],
)
def test_the_quarter_of_a_day(day: dt.date, text: str, first_on: dt.date, last_on: dt.date) -> None:
    quarter = Quarter.of(day)
    assert (str(quarter), quarter.first_on, quarter.last_on) == (text, first_on, last_on)
    assert Quarter.parse(text) == quarter
    assert Quarter.of(quarter.first_on - dt.timedelta(days=1)) == quarter.previous
    assert quarter.previous < quarter
    assert str(quarter.previous) < text


@pytest.mark.parametrize(
    "text", ["", "2026", "2026Q0", "2026Q5", "2026q3", "26Q3", "2026-Q3", "２０２６Q3", "0026Q1"]
)
def test_anything_else_is_no_quarter(text: str) -> None:
    with pytest.raises(ValueError, match="written like 2026Q3"):
        Quarter.parse(text)

"""The periods of jobs: how they are written, where they begin and end, over leap days and year ends."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.jobs.periods import Cadence, ends_on, next_period, period_before, period_of, starts_on

DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))


@pytest.mark.parametrize(
    ("day", "cadence", "period"),
    [
        (dt.date(2026, 11, 27), Cadence.DAY, "2026-11-27"),
        (dt.date(2028, 2, 29), Cadence.DAY, "2028-02-29"),
        (dt.date(2028, 2, 29), Cadence.MONTH, "2028-02"),
        (dt.date(2026, 12, 31), Cadence.MONTH, "2026-12"),
        (dt.date(2026, 3, 31), Cadence.QUARTER, "2026Q1"),
        (dt.date(2026, 4, 1), Cadence.QUARTER, "2026Q2"),
        (dt.date(2026, 9, 30), Cadence.QUARTER, "2026Q3"),
        (dt.date(2026, 10, 1), Cadence.QUARTER, "2026Q4"),
        (dt.date(2026, 12, 31), Cadence.YEAR, "2026"),
        (dt.date(2027, 1, 1), Cadence.YEAR, "2027"),
    ],
)
def test_a_day_lies_in_its_period(day: dt.date, cadence: Cadence, period: str) -> None:
    assert period_of(day, cadence) == period


@pytest.mark.parametrize(
    ("period", "cadence", "first", "last"),
    [
        ("2028-02", Cadence.MONTH, dt.date(2028, 2, 1), dt.date(2028, 2, 29)),
        ("2026-02", Cadence.MONTH, dt.date(2026, 2, 1), dt.date(2026, 2, 28)),
        ("2026Q1", Cadence.QUARTER, dt.date(2026, 1, 1), dt.date(2026, 3, 31)),
        ("2026Q4", Cadence.QUARTER, dt.date(2026, 10, 1), dt.date(2026, 12, 31)),
        ("2028", Cadence.YEAR, dt.date(2028, 1, 1), dt.date(2028, 12, 31)),
        ("2028-02-29", Cadence.DAY, dt.date(2028, 2, 29), dt.date(2028, 2, 29)),
    ],
)
def test_a_period_begins_and_ends(period: str, cadence: Cadence, first: dt.date, last: dt.date) -> None:
    assert (starts_on(period, cadence), ends_on(period, cadence)) == (first, last)


@pytest.mark.parametrize(
    ("period", "cadence"),
    [
        ("2026-13", Cadence.MONTH),
        ("2026-1", Cadence.MONTH),
        ("2026Q5", Cadence.QUARTER),
        ("2026Q0", Cadence.QUARTER),
        ("2026-Q1", Cadence.QUARTER),
        ("2026", Cadence.QUARTER),
        ("2027-02-29", Cadence.DAY),
        ("20261127", Cadence.DAY),
        ("26", Cadence.YEAR),
        ("x", Cadence.YEAR),
    ],
)
def test_what_is_no_period_is_refused(period: str, cadence: Cadence) -> None:
    with pytest.raises(ValueError):
        starts_on(period, cadence)


@given(DAYS, st.sampled_from(Cadence))
def test_periods_follow_each_other_without_gap(day: dt.date, cadence: Cadence) -> None:
    period = period_of(day, cadence)
    assert starts_on(period, cadence) <= day <= ends_on(period, cadence)
    following = next_period(period, cadence)
    assert starts_on(following, cadence) == ends_on(period, cadence) + dt.timedelta(days=1)
    assert period_before(following, cadence) == period
    assert following > period

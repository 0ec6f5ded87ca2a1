"""Half-years of the calendar, and from which one on a contract is checked (P3.2.3)."""

from __future__ import annotations

import datetime as dt

import pytest

from customers.self_check_periods import SelfCheckPeriod, is_to_be_checked, self_check_period


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("on", "months", "starts", "ends"),
    [
        ("2026-01-01", 6, "2026-01-01", "2026-06-30"),
        ("2026-06-30", 6, "2026-01-01", "2026-06-30"),
        ("2026-07-01", 6, "2026-07-01", "2026-12-31"),
        ("2026-12-31", 6, "2026-07-01", "2026-12-31"),
        ("2028-02-29", 1, "2028-02-01", "2028-02-29"),
        ("2027-02-28", 1, "2027-02-01", "2027-02-28"),
        ("2026-03-31", 3, "2026-01-01", "2026-03-31"),
        ("2026-04-01", 3, "2026-04-01", "2026-06-30"),
        ("2026-08-31", 4, "2026-05-01", "2026-08-31"),
        ("2026-05-05", 12, "2026-01-01", "2026-12-31"),
    ],
)
def test_period_of_a_day(on: str, months: int, starts: str, ends: str) -> None:
    assert self_check_period(day(on), months) == SelfCheckPeriod(day(starts), day(ends))


@pytest.mark.parametrize("months", [0, -6, 5, 7, 24])
def test_months_that_do_not_fit_into_a_year(months: int) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        self_check_period(day("2026-01-01"), months)


@pytest.mark.parametrize(
    ("performing", "is_checked"), [("2025-12-31", True), ("2026-01-01", True), ("2026-01-02", False)]
)
def test_a_contract_is_checked_from_its_first_whole_period_on(performing: str, is_checked: bool) -> None:
    period = SelfCheckPeriod(day("2026-01-01"), day("2026-06-30"))
    assert is_to_be_checked(day(performing), period) == is_checked

"""Dates: every usual way of writing one, and no guessing between two."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.reading import columns
from receivables.reading.dates import DAY_FIRST, MONTH_FIRST, DateError, day_order, parse_date

days = st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))


def error(text: str, order: str | None = None) -> str:
    with pytest.raises(DateError) as raised:
        parse_date(text, order=order)
    return raised.value.code


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-01", "2025/3/1", "2025.03.01", "2025. 3. 1", "20250301", "20250301.0", "2025年3月1日",
        "2025 年 03 月 01 日",
        "２０２５年３月１日", "2025年3月1号", "2025-03-01 00:00:00", "2025/3/1 0:00", "2025-03-01T10:11:12Z",
        "2025-03-01T10:11:12.123+08:00", "3/1/2025 12:00:00 AM", "01.03.2025", "1.3.2025 00:00:00", "1-Mar-2025",
        "1-Mar-25", "01MAR2025", "1 March 2025", "1st March 2025", "Mar 1, 2025", "March 1st, 2025",
        "45717", "45717.75",
    ],
)  # fmt: skip
def test_the_first_of_march_2025(text: str) -> None:
    assert parse_date(text, order=MONTH_FIRST) == dt.date(2025, 3, 1)


def test_serials_of_1904_are_four_years_later() -> None:
    """45717 − 1462 = 44255 days after 1 January 1904."""
    assert parse_date("44255", epoch_1904=True) == dt.date(2025, 3, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("soon", "not_a_date"),
        ("3月1日", "not_a_date"),
        ("2025年3月", "not_a_date"),
        ("2025-03", "not_a_date"),
        ("2025-03/01", "not_a_date"),
        ("12:30:00", "not_a_date"),
        ("1.5", "not_a_date"),
        ("true", "not_a_date"),
        ("1 Foo 2025", "not_a_date"),
        ("1 Marchy 2025", "not_a_date"),
        ("#REF!", "not_a_date"),
        ("2025-02-31", "impossible_date"),
        ("31.02.2025", "impossible_date"),
        ("2025年2月29日", "impossible_date"),
        ("20251301", "impossible_date"),
        ("32/13/2025", "impossible_date"),
        ("2025-00-10", "impossible_date"),
        ("31-Feb-2025", "impossible_date"),
        ("0000-01-01", "impossible_date"),
        ("3/4/2025", "ambiguous_date"),
        ("03-04-2025", "ambiguous_date"),
        ("31.12.25", "two_digit_year"),
        ("25/03/01", "two_digit_year"),
        ("1899-12-31", "date_out_of_range"),
        ("1989-12-31", "date_out_of_range"),
        ("2101-01-01", "date_out_of_range"),
        ("10000", "date_out_of_range"),
        ("99999", "date_out_of_range"),
    ],
)
def test_what_is_no_date_is_refused(text: str, code: str) -> None:
    assert error(text) == code


def test_both_ends_of_the_range_are_dates() -> None:
    assert parse_date("1990-01-01") == dt.date(1990, 1, 1)
    assert parse_date("2100-12-31") == dt.date(2100, 12, 31)


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        ([], None),
        (["3/4/2025"], None),
        (["31/12/2025", "3/4/2025"], DAY_FIRST),
        (["12/31/2025", "3/4/2025"], MONTH_FIRST),
        (["31/12/2025", "12/31/2025"], None),
        (["31.12.2025"], None),
        (["2025-12-31"], None),
    ],
)
def test_a_file_proves_how_it_writes_days_and_months(texts: list[str], order: str | None) -> None:
    assert day_order(texts) == order


def test_one_column_settles_the_other() -> None:
    """The due date 30/04/2025 proves that the document date 03/04/2025 is the third of April."""
    first, second = columns.dates([pl.Series(["03/04/2025"]), pl.Series(["30/04/2025"])], epoch_1904=False)
    assert first["value"].to_list() == [dt.date(2025, 4, 3)]
    assert second["value"].to_list() == [dt.date(2025, 4, 30)]


def test_what_reads_one_way_only_is_read_even_where_the_rest_differs() -> None:
    assert parse_date("31/12/2025", order=MONTH_FIRST) == dt.date(2025, 12, 31)
    assert parse_date("12/31/2025", order=DAY_FIRST) == dt.date(2025, 12, 31)
    assert parse_date("5/5/2025") == dt.date(2025, 5, 5)


WRITERS = [
    lambda day: day.isoformat(),
    lambda day: f"{day.year}/{day.month}/{day.day}",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{day:%d.%m.%Y}",
    lambda day: f"{day} 23:59:59",
    lambda day: str((day - dt.date(1899, 12, 30)).days),
]


@given(days, st.sampled_from(WRITERS))
def test_every_way_of_writing_a_date_comes_back(day: dt.date, write) -> None:  # type: ignore[no-untyped-def]
    assert parse_date(write(day)) == day


@given(days)
def test_slashes_come_back_in_the_order_of_the_file(day: dt.date) -> None:
    assert parse_date(f"{day:%d/%m/%Y}", order=DAY_FIRST) == day
    assert parse_date(f"{day:%m/%d/%Y}", order=MONTH_FIRST) == day


@given(st.text(max_size=20))
def test_any_text_is_a_date_or_an_error(text: str) -> None:
    [result] = columns.dates([pl.Series([text])], epoch_1904=False)
    [day], [code] = result["value"].to_list(), result["code"].to_list()
    assert (day is None) == (code is not None)
    assert day is None or 1990 <= day.year <= 2100

"""When a document falls due: both sides of month ends and leap days (P5.2.2)."""

from __future__ import annotations

import datetime as dt

import pytest

from customers.payment_terms import END_OF_MONTH, NET, due_on


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("document", "days", "due"),
    [
        ("2026-03-01", 0, "2026-03-01"),
        ("2026-01-31", 1, "2026-02-01"),
        ("2026-01-30", 30, "2026-03-01"),  # 2 days of January, 28 of February
        ("2028-01-30", 30, "2028-02-29"),  # a leap year has one day more
        ("2028-02-28", 1, "2028-02-29"),
        ("2027-02-28", 1, "2027-03-01"),
        ("2026-12-02", 30, "2027-01-01"),
        ("2026-12-01", 30, "2026-12-31"),
        ("2026-11-01", 60, "2026-12-31"),  # 29 days of November, 31 of December
    ],
)
def test_net_counts_from_the_document(document: str, days: int, due: str) -> None:
    assert due_on(day(document), NET, days) == day(due)


@pytest.mark.parametrize(
    ("document", "days", "due"),
    [
        ("2026-03-01", 0, "2026-03-31"),
        ("2026-03-31", 0, "2026-03-31"),
        ("2026-04-01", 0, "2026-04-30"),
        ("2026-03-01", 30, "2026-04-30"),  # the whole of March falls due on the same day
        ("2026-03-31", 30, "2026-04-30"),
        ("2026-04-01", 30, "2026-05-30"),  # a day later it is another month
        ("2027-02-01", 1, "2027-03-01"),
        ("2028-02-01", 0, "2028-02-29"),
        ("2028-02-29", 1, "2028-03-01"),
        ("2026-11-30", 31, "2026-12-31"),
        ("2026-12-01", 1, "2027-01-01"),
    ],
)
def test_end_of_month_counts_from_the_last_day(document: str, days: int, due: str) -> None:
    assert due_on(day(document), END_OF_MONTH, days) == day(due)


@pytest.mark.parametrize(("kind", "days"), [("weekly", 30), ("", 30), (NET, -1), (END_OF_MONTH, -1)])
def test_what_is_no_term(kind: str, days: int) -> None:
    with pytest.raises(ValueError, match=r"payment term"):
        due_on(day("2026-03-01"), kind, days)

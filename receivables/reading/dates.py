"""Dates as spreadsheets, programs and people write them.

A date that could be two days is refused, not guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from receivables.reading.texts import half_width

FIRST_YEAR, LAST_YEAR = 1990, 2100
# How 3/4/2025 is read: day first, month first, or (None) not at all.
DAY_FIRST, MONTH_FIRST = "dmy", "mdy"

_SERIAL_ZERO = dt.date(1899, 12, 30)
_SERIAL_ZERO_1904 = dt.date(1904, 1, 1)
_TIME = (
    r"(?:(?:\s+|T)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
    r"\s*(?:[AP]M)?\s*(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_YEAR_FIRST = re.compile(
    rf"([0-9]{{4}})\s*([-/.])\s*([0-9]{{1,2}})\s*\2\s*([0-9]{{1,2}}){_TIME}", re.IGNORECASE
)
_CHINESE = re.compile(
    rf"([0-9]{{4}})\s*年\s*([0-9]{{1,2}})\s*月\s*([0-9]{{1,2}})\s*[日号號]?{_TIME}", re.IGNORECASE
)
_COMPACT = re.compile(rf"([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})(?:\.0+)?{_TIME}", re.IGNORECASE)
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]*)?")
_YEAR_LAST = re.compile(
    rf"([0-9]{{1,2}})\s*([-/.])\s*([0-9]{{1,2}})\s*\2\s*([0-9]{{4}}|[0-9]{{2}}){_TIME}", re.I
)
_DAY_NAME = re.compile(
    rf"([0-9]{{1,2}})(?:st|nd|rd|th)?[-\s./]*([a-z]{{3,9}})\.?[-\s,./]*([0-9]{{4}}|[0-9]{{2}}){_TIME}", re.I
)
_NAME_DAY = re.compile(
    rf"([a-z]{{3,9}})\.?[-\s]*([0-9]{{1,2}})(?:st|nd|rd|th)?[-\s,]+([0-9]{{4}}){_TIME}", re.I
)
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTHS = {name[:3]: number for number, name in enumerate(_MONTH_NAMES, start=1)}


class DateError(ValueError):
    """The text is no date, or not one date; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def day_order(texts: Iterable[str]) -> str | None:
    """Return how the texts of a file's date columns write 3/4/2025, where one of them proves it, or None."""
    day_first = month_first = False
    for text in texts:
        match = _YEAR_LAST.fullmatch(half_width(text))
        if match is None or match[2] == ".":
            continue
        day_first = day_first or int(match[1]) > 12
        month_first = month_first or int(match[3]) > 12
    if day_first == month_first:
        return None
    return DAY_FIRST if day_first else MONTH_FIRST


def parse_date(text: str, *, order: str | None = None, epoch_1904: bool = False) -> dt.date:
    """Return the calendar date that `text` states; a time of day is dropped.

    Raises DateError: not_a_date, impossible_date (31 February), ambiguous_date (3/4/2025 without an `order`),
    two_digit_year, date_out_of_range (before 1990 or after 2100).
    """
    narrow = half_width(text)
    for pattern in (_YEAR_FIRST, _CHINESE, _COMPACT):
        if match := pattern.fullmatch(narrow):
            year, month, day = (part for part in match.groups() if part.isdigit())
            return _date(int(year), int(month), int(day))
    if match := _SERIAL.fullmatch(narrow):
        return _in_range(
            (_SERIAL_ZERO_1904 if epoch_1904 else _SERIAL_ZERO) + dt.timedelta(days=int(match[1]))
        )
    if match := _YEAR_LAST.fullmatch(narrow):
        return _year_last(int(match[1]), match[2], int(match[3]), match[4], order)
    if match := _DAY_NAME.fullmatch(narrow):
        year_text = match[3] if len(match[3]) == 4 else f"20{match[3]}"
        return _date(int(year_text), _month(match[2]), int(match[1]))
    if match := _NAME_DAY.fullmatch(narrow):
        return _date(int(match[3]), _month(match[1]), int(match[2]))
    raise DateError("not_a_date")


def _year_last(first: int, separator: str, second: int, year: str, order: str | None) -> dt.date:
    if len(year) == 2:
        raise DateError("two_digit_year")
    if separator == ".":
        return _date(int(year), second, first)
    if order is None and first != second and max(first, second) <= 12:
        raise DateError("ambiguous_date")
    # A value that can be read in one way only is read in that way, whatever the rest of the file does.
    month_first = order == MONTH_FIRST if max(first, second) <= 12 else second > 12
    day, month = (second, first) if month_first else (first, second)
    return _date(int(year), month, day)


def _month(name: str) -> int:
    short = name.lower()
    month = _MONTHS.get(short[:3])
    if month is None or (len(short) > 3 and short not in (*_MONTH_NAMES, "sept")):
        raise DateError("not_a_date")
    return month


def _date(year: int, month: int, day: int) -> dt.date:
    try:
        return _in_range(dt.date(year, month, day))
    except DateError:
        raise
    except ValueError:
        raise DateError("impossible_date") from None


def _in_range(day: dt.date) -> dt.date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DateError("date_out_of_range")
    return day

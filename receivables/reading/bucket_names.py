"""Which days past due a column of an aging table covers, from its header: 31-60天, 90天以上, 1-2年, Not due, > 365.

Days and years are exact (a year is 365 days, as the policy's last bucket has it); months are not: a column in months
agrees with no bucket in days, and is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from receivables.reading.headers import simplified
from receivables.reading.texts import half_width

YEAR_DAYS, MONTH_DAYS = 365, 30
_NOT_DUE = re.compile(
    r"(?:未到期|未逾期|未过期|尚未到期|未到账期|信用期内|账期内|期内|正常|notdue|notyetdue|notoverdue|current|undue|withinterms)"
    r"(?:金额|余额|款|应收款|应收账款|部分|amount)?"
)
_BRACKETS = re.compile(r"\(.*?\)")
_NOISE = re.compile(
    r"逾期|过期|超期|账龄|账期|以内未收|金额|余额|应收款|应收|pastdue|overdue|aging|age|bucket|amount|[\s_'\"]"
)
_DASH = r"(?:-|~|～|—|–|至|到|to)"
_UNIT = r"(天|日|days?|d|个月|月|months?|mths?|mo|年|years?|yrs?|y)?"
_RANGE = re.compile(rf"(\d+){_UNIT}{_DASH}(\d+){_UNIT}(?:以内|内)?")
_UP_TO = re.compile(
    rf"(?:<=|≤|<|不足|under|upto|within|lessthan)?(\d+|半){_UNIT}(?:\(含\))?(?:及以内|以内|以下|之内|内|orless)?"
)
_OVER = re.compile(
    rf"(?:>=|≥|>|大于|超过|超|over|above|morethan|older|olderthan)?(\d+){_UNIT}?"
    rf"(?:及以上|以上|之上|上|\+|{_DASH}?(?:above|over|plus|andabove|andover|andmore|ormore|up|andolder|older)(?:days?)?)?"
)
_UPPER_MARK = re.compile(r"<|≤|不足|under|upto|within|lessthan|以内|以下|之内|内|orless")
_OVER_MARK = re.compile(r">|≥|大于|超|over|above|more|older|以上|之上|上|\+|plus|up")
_OLDER = re.compile(r"older|更早|更久|以上")


@dataclass(frozen=True)
class BucketColumn:
    """A column of an aging table: `lower` to `upper` days past due, both included, None: no end.

    The first days of a column that says only where it ends are those after the column before it. `is_exact` is false
    for months.
    """

    index: int
    text: str
    lower: int | None
    upper: int | None
    is_exact: bool = True


def bucket_column(index: int, text: str) -> BucketColumn | None:
    """Return which days a header covers, as far as it says; None where it is no bucket."""
    key = _BRACKETS.sub("", simplified(half_width(text)).casefold()).replace(" ", "")
    if _NOT_DUE.fullmatch(key):
        return BucketColumn(index, text, None, 0)
    key = _NOISE.sub("", key)
    if _OLDER.fullmatch(key):
        return BucketColumn(index, text, -1, None, is_exact=False)
    if match := _RANGE.fullmatch(key):
        unit = match[4] or match[2]
        low, high = int(match[1]), int(match[3])
        days, exact = _days(unit)
        if low >= high:
            return None
        return BucketColumn(index, text, low * days + (1 if days > 1 else 0), high * days, exact)
    if _UPPER_MARK.search(key) and (match := _UP_TO.fullmatch(key)):
        days, exact = _days(match[2])
        count = int(match[1]) if match[1] != "半" else 0
        upper = count * days if count else YEAR_DAYS // 2
        return BucketColumn(index, text, None, upper, exact and bool(count))
    if _OVER_MARK.search(key) and (match := _OVER.fullmatch(key)):
        days, exact = _days(match[2])
        return BucketColumn(index, text, int(match[1]) * days, None, exact)
    if (match := re.fullmatch(r"(\d+)(个月|月|months?)", key)) is not None:
        # Xero's "1 Month", "2 Months": from so many months on, up to the next.
        return BucketColumn(
            index, text, int(match[1]) * MONTH_DAYS, (int(match[1]) + 1) * MONTH_DAYS - 1, is_exact=False
        )
    return None


def _days(unit: str | None) -> tuple[int, bool]:
    if unit and unit[0] in "年y":
        return YEAR_DAYS, True
    if unit and (unit[0] == "个" or unit[0] in "月m"):
        return MONTH_DAYS, False
    return 1, True


def settled(columns: Sequence[BucketColumn]) -> tuple[BucketColumn, ...] | None:
    """Return the columns from the youngest to the oldest, each beginning where the one before it ends; None where they
    overlap or leave days out, so that nobody can say what belongs where.

    "Over 90" and "91 and more" mean the same behind a column that ends with 90, and 30–60 behind 0–30 begins with 31.
    """
    ordered = sorted(columns, key=lambda column: (column.upper is None, column.upper or 0))
    found: list[BucketColumn] = []
    for column in ordered:
        if not found:
            lower = column.lower if column.upper is not None else None
            found.append(BucketColumn(column.index, column.text, lower, column.upper, column.is_exact))
            continue
        before = found[-1].upper
        if before is None or (column.upper is not None and column.upper <= before):
            return None
        start = before + 1
        if column.lower is not None and column.lower >= 0 and not start - 1 <= column.lower <= start:
            return None
        found.append(BucketColumn(column.index, column.text, start, column.upper, column.is_exact))
    return tuple(found)

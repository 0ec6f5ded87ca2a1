"""Business days: China's public holidays and make-up working days, and what the company says otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import holidays

ONE_DAY = dt.timedelta(days=1)


LANGUAGES = {"en": "en_US", "zh-hans": "zh_CN", "zh-hant": "zh_TW"}


@lru_cache(maxsize=len(LANGUAGES))
def public_holidays(language: str = "en") -> holidays.HolidayBase:
    """Return China's calendar with names in `language`; it works out each year when it is first asked for. Years whose
    make-up days are not announced yet have their holidays and plain weekends.
    """
    return holidays.country_holidays("CN", language=LANGUAGES.get(language))


@dataclass(frozen=True)
class BusinessCalendar:
    """The days on which the company works. `exceptions` (date → whether it is a business day) outweigh the public
    calendar.
    """

    exceptions: Mapping[dt.date, bool] = field(default_factory=dict)

    def is_business_day(self, day: dt.date) -> bool:
        """Return whether the company works on `day`."""
        if day in self.exceptions:
            return self.exceptions[day]
        return public_holidays().is_working_day(day)

    def after(self, day: dt.date, count: int) -> dt.date:
        """Return the `count`-th business day after `day`; `count` is 1 or more, `day` may be any day."""
        for _number in range(count):
            day += ONE_DAY
            while not self.is_business_day(day):
                day += ONE_DAY
        return day

    def on_or_before(self, day: dt.date) -> dt.date:
        """Return the last business day up to `day` (included)."""
        while not self.is_business_day(day):
            day -= ONE_DAY
        return day

    def days_between(self, start: dt.date, end: dt.date) -> int:
        """Return how many business days lie after `start` up to `end` (included); 0 where `end` is not later."""
        return sum(self.is_business_day(day) for day in _days(start + ONE_DAY, end))


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    while first <= last:
        yield first
        first += ONE_DAY


@dataclass(frozen=True)
class SpecialDay:
    """A day that is not what its weekday says. `is_exception`: the company entered it."""

    day: dt.date
    is_business_day: bool
    name: str
    is_exception: bool


def special_days(
    year: int, exceptions: Mapping[dt.date, tuple[bool, str]], *, language: str
) -> list[SpecialDay]:
    """Return the days of `year` that are free on a weekday or worked at a weekend, named in `language`, and all
    exceptions of the company (date → business day or not, name), in order.
    """
    calendar = public_holidays(language)
    found = []
    for day in _days(dt.date(year, 1, 1), dt.date(year, 12, 31)):
        if day in exceptions:
            works, name = exceptions[day]
            found.append(SpecialDay(day, works, name, is_exception=True))
            continue
        works = calendar.is_working_day(day)
        if works == (day.weekday() >= 5):
            found.append(SpecialDay(day, works, "" if works else calendar.get(day, ""), is_exception=False))
    return found

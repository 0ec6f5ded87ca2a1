"""When mails to customers may leave: on business days, between two times of the company's day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

ONE_DAY = dt.timedelta(days=1)
LONGEST_CLOSED_DAYS = 366
"""A calendar without any business day for a year is a mistake; mails then leave rather than wait for ever."""


@dataclass(frozen=True)
class SendingHours:
    """From `opens` (included) to `closes` (excluded), local time in `zone`, on the days that are business days."""

    opens: dt.time
    closes: dt.time
    zone: ZoneInfo
    is_business_day: Callable[[dt.date], bool]

    def next_opening(self, now: dt.datetime) -> dt.datetime:
        """Return `now` where mails may leave at that moment, otherwise when they may next."""
        local = now.astimezone(self.zone)
        if self.is_business_day(local.date()) and self.opens <= local.time() < self.closes:
            return now
        day = local.date() if local.time() < self.opens else local.date() + ONE_DAY
        for _number in range(LONGEST_CLOSED_DAYS):
            if self.is_business_day(day):
                return dt.datetime.combine(day, self.opens, tzinfo=self.zone)
            day += ONE_DAY
        return now

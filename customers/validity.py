"""When a qualification is valid, and which reminder a day calls for (P4.3). Pure rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

Validity = Literal["valid", "ending", "expired", "not_yet_valid", "retired"]


def days_left(valid_to_on: dt.date, on: dt.date) -> int:
    """Return the calendar days from `on` to the last day of validity: 0 on that day itself, negative after it."""
    return (valid_to_on - on).days


def validity(
    *,
    valid_from_on: dt.date | None,
    valid_to_on: dt.date | None,
    is_retired: bool,
    on: dt.date,
    ending_within_days: int,
) -> Validity:
    """Return what a qualification is on the day `on`. The first and the last day count as valid.

    It is `ending` from `ending_within_days` calendar days before its last day on; without a last day it never ends.
    """
    if is_retired:
        return "retired"
    if valid_from_on is not None and on < valid_from_on:
        return "not_yet_valid"
    if valid_to_on is None or days_left(valid_to_on, on) > ending_within_days:
        return "valid"
    return "expired" if valid_to_on < on else "ending"


def due_reminder(
    *, valid_to_on: dt.date, on: dt.date, reminder_days: Iterable[int], sent: Iterable[int]
) -> int | None:
    """Return the reminder to send on `on`, as its number of days before `valid_to_on`; None where there is none.

    That is the nearest one reached, so that days on which nothing ran bring one reminder and not several. None is
    sent twice (`sent`), and none after the last day.
    """
    left = days_left(valid_to_on, on)
    reached = [days for days in reminder_days if 0 <= left <= days]
    nearest = min(reached, default=None)
    return None if nearest in set(sent) else nearest

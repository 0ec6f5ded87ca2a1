"""Whether an early warning becomes a case, and when a case is due and overdue (P5.1). Pure rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from creditrisk.policy.schema import WarningRules

Answer = Literal["raise", "worse", "quiet"]


@dataclass(frozen=True)
class EarlierCase:
    """The case of the same customer, kind and subject that is open, or else the one closed last. `severity` is None
    for a case raised by hand: nobody measured it."""

    raised_on: dt.date
    severity: Decimal | None
    closed_on: dt.date | None = None


def answer_to(
    severity: Decimal,
    *,
    earlier: EarlierCase | None,
    on: dt.date,
    rules: WarningRules,
    grows_by_itself: bool = False,
) -> Answer:
    """Return what becomes of a warning of `on`: a new case (`raise`), an entry in the open one (`worse`), or nothing.

    It is not raised again while a case is open, nor for `quiet_days` after it was closed (the 30th day is quiet, on the
    31st it is raised), unless worse. What grows with every day (`grows_by_itself`) is not worse for that: it stays
    quiet. A day before the earlier case says nothing about it.
    """
    if earlier is None:
        return "raise"
    if on < (earlier.closed_on or earlier.raised_on):
        return "quiet"
    worse = is_worse(severity, than=earlier.severity, rules=rules)
    if earlier.closed_on is None:
        return "worse" if worse else "quiet"
    over = (on - earlier.closed_on).days > rules.quiet_days
    return "raise" if over or (worse and not grows_by_itself) else "quiet"


def is_worse(severity: Decimal, *, than: Decimal | None, rules: WarningRules) -> bool:
    """Return whether a severity is greater than an earlier one by `worse_by_pct` or more: with 50 %, 90 is worse than
    60, and 89 is not. What was never measured cannot be exceeded."""
    if than is None or severity <= than:
        return False
    return severity * 100 >= than * (100 + rules.worse_by_pct)


def due_on(raised_on: dt.date, *, rules: WarningRules) -> dt.date:
    """Return the last day on which a case may be closed in time."""
    return raised_on + dt.timedelta(days=rules.case_due_days)


def escalated_from(due: dt.date, *, rules: WarningRules) -> dt.date:
    """Return the first day on which the leaders are told of a case that was due on `due`: with 0 days, the day
    after."""
    return due + dt.timedelta(days=rules.escalate_after_days + 1)

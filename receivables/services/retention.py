"""For how long the single lines of reports are kept."""

from __future__ import annotations

import datetime as dt

from creditrisk.dates import add_months
from receivables.services.partitions import drop_lines_before, partitions_before


def lines_kept_from(today: dt.date, *, months: int) -> dt.date | None:
    """Return the first day from which lines are kept where so many months are (this one included); None: for ever."""
    return add_months(today.replace(day=1), 1 - months) if months > 0 else None


def drop_old_lines(*, before: dt.date, dry_run: bool = False) -> tuple[str, ...]:
    """Drop the lines of all months before that of a day; return the partitions that are gone, or would be."""
    return partitions_before(before) if dry_run else drop_lines_before(before)

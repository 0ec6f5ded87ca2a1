"""Months × people: who has a summary, and how far it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from supervision.models import MonthlySummary


@dataclass(frozen=True)
class ListedSummary:
    """One field: the summary with its state as lists show it (code, name)."""

    summary: MonthlySummary
    state: str
    label: str


@dataclass(frozen=True)
class ListedPerson:
    """One row: whose, and his summary of each month, None where there is none."""

    name: str
    is_group: bool
    months: tuple[tuple[dt.date, ListedSummary | None], ...]


def people_by_month(
    summaries: Iterable[MonthlySummary], *, months: Sequence[dt.date], on: dt.date
) -> list[ListedPerson]:
    """Return a row for the group and for each manager, by name; a field for each of `months`."""
    found: dict[tuple[bool, str, int], dict[dt.date, ListedSummary]] = {}
    for summary in summaries:
        key = (not summary.is_group, summary.whose, summary.service_manager_id or 0)
        listed = ListedSummary(summary, *summary.shown_state(on=on))
        found.setdefault(key, {})[summary.month] = listed
    return [
        ListedPerson(key[1], not key[0], tuple((month, found[key].get(month)) for month in months))
        for key in sorted(found)
    ]

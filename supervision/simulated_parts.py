"""What a simulation of a draft policy says, part by part: numbers then and now, and which customers they are about.

Everything is told by codes and figures, so that it can be stored and read in any language (`simulation_words`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from creditrisk.policy.schema import Policy

Figures = tuple[tuple[str, str], ...]
"""Code and value, several for one thing: what a customer gets by one policy."""

MOST_LISTED = 200
"""So many customers are named in a part; all of them are counted."""


@dataclass(frozen=True)
class Quarter:
    """A calendar quarter, both days included."""

    name: str
    first_on: dt.date
    last_on: dt.date


@dataclass(frozen=True)
class Question:
    """What is simulated: the policy in force against the draft, on the quarters that ended before the day `on`, the
    oldest first."""

    old: Policy
    new: Policy
    quarters: tuple[Quarter, ...]
    on: dt.date


@dataclass(frozen=True)
class Row:
    """One figure by both policies. `group` is what it belongs to (a day, a quarter, a currency); an empty figure is one
    that the policy does not have."""

    group: str
    code: str
    old: str
    new: str


@dataclass(frozen=True)
class ChangedCustomer:
    """A customer (by number) for whom the draft gives something else."""

    number: str
    old: Figures
    new: Figures


@dataclass(frozen=True)
class SimulatedPart:
    """One part of a simulation. `is_same`: the draft has the same rules here, so nothing was reckoned. `changed` counts
    the customers that change, `customers` names the first `MOST_LISTED`. `notes` are codes of what to know about it."""

    code: str
    rows: tuple[Row, ...] = ()
    changed: int = 0
    customers: tuple[ChangedCustomer, ...] = ()
    notes: tuple[str, ...] = ()
    is_same: bool = False

    def as_data(self) -> dict[str, Any]:
        """Return the part as JSON-ready data."""
        return asdict(self)


def part_from_data(data: dict[str, Any]) -> SimulatedPart:
    """Return the part that `as_data` wrote."""

    def figures(listed: Iterable[Iterable[str]]) -> Figures:
        return tuple((code, value) for code, value in listed)

    return SimulatedPart(
        code=data["code"],
        rows=tuple(Row(**row) for row in data["rows"]),
        changed=data["changed"],
        customers=tuple(
            ChangedCustomer(one["number"], figures(one["old"]), figures(one["new"]))
            for one in data["customers"]
        ),
        notes=tuple(data["notes"]),
        is_same=data["is_same"],
    )


def past_quarters(on: dt.date, count: int) -> tuple[Quarter, ...]:
    """Return the last `count` quarters that ended before the day `on`, the oldest first."""
    index = on.year * 4 + (on.month - 1) // 3
    return tuple(_quarter(index - back) for back in range(count, 0, -1))


def _quarter(index: int) -> Quarter:
    year, place = divmod(index, 4)
    next_year, next_place = divmod(index + 1, 4)
    first_on = dt.date(year, place * 3 + 1, 1)
    last_on = dt.date(next_year, next_place * 3 + 1, 1) - dt.timedelta(days=1)
    return Quarter(f"{year}Q{place + 1}", first_on, last_on)

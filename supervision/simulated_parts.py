"""What a simulation of a draft policy says, part by part: numbers then and now, and which customers they are about.

Everything is told by codes and figures, so that it can be stored and read in any language (`simulation_words`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from creditrisk.policy.schema import Policy
from creditrisk.quarters import Quarter

Figures = tuple[tuple[str, str], ...]
"""Code and value, several for one thing: what a customer gets by one policy."""

MOST_LISTED = 200
"""So many customers are named in a part; all of them are counted."""


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


def all_changes(*found: Mapping[str, ChangedCustomer]) -> list[ChangedCustomer]:
    """Return the customers that change in several times, by number, each once with the figures of all times in their
    order. Each of `found`: number → what changes for him then."""
    together: dict[str, ChangedCustomer] = {}
    for changes in found:
        for number, one in changes.items():
            before = together.get(number, ChangedCustomer(number, (), ()))
            together[number] = ChangedCustomer(number, before.old + one.old, before.new + one.new)
    return [together[number] for number in sorted(together)]


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
        data: dict[str, Any] = _shape().dump_python(self, mode="json")
        return data


@lru_cache(maxsize=1)
def _shape() -> TypeAdapter[SimulatedPart]:
    return TypeAdapter(SimulatedPart)


def part_from_data(data: Mapping[str, Any]) -> SimulatedPart:
    """Return the part that `as_data` wrote."""
    return _shape().validate_python(dict(data))


def past_quarters(on: dt.date, count: int) -> tuple[Quarter, ...]:
    """Return the last `count` quarters that ended before the day `on`, the oldest first."""
    found: list[Quarter] = []
    for _number in range(count):
        found.append(found[-1].previous if found else Quarter.of(on).previous)
    return tuple(reversed(found))

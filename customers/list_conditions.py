"""Conditions of the customer list that a higher app knows: what is overdue, how far a limit is used.

Customers cannot import receivables; receivables registers in its `AppConfig.ready`:

    register_list_condition(ListCondition("overdue", _("Overdue"), choices, narrow))
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from customers.models import CustomerQuerySet


@dataclass(frozen=True)
class ListCondition:
    """A choice beside the list's own ones. `narrow` returns the customers that fit a chosen value on a date."""

    name: str
    label: str | Promise
    choices: Sequence[tuple[str, str | Promise]]
    narrow: Callable[[CustomerQuerySet, str, dt.date], CustomerQuerySet]


_conditions: dict[str, ListCondition] = {}


def register_list_condition(condition: ListCondition) -> None:
    """Offer a condition in every list of customers; one of the same name is replaced."""
    _conditions[condition.name] = condition


def list_conditions() -> Sequence[ListCondition]:
    """Return what the higher apps offer, in the order of registration."""
    return tuple(_conditions.values())

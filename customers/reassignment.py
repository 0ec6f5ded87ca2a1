"""What moves along when a leaver's customers go to his successors, without customers importing the apps above.

An app registers in its `AppConfig.ready`:

    from customers.reassignment import register_mover

    def ready(self) -> None:
        register_mover("cases", move_cases, label=_("Early-warning cases"))

    def move_cases(*, transfer: Transfer) -> int:
        cases = Case.objects.filter(assigned_to=transfer.person, customer__in=transfer.service_customers, ...)
        return cases.update(assigned_to=transfer.service_successor)

A mover is called once, in the transaction of the reassignment, after the customers have their new managers and with
their rows locked: what it raises takes everything back. It returns how many open tasks it moved. It tells nobody: the
successor gets one message for everything. What follows from the customer by itself needs no mover, as the steps of a
running review do: they wait for whoever is the customer's manager now, and a draft belongs to the new account manager.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise

from creditrisk.accounts.models import User


@dataclass(frozen=True)
class Transfer:
    """What goes from `person` to whom. Customers are named by primary key: those whose account manager and those whose
    service manager changes, and those whose handover waits for `person`."""

    person: User
    account_successor: User | None
    service_successor: User | None
    account_customers: frozenset[int]
    service_customers: frozenset[int]
    handover_customers: frozenset[int]
    by: User
    at: dt.datetime

    def shares(self) -> list[tuple[User, frozenset[int]]]:
        """Return each successor with the customers he takes over as their manager."""
        shares = (
            (self.account_successor, self.account_customers),
            (self.service_successor, self.service_customers),
        )
        return [(successor, customers) for successor, customers in shares if successor and customers]


class Mover(Protocol):
    """Moves one kind of open task; returns how many moved."""

    def __call__(self, *, transfer: Transfer) -> int: ...


_movers: dict[str, tuple[Mover, str | Promise]] = {}


def register_mover(key: str, move: Mover, *, label: str | Promise) -> None:
    """Move one kind of open task with every reassignment; `label` names it. The same key again replaces it."""
    _movers[key] = (move, label)


def move_open_tasks(transfer: Transfer) -> dict[str, int]:
    """Move everything that is registered; return how many of each kind, by key."""
    return {key: move(transfer=transfer) for key, (move, _label) in _movers.items()}


def moved_in_words(moved: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return (label, count) of what moved, without zeros; a kind no longer registered is named by its key."""
    return [(str(_movers[key][1]) if key in _movers else key, count) for key, count in moved.items() if count]

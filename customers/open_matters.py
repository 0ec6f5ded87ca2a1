"""What is still open of a customer whose file is about to be closed. Higher apps add what customers cannot know.

An app registers in its `AppConfig.ready`:

    from customers.open_matters import register_open_matters

    def ready(self) -> None:
        register_open_matters("reviews", open_reviews)

    def open_reviews(*, customer: Customer, user: User, on: dt.date) -> list[OpenMatter]:
        return [OpenMatter(_("Review XK-2026-0001 runs."), "/reviews/XK-2026-0001/")]

Nothing of it keeps the file from being closed: the leader who closes it has read it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from customers.models import Customer, WarningCase
from customers.models.contract import RUNNING_STATES

NAMED = 5


@dataclass(frozen=True)
class OpenMatter:
    """One thing that is still open, in words; `url` leads to it where this person may see it."""

    text: str
    url: str = ""


class OpenMattersFinder(Protocol):
    """Finds what is open of one customer on a date, for one person."""

    def __call__(self, *, customer: Customer, user: User, on: dt.date) -> Iterable[OpenMatter]: ...


_finders: dict[str, OpenMattersFinder] = {}


def register_open_matters(key: str, find: OpenMattersFinder) -> None:
    """Let `find` add to what is open; the same key again replaces it."""
    _finders[key] = find


def open_matters_of(*, customer: Customer, user: User, on: dt.date) -> list[OpenMatter]:
    """Return what is open of the customer on `on`, his running contracts and early warnings first."""
    found = [*_running_contracts(customer), *_open_warnings(customer)]
    for find in _finders.values():
        found.extend(find(customer=customer, user=user, on=on))
    return found


def _running_contracts(customer: Customer) -> Iterable[OpenMatter]:
    running = customer.contracts.filter(state__in=RUNNING_STATES).order_by("number")
    numbers = list(running.values_list("number", flat=True))
    if numbers:
        text = ngettext(
            "%(count)s contract runs: %(numbers)s", "%(count)s contracts run: %(numbers)s", len(numbers)
        )
        yield OpenMatter(text % {"count": len(numbers), "numbers": _named(numbers)})


def _open_warnings(customer: Customer) -> Iterable[OpenMatter]:
    cases = WarningCase.objects.open().filter(customer=customer).order_by("number")
    numbers = list(cases.values_list("number", flat=True))
    if numbers:
        text = ngettext(
            "%(count)s early warning is open and will be closed with the file: %(numbers)s",
            "%(count)s early warnings are open and will be closed with the file: %(numbers)s",
            len(numbers),
        )
        yield OpenMatter(text % {"count": len(numbers), "numbers": _named(numbers)})


def _named(numbers: list[str]) -> str:
    return ", ".join(numbers[:NAMED]) + (" …" if len(numbers) > NAMED else "")

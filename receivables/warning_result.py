"""What a run of early warnings did, or would do, as programs read it (`raise_warnings --json`). Plain data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class CaseSummary:
    """One case: `customer` is his number, `owner` a user name (empty: nobody's), `numbers` name → value and unit. A dry
    run gives no `number` and no owner."""

    customer: str
    kind: str
    numbers: dict[str, Any]
    number: str = ""
    subject: str = ""
    owner: str = ""
    due_on: date | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the case as JSON-ready data."""
        return {
            "number": self.number,
            "customer": self.customer,
            "kind": self.kind,
            "subject": self.subject,
            "numbers": self.numbers,
            "owner": self.owner,
            "due_on": self.due_on.isoformat() if self.due_on else None,
        }


@dataclass(frozen=True)
class WarningsResult:
    """What the day `on` brought: cases raised, cases that grew worse, cases told to the leaders, and one error for each
    chunk of customers that failed. `as_of` is the report it was read from, None without one; `is_stale`: it is too old
    to say who leaves."""

    on: date
    as_of: date | None
    is_stale: bool
    raised: tuple[CaseSummary, ...] = ()
    worse: tuple[CaseSummary, ...] = ()
    escalated: tuple[CaseSummary, ...] = ()
    errors: tuple[str, ...] = field(default=())

    def counts(self) -> dict[str, int]:
        """Return kind → how many were raised."""
        return dict(sorted(Counter(case.kind for case in self.raised).items()))

    def as_json(self) -> dict[str, Any]:
        """Return the result as JSON-ready data."""
        return {
            "on": self.on.isoformat(),
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "is_stale": self.is_stale,
            "raised": [case.as_json() for case in self.raised],
            "worse": [case.as_json() for case in self.worse],
            "escalated": [case.as_json() for case in self.escalated],
            "counts": self.counts(),
            "errors": list(self.errors),
        }


@dataclass(frozen=True)
class SimulatedWarnings:
    """Whom a policy warns of on a day: kind → customer numbers in order, each once; kinds without any are left out."""

    on: date
    customers: dict[str, tuple[str, ...]]

    @property
    def counts(self) -> dict[str, int]:
        """Kind → how many customers."""
        return {kind: len(numbers) for kind, numbers in self.customers.items()}

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            "on": self.on.isoformat(),
            "counts": self.counts,
            "customers": {kind: list(numbers) for kind, numbers in self.customers.items()},
        }

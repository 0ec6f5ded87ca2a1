"""What a dunning run did, or would do, as programs read it (`run_dunning --json`). Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal


@dataclass(frozen=True)
class DunnedLine:
    """One item of a notice; `amount` is its open balance in the notice's currency."""

    document: str
    due_on: date
    days_overdue: int
    amount: Decimal

    def as_json(self) -> dict[str, Any]:
        """Return the line as JSON-ready data: dates as YYYY-MM-DD, amounts as strings."""
        return {
            "document": self.document,
            "due_on": self.due_on.isoformat(),
            "days_overdue": self.days_overdue,
            "amount": str(self.amount),
        }


@dataclass(frozen=True)
class NoticeSummary:
    """One notice: `customer` is his number, `amount` the total of its items in `currency`."""

    stage: str
    customer: str
    currency: str
    amount: Decimal
    items: tuple[DunnedLine, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the notice as JSON-ready data."""
        return {
            "stage": self.stage,
            "customer": self.customer,
            "currency": self.currency,
            "amount": str(self.amount),
            "items": [item.as_json() for item in self.items],
        }


@dataclass(frozen=True)
class DepositSummary:
    """A security deposit that a final demand turns into liquidated damages (P5.2.3).

    `state` is `open` while it waits for a person's click, `confirmed` or `refused` afterwards; `contract` is empty for
    a deposit that covers all he owes. `amount` is in `currency`.
    """

    customer: str
    currency: str
    amount: Decimal
    contract: str = ""
    state: str = "open"

    def as_json(self) -> dict[str, Any]:
        """Return the deposit as JSON-ready data."""
        return {
            "customer": self.customer,
            "currency": self.currency,
            "amount": str(self.amount),
            "contract": self.contract,
            "state": self.state,
        }


@dataclass(frozen=True)
class DunningWarning:
    """Something about a run that people should know: a stable code, and the facts to word it with.

    `report_stale`: the report is as of `as_of`, `age_days` before the day of the run, more than the policy's
    `report_stale_after_days`. `waits_for_release`: `count` notices of `stage` wait until a person releases them.
    `terms_invalid`: the days of `count` customers or contracts do not fit the policy, so that nobody is dunned by them.
    """

    code: Literal["report_stale", "waits_for_release", "terms_invalid"]
    as_of: date
    age_days: int = 0
    stage: str = ""
    count: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the warning as JSON-ready data, as the ledger of jobs keeps it: in nobody's language."""
        facts = {"code": self.code, "as_of": self.as_of.isoformat()}
        if self.code == "report_stale":
            return {**facts, "age_days": self.age_days}
        return {**facts, "stage": self.stage, "count": self.count}


@dataclass(frozen=True)
class DunningResult:
    """The notices of one day, and the numbers of the customers with whom cooperation stopped (P5.2.3).

    `deposits` are the security deposits that final demands turn into liquidated damages. `units_done` counts the
    customers of this attempt, `errors` has one text per customer for whom it failed. `warnings` are codes with their
    facts.
    """

    notices: tuple[NoticeSummary, ...] = ()
    suspended: tuple[str, ...] = ()
    deposits: tuple[DepositSummary, ...] = ()
    units_done: int = 0
    errors: tuple[str, ...] = ()
    warnings: tuple[DunningWarning, ...] = ()

    @property
    def letters(self) -> tuple[NoticeSummary, ...]:
        """The dunning letters and final demands."""
        return tuple(notice for notice in self.notices if notice.stage != "reminder")

    @property
    def reminders(self) -> tuple[NoticeSummary, ...]:
        """The reminders."""
        return tuple(notice for notice in self.notices if notice.stage == "reminder")

    def as_json(self) -> dict[str, Any]:
        """Return what `run_dunning --json` prints."""
        return {
            "letters": [notice.as_json() for notice in self.letters],
            "reminders": [notice.as_json() for notice in self.reminders],
            "deposits": [deposit.as_json() for deposit in self.deposits],
            "suspended": list(self.suspended),
        }

    def counts(self) -> dict[str, int]:
        """Return how many of each, for the ledger of jobs."""
        return {name: len(entries) for name, entries in self.as_json().items()}

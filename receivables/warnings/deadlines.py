"""What was not done in time: a file not confirmed, a qualification not renewed, a dispute not settled (P4.3, P3.3).
Pure rules.

Days overdue grow by themselves: severity counts at least the quiet time of a case, so that one closed in the first
days is not worse the day after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from creditrisk.policy.schema import WarningRules
from receivables.warnings.raised import Number, RaisedWarning

ENDING, ENDED = Decimal(1), Decimal(2)


@dataclass(frozen=True)
class FileFacts:
    """A customer file: the last day on which it may be confirmed in time."""

    due_on: date


def file_not_confirmed(facts: FileFacts, *, on: date, rules: WarningRules) -> RaisedWarning | None:
    """Return the warning where a file was not confirmed in time (P4.3): the day after its due date it is raised, on the
    day itself it is not."""
    days = (on - facts.due_on).days
    if days < 1:
        return None
    return RaisedWarning(
        kind="file_not_confirmed",
        severity=_overdue_severity(days, rules),
        numbers={"due_on": Number(facts.due_on, "date"), "days_overdue": Number(days, "days")},
    )


@dataclass(frozen=True)
class QualificationFacts:
    """A licence or certificate in force: its key, kind, what it is called, and its last day."""

    key: str
    kind: str
    name: str
    valid_to_on: date


def qualification_ending(facts: QualificationFacts, *, on: date, rules: WarningRules) -> RaisedWarning | None:
    """Return the warning where a qualification ends within `qualification_notice_days` or has ended (P4.3): 30 days
    before its last day it is raised, 31 before it is not. Worse once it has ended."""
    left = (facts.valid_to_on - on).days
    if left > rules.qualification_notice_days:
        return None
    state: Literal["ending", "ended"] = "ended" if left < 0 else "ending"
    return RaisedWarning(
        kind="qualification_ending",
        subject=facts.key,
        severity=ENDED if state == "ended" else ENDING,
        numbers={
            "qualification": Number(facts.name, "text"),
            "qualification_kind": Number(facts.kind, "code"),
            "valid_to_on": Number(facts.valid_to_on, "date"),
            "days_left": Number(left, "days"),
        },
    )


@dataclass(frozen=True)
class DisputeFacts:
    """An open dispute: its key, what it is about, and the day by which it is to be settled."""

    key: str
    subject: str
    deadline_on: date


def dispute_overdue(facts: DisputeFacts, *, on: date, rules: WarningRules) -> RaisedWarning | None:
    """Return the warning where an open dispute is past the day by which it was to be settled (P3.3): the day after
    it is raised, on the day itself it is not."""
    days = (on - facts.deadline_on).days
    if days < 1:
        return None
    return RaisedWarning(
        kind="dispute_overdue",
        subject=facts.key,
        severity=_overdue_severity(days, rules),
        numbers={
            "dispute": Number(facts.subject, "text"),
            "deadline_on": Number(facts.deadline_on, "date"),
            "days_overdue": Number(days, "days"),
        },
    )


def _overdue_severity(days: int, rules: WarningRules) -> Decimal:
    return Decimal(max(days, rules.quiet_days))

"""What a rule of early warning says when it is true: the kind, how bad it is, and every number that raised it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Literal, get_args

Kind = Literal[
    "churn",
    "volume_anomaly",
    "repayment_anomaly",
    "broken_promise",
    "file_not_confirmed",
    "qualification_ending",
    "limit_exceeded",
    "grade_fallen",
    "dispute_overdue",
    "leadership_change",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Number:
    """One number that raised a warning. `unit` is `days`, `months`, `pct` (0–100), `date`, `grade`, `code` (what a
    thing is called), `text` (what somebody wrote), or the currency of an amount."""

    value: Decimal | date | int | str
    unit: str

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready data: dates as YYYY-MM-DD, amounts and percentages as strings."""
        if isinstance(self.value, date):
            return {"value": self.value.isoformat(), "unit": self.unit}
        return {
            "value": str(self.value) if isinstance(self.value, Decimal) else self.value,
            "unit": self.unit,
        }


@dataclass(frozen=True)
class Point:
    """One point of the small chart: the month, report or day it stands for, and its value."""

    label: str
    value: Decimal

    def as_json(self) -> dict[str, str]:
        """Return it as JSON-ready data."""
        return {"label": self.label, "value": str(self.value)}


@dataclass(frozen=True)
class RaisedWarning:
    """A warning. `subject` tells two of one kind apart (a promise, a qualification, a currency); empty where a customer
    has one at most. `severity` grows the worse it is: what it measures depends on the kind. `series` is the chart, in
    `series_unit`.
    """

    kind: Kind
    severity: Decimal
    numbers: dict[str, Number]
    subject: str = ""
    series: tuple[Point, ...] = ()
    series_unit: str = ""

    def numbers_json(self) -> dict[str, Any]:
        """Return name → value and unit, JSON-ready."""
        return {name: number.as_json() for name, number in self.numbers.items()}

    def series_json(self) -> dict[str, Any]:
        """Return the chart, JSON-ready; empty where there is none."""
        if not self.series:
            return {}
        return {"unit": self.series_unit, "points": [point.as_json() for point in self.series]}


def rounded(value: Fraction, step: Decimal = TENTH) -> Decimal:
    """Return a value rounded half up to a tenth (or `step`), as people read it."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(step, rounding=ROUND_HALF_UP)

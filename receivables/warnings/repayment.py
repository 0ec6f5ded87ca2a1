"""Customers who pay later than they used to (P5.1.3). Pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from creditrisk.money import to_cents
from creditrisk.policy.schema import WarningRules
from receivables.warnings.raised import Number, Point, RaisedWarning, rounded


@dataclass(frozen=True)
class DaysLate:
    """What was paid in a time, and what was still open and past due at its end: `amount` of both together, and
    `amount_days`, each amount times the days it was late (negative: early). In one currency.
    """

    amount: Decimal = Decimal()
    amount_days: Decimal = Decimal()

    def __add__(self, other: DaysLate) -> DaysLate:
        return DaysLate(self.amount + other.amount, self.amount_days + other.amount_days)

    @property
    def average(self) -> Fraction | None:
        """The average days late weighted by amount; None where nothing was paid or is past due."""
        return Fraction(self.amount_days) / Fraction(self.amount) if self.amount > 0 else None


@dataclass(frozen=True)
class RepaymentFacts:
    """How late a customer paid in one currency: in the recent days, and in the months before those. `by_report` is for
    the chart: the day of a report and the average of what it shows as paid."""

    currency: str
    recent: DaysLate
    baseline: DaysLate
    by_report: tuple[tuple[date, Decimal], ...] = ()


def repayment_anomaly(facts: RepaymentFacts, *, rules: WarningRules) -> RaisedWarning | None:
    """Return the warning where the average days late of the last `repayment_recent_days` exceed those of the
    `repayment_baseline_months` before by `repayment_worse_by_days` or more (P5.1.3): 15.0 raises it, 14.9 does not.

    Without anything due in one of the two times there is nothing to compare. Subject: the currency. Severity: by how
    many days it is worse.
    """
    recent, baseline = facts.recent.average, facts.baseline.average
    if recent is None or baseline is None or recent - baseline < rules.repayment_worse_by_days:
        return None
    return RaisedWarning(
        kind="repayment_anomaly",
        subject=facts.currency,
        severity=rounded(recent - baseline),
        numbers={
            "recent_days_late": Number(rounded(recent), "days"),
            "baseline_days_late": Number(rounded(baseline), "days"),
            "worse_by_days": Number(rounded(recent - baseline), "days"),
            "recent_amount": Number(to_cents(facts.recent.amount), facts.currency),
            "baseline_amount": Number(to_cents(facts.baseline.amount), facts.currency),
            "threshold_days": Number(rules.repayment_worse_by_days, "days"),
        },
        series=tuple(Point(f"{day:%Y-%m-%d}", average) for day, average in facts.by_report),
        series_unit="days",
    )

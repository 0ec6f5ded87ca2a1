"""Customers about to leave, and business that rises or falls abnormally (P5.1.1, P5.1.2). Pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from creditrisk.money import CENT, to_cents
from creditrisk.policy.schema import WarningRules
from receivables.warnings.raised import Number, Point, RaisedWarning, rounded

GREATEST_SEVERITY = Decimal(1_000_000)
"""A month of millions after months of cents: no percentage is worth more digits."""
MonthAmount = tuple[date, Decimal]
"""The first day of a month, and the business of the month in one currency."""


@dataclass(frozen=True)
class BusinessFacts:
    """A customer's newest business: the latest date of a document in the reports in force, and of a contract that was
    signed. `months` are for the chart, in `currency`.
    """

    last_document_on: date | None
    last_contract_on: date | None
    currency: str = ""
    months: tuple[MonthAmount, ...] = ()


def churn(facts: BusinessFacts, *, on: date, rules: WarningRules) -> RaisedWarning | None:
    """Return the warning where the last new business is `churn_after_days` or more before `on` (P5.1.1): at 60 days it
    is raised, at 59 it is not. Who never had business cannot leave. Severity: the days.
    """
    known = [day for day in (facts.last_document_on, facts.last_contract_on) if day is not None]
    if not known:
        return None
    last_on = max(known)
    days = (on - last_on).days
    if days < rules.churn_after_days:
        return None
    return RaisedWarning(
        kind="churn",
        severity=Decimal(days),
        numbers={
            "days_without_business": Number(days, "days"),
            "last_business_on": Number(last_on, "date"),
            "threshold_days": Number(rules.churn_after_days, "days"),
        },
        series=_points(facts.months),
        series_unit=facts.currency,
    )


@dataclass(frozen=True)
class VolumeFacts:
    """The business of a complete month in one currency, and that of the months before it, oldest first: at most
    `volume_history_months`, without those before the customer's first business or before our first report.
    """

    currency: str
    month_on: date
    amount: Decimal
    history: tuple[MonthAmount, ...]


def volume_anomaly(facts: VolumeFacts, *, rules: WarningRules) -> RaisedWarning | None:
    """Return the warning where the month differs from the mean of the months before by more than
    `volume_deviation_pct` per cent *and* by more than `volume_deviation_sigmas` standard deviations (P5.1.2).

    The standard deviation is that of a sample (n − 1): a few months stand for how the customer buys. Both comparisons
    are exact: 50 % and 2 standard deviations themselves raise nothing. Where the months before had no business at all
    there is no mean to differ from, and nothing is raised. Subject: the direction and currency, so that a fall after a
    rise is a warning of its own. Severity: the deviation in per cent.
    """
    amounts = [Fraction(amount) for _month, amount in facts.history]
    if len(amounts) < max(rules.volume_min_history_months, 2):
        return None
    mean = sum(amounts, Fraction()) / len(amounts)
    if mean <= 0:
        return None
    variance = sum(((amount - mean) ** 2 for amount in amounts), Fraction()) / (len(amounts) - 1)
    difference = Fraction(facts.amount) - mean
    pct = abs(difference) * 100 / mean
    if pct <= Fraction(rules.volume_deviation_pct):
        return None
    if difference**2 <= Fraction(rules.volume_deviation_sigmas) ** 2 * variance:
        return None
    direction = "rise" if difference > 0 else "fall"
    return RaisedWarning(
        kind="volume_anomaly",
        subject=f"{direction} {facts.currency}",
        severity=min(rounded(pct), GREATEST_SEVERITY),
        numbers={
            "direction": Number(direction, "code"),
            "month": Number(facts.month_on, "date"),
            "month_amount": Number(to_cents(facts.amount), facts.currency),
            "mean_amount": Number(rounded(mean, CENT), facts.currency),
            "deviation_pct": Number(rounded(pct), "pct"),
            "standard_deviation": Number(
                to_cents(_square_root(variance)),
                facts.currency,
            ),
            "history_months": Number(len(amounts), "months"),
        },
        series=_points((*facts.history, (facts.month_on, facts.amount))),
        series_unit=facts.currency,
    )


def _square_root(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()


def _points(months: Sequence[MonthAmount]) -> tuple[Point, ...]:
    return tuple(Point(f"{month:%Y-%m}", to_cents(amount)) for month, amount in months)

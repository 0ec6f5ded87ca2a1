"""More open than the credit limit allows ("New customers and credit limits"). Pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from creditrisk.money import to_cents
from customers.credit_limits import NOTHING, Limits
from receivables.warnings.raised import Number, Point, RaisedWarning, rounded

OWN, GROUP = "", "group"
LEAST_SEVERITY = Decimal(10)
"""An excess of less than a tenth counts as a tenth: a few per cent more or less are not worse."""


@dataclass(frozen=True)
class LimitFacts:
    """What is open in the currency of the limit, credits netted, in the report as of `as_of`; of the customer himself,
    or of the `GROUP` at whose head he is. `by_report` is for the chart."""

    limits: Limits
    open_amount: Decimal
    as_of: date
    of: str = OWN
    by_report: tuple[tuple[date, Decimal], ...] = ()


def limit_exceeded(facts: LimitFacts, *, on: date) -> RaisedWarning | None:
    """Return the warning where more is open than the limit that counts on `on`: the larger of the permanent and the
    temporary one, as in the credit check. At the limit itself nothing is raised, a cent above it is.

    A limit that has run out allows nothing. Who was never given one has none to exceed: the credit check holds his new
    business anyway. Severity: the share of what is open that the limit does not cover, in per cent,
    and at least ten.
    """
    limits = facts.limits
    if limits.permanent_amount is None and limits.temporary_amount is None:
        return None
    limit_amount = limits.effective_on(on) or NOTHING
    excess = facts.open_amount - limit_amount
    if excess <= 0:
        return None
    return RaisedWarning(
        kind="limit_exceeded",
        subject=facts.of,
        severity=max(rounded(Fraction(excess) * 100 / Fraction(facts.open_amount)), LEAST_SEVERITY),
        numbers={
            "open_amount": Number(to_cents(facts.open_amount), limits.currency),
            "limit_amount": Number(to_cents(limit_amount), limits.currency),
            "excess_amount": Number(to_cents(excess), limits.currency),
            "as_of": Number(facts.as_of, "date"),
        },
        series=tuple(Point(f"{day:%Y-%m-%d}", to_cents(amount)) for day, amount in facts.by_report),
        series_unit=limits.currency,
    )

"""What the page of a grade adjustment tells beside its own numbers: the credit limit that the new grade would give."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from creditrisk.policy.schema import Grade
from creditrisk.quarters import Quarter
from reviews.annual_facts import annual_facts
from reviews.grading import proposed_credit_limit
from reviews.models import GradeAdjustment


@dataclass(frozen=True)
class LimitRow:
    """The limit that a grade would give: `amount` in the currency of the customer's file, and the grade's factor."""

    grade: Grade
    factor: Decimal
    amount: Decimal


@dataclass(frozen=True)
class LimitsByGrade:
    """What the limit would be under the old and the new grade, from the average monthly business up to the quarter's
    end and the payment term. Information: an adjustment leaves the limit as it is.
    """

    monthly_amount: Decimal
    currency: str
    payment_term_days: int
    rows: tuple[LimitRow, ...]


def limits_by_grade(adjustment: GradeAdjustment) -> LimitsByGrade | None:
    """Return the limits of both grades ("New customers and credit limits"); None where no report tells of any business
    in the currency of the file. Two queries.
    """
    customer, policy = adjustment.customer, adjustment.policy_version.policy
    on = Quarter.parse(adjustment.quarter).last_on
    monthly = annual_facts([customer], on=on, policy=policy)[customer.pk].monthly_amount
    if monthly is None:
        return None
    grades: tuple[Grade, ...] = (adjustment.old_grade, adjustment.new_grade)  # type: ignore[assignment]
    rows = tuple(
        LimitRow(
            grade,
            policy.band(grade).limit_factor,
            proposed_credit_limit(
                monthly_amount=monthly,
                payment_term_days=customer.payment_term_days,
                grade=grade,
                policy=policy,
            ),
        )
        for grade in dict.fromkeys(grades)
    )
    return LimitsByGrade(monthly, customer.currency, customer.payment_term_days, rows)

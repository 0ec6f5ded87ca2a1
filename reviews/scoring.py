"""The score of an annual review (Annex 2, "Scoring reference"): four answers each by AM and CSM, averaged."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from creditrisk.policy.schema import Grade, Policy


def total_score(answers: Mapping[str, Grade], policy: Policy) -> int:
    """Return one scorer's total: the points of his answer to each criterion.

    A 25 + B 20 + C 15 + A 25 = 85. Raises ValueError where a criterion is not answered, or an answer has no
    criterion.
    """
    asked = {criterion.code for criterion in policy.criteria}
    if asked != set(answers):
        raise ValueError(f"answers must be given to exactly {sorted(asked)}, not {sorted(answers)}")
    return sum(criterion.points[answers[criterion.code]] for criterion in policy.criteria)


def review_score(account_manager_total: int, service_manager_total: int) -> Decimal:
    """Return the review's score, the average of the two totals, exact to the half point: (89 + 90) / 2 =
    89.5.
    """
    return Decimal(account_manager_total + service_manager_total) / 2

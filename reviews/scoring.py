"""The score of an annual review (Annex 2, "Scoring reference"): four answers each by AM and CSM, averaged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from creditrisk.dates import add_months
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


@dataclass(frozen=True)
class Proposal:
    """What the software proposes for a criterion, and the arithmetic behind it: `figure` is the average days late
    (calendar days) or the full years of cooperation, `since` the day from which these count.
    """

    answer: Grade
    figure: Decimal
    since: dt.date | None = None


def repayment_speed_proposal(average_days_late: Decimal | None, policy: Policy) -> Proposal | None:
    """Return the answer to "repayment speed" from the amount-weighted average days late (P5.2.2): up to −1 day A, up
    to 0 B, up to 15 C, later D. None where nothing was due: nothing is proposed.
    """
    if average_days_late is None:
        return None
    rules = policy.grade_adjustment.repayment_speed
    bounds: tuple[tuple[Grade, int], ...] = (
        ("A", rules.a_up_to_days),
        ("B", rules.b_up_to_days),
        ("C", rules.c_up_to_days),
    )
    answer: Grade = next((grade for grade, days in bounds if average_days_late <= days), "D")
    return Proposal(answer, average_days_late)


def cooperation_proposal(since: dt.date | None, *, on: dt.date, policy: Policy) -> Proposal | None:
    """Return the answer to "cooperation history" on `on` for a customer with whom we work since the day of his first
    contract: over 5 years A, from 3 years B, from 1 year C, less D (Annex 2). None where there is no contract yet.

    Five years to the day are not over five years: 2021-06-01 to 2026-06-01 is B, to 2026-06-02 A.
    """
    if since is None or since > on:
        return None
    rules = policy.cooperation_history
    if on > add_months(since, 12 * rules.a_over_years):
        answer: Grade = "A"
    elif on >= add_months(since, 12 * rules.b_from_years):
        answer = "B"
    elif on >= add_months(since, 12 * rules.c_from_years):
        answer = "C"
    else:
        answer = "D"
    return Proposal(answer, Decimal(_full_years(since, on)), since)


def _full_years(since: dt.date, on: dt.date) -> int:
    years = on.year - since.year
    return years if add_months(since, 12 * years) <= on else years - 1


def unexplained_departures(
    answers: Mapping[str, Grade], reasons: Mapping[str, str], proposals: Mapping[str, Grade]
) -> list[str]:
    """Return the criteria whose answer departs from the proposal without a reason, in the order of `answers`."""
    return [
        code
        for code, answer in answers.items()
        if code in proposals and answer != proposals[code] and not reasons.get(code, "").strip()
    ]

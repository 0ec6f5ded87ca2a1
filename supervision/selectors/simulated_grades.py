"""Which grades the quarterly adjustment would have given by a draft policy (P5.2.2)."""

from __future__ import annotations

from collections import Counter

from creditrisk.exceptions import InvalidInputError
from creditrisk.policy.schema import GRADES, Policy
from creditrisk.quarters import Quarter
from reviews.adjustment_simulation import SimulatedAdjustments, simulated_adjustments
from supervision.simulated_parts import (
    MOST_LISTED,
    ChangedCustomer,
    Question,
    Row,
    SimulatedPart,
    all_changes,
)


def simulated_grades(question: Question) -> SimulatedPart:
    """Return how many customers would have each grade after the adjustment of each quarter, by both policies, and who
    would have another by the draft; quarters without a report are left out."""
    old, new = question.old, question.new
    if _rules(old) == _rules(new):
        return SimulatedPart("grades", is_same=True)
    rows: list[Row] = []
    changed: list[dict[str, ChangedCustomer]] = []
    for quarter in question.quarters:
        before, after = _adjusted(quarter, old), _adjusted(quarter, new)
        if before is None or after is None:
            continue
        rows += _rows(quarter, before, after)
        changed.append(_changed(quarter, before, after))
    if not rows:
        return SimulatedPart("grades", notes=("no_report",))
    customers = tuple(all_changes(*changed))
    return SimulatedPart(
        "grades", tuple(rows), len(customers), customers[:MOST_LISTED], notes=("grades_replay",)
    )


def _rules(policy: Policy) -> tuple[object, ...]:
    return policy.grade_adjustment, policy.grade_bands, policy.criteria


def _adjusted(quarter: Quarter, policy: Policy) -> SimulatedAdjustments | None:
    try:
        return simulated_adjustments(quarter=quarter, policy=policy)
    except InvalidInputError:  # no report tells of the quarter
        return None


def _rows(quarter: Quarter, before: SimulatedAdjustments, after: SimulatedAdjustments) -> list[Row]:
    old, new = _by_grade(before), _by_grade(after)
    moved = [Row(str(quarter), "grade_changes", str(len(before.changes)), str(len(after.changes)))]
    return moved + [Row(str(quarter), f"grade_{grade}", str(old[grade]), str(new[grade])) for grade in GRADES]


def _by_grade(found: SimulatedAdjustments) -> Counter[str]:
    """Return grade → how many customers have it after the adjustment."""
    counts: Counter[str] = Counter()
    for (_old, new), count in found.counts.items():
        counts[new] += count
    return counts


def _changed(
    quarter: Quarter, before: SimulatedAdjustments, after: SimulatedAdjustments
) -> dict[str, ChangedCustomer]:
    """Return number → who would have another grade after the quarter by the draft than by the policy in force."""
    moves = [{change.customer: change.adjustment for change in found.changes} for found in (before, after)]
    found = {}
    for number in moves[0].keys() | moves[1].keys():
        # Who is not among the changes of one policy keeps the grade that the other moves him from.
        stays = (moves[0].get(number) or moves[1][number]).old_grade
        grades = [move[number].new_grade if number in move else stays for move in moves]
        if grades[0] != grades[1]:
            old, new = ((str(quarter), grade) for grade in grades)
            found[number] = ChangedCustomer(number, (old,), (new,))
    return found

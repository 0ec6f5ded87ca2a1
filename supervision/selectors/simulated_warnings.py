"""Of whom a draft policy would have warned (P5.1)."""

from __future__ import annotations

from creditrisk.policy.schema import Policy
from receivables.services.warnings import simulated_warnings as warned_of
from receivables.warnings import KINDS
from supervision.simulated_parts import (
    MOST_LISTED,
    ChangedCustomer,
    Question,
    Row,
    SimulatedPart,
    all_changes,
)


def simulated_warnings(question: Question) -> SimulatedPart:
    """Return of how many customers each kind of warning speaks on the last day of each quarter, by both policies, and
    of whom only one of them does. As if there were no cases yet."""
    old, new = question.old, question.new
    if _rules(old) == _rules(new):
        return SimulatedPart("warnings", is_same=True)
    rows: list[Row] = []
    changed: list[dict[str, ChangedCustomer]] = []
    for quarter in question.quarters:
        before = warned_of(on=quarter.last_on, policy=old).customers
        after = warned_of(on=quarter.last_on, policy=new).customers
        day = quarter.last_on.isoformat()
        rows += [
            Row(day, kind, str(len(before.get(kind, ()))), str(len(after.get(kind, ()))))
            for kind in KINDS
            if kind in before or kind in after
        ]
        changed.append(_changed(day, before, after))
    customers = tuple(all_changes(*changed))
    return SimulatedPart(
        "warnings", tuple(rows), len(customers), customers[:MOST_LISTED], notes=("warnings_replay",)
    )


def _rules(policy: Policy) -> tuple[object, ...]:
    return policy.warnings, policy.review_cycle


def _changed(
    day: str, before: dict[str, tuple[str, ...]], after: dict[str, tuple[str, ...]]
) -> dict[str, ChangedCustomer]:
    """Return number → of which kinds only one policy warns."""
    old, new = _kinds(before), _kinds(after)
    return {
        number: ChangedCustomer(
            number,
            tuple((kind, day) for kind in old.get(number, ()) if kind not in new.get(number, ())),
            tuple((kind, day) for kind in new.get(number, ()) if kind not in old.get(number, ())),
        )
        for number in old.keys() | new.keys()
        if old.get(number, ()) != new.get(number, ())
    }


def _kinds(customers: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return number → kinds, in their order."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in KINDS:
        for number in customers.get(kind, ()):
            found[number] = (*found.get(number, ()), kind)
    return found

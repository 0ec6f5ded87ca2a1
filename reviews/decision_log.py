"""The arithmetic of the decision log: one decision's hash, the chain of all, and the state that they
lead to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One decision as logged: `content` is all that its hash covers, beside the hash of the decision
    before.
    """

    sequence: int
    content: Mapping[str, Any]
    previous_sha256: str
    sha256: str


@dataclass(frozen=True)
class Fault:
    """A place where the log is not what was written: changed, missing, out of order or impossible."""

    sequence: int
    problem: str


def decision_hash(content: Mapping[str, Any], previous_sha256: str) -> str:
    """Return the SHA-256 (hex) of a decision's content, chained over the decision before it ("" for the
    first).
    """
    text = json.dumps(
        {"content": content, "previous": previous_sha256},
        ensure_ascii=False, sort_keys=True, separators=(",", ":"),
    )  # fmt: skip
    return hashlib.sha256(text.encode()).hexdigest()


def broken_links(entries: Iterable[Entry]) -> list[Fault]:
    """Return where the log was tampered with; empty for an intact log. Entries come in the order of their
    sequence.
    """
    faults = []
    previous = ""
    for expected, entry in enumerate(entries, start=1):
        if entry.sequence != expected:
            faults.append(Fault(entry.sequence, f"decision {expected} is missing"))
        if entry.previous_sha256 != previous:
            faults.append(Fault(entry.sequence, "does not follow the decision before it"))
        if decision_hash(entry.content, entry.previous_sha256) != entry.sha256:
            faults.append(Fault(entry.sequence, "was changed after it was made"))
        previous = entry.sha256
    return faults


@dataclass(frozen=True)
class Replayed:
    """Where a log leads: the review's state and round, and per stage of the last round the roles that
    approved.
    """

    state: str = "draft"
    round: int = 1
    approved: tuple[frozenset[str], ...] = ()


class ImpossibleDecisionError(Exception):
    """A decision that could not have been made where the log puts it."""


def replay(decisions: Iterable[Mapping[str, Any]]) -> Replayed:
    """Return where the decisions lead, each a mapping with `kind`, `round`, `stage`, `role` and, on a
    submission, `chain` (a list of {name, roles}). Raises ImpossibleDecisionError where one could not have
    been made.
    """
    at = Replayed()
    stages: Sequence[frozenset[str]] = ()
    for decision in decisions:
        kind = decision["kind"]
        if kind == "submit":
            stages = [frozenset(stage["roles"]) for stage in decision["chain"]]
            at = _submitted(at, decision, len(stages))
        elif kind == "withdraw":
            _require(at.state in {"draft", "in_approval", "returned"}, decision)
            at = Replayed("withdrawn", at.round, at.approved)
        elif kind == "take_back":
            at = _taken_back(at, decision)
        elif kind in {"transfer", "consult", "advise"}:
            _require_open(at, decision, stages)
        else:
            at = _decided(at, decision, stages)
    return at


def _submitted(at: Replayed, decision: Mapping[str, Any], count: int) -> Replayed:
    expected_round = at.round + 1 if at.state == "returned" else at.round
    _require(at.state in {"draft", "returned"} and decision["round"] == expected_round, decision)
    return Replayed("in_approval", expected_round, (frozenset(),) * count)


def _decided(at: Replayed, decision: Mapping[str, Any], stages: Sequence[frozenset[str]]) -> Replayed:
    _require_open(at, decision, stages)
    index, role = decision["stage"], decision["role"]
    if decision["kind"] != "approve":
        return Replayed({"return": "returned", "reject": "rejected"}[decision["kind"]], at.round, at.approved)
    approved = (*at.approved[:index], at.approved[index] | {role}, *at.approved[index + 1 :])
    state = "approved" if approved == tuple(stages) else "in_approval"
    return Replayed(state, at.round, approved)


def _require_open(at: Replayed, decision: Mapping[str, Any], stages: Sequence[frozenset[str]]) -> None:
    """Require that the step is open; the opinion of a colleague bears no role, so one of its stage must be."""
    _require(at.state == "in_approval" and decision["round"] == at.round, decision)
    index, role = decision["stage"], decision["role"]
    undecided = stages[index] - at.approved[index]
    is_open = role in undecided if decision["kind"] != "advise" else bool(undecided)
    _require(at.approved[:index] == tuple(stages[:index]) and is_open, decision)


def _taken_back(at: Replayed, decision: Mapping[str, Any]) -> Replayed:
    _require(at.state == "in_approval" and decision["round"] == at.round, decision)
    index, role = decision["stage"], decision["role"]
    _require(role in at.approved[index] and not any(at.approved[index + 1 :]), decision)
    return Replayed(
        at.state, at.round, (*at.approved[:index], at.approved[index] - {role}, *at.approved[index + 1 :])
    )


def _require(condition: bool, decision: Mapping[str, Any]) -> None:
    if not condition:
        summary = {key: value for key, value in decision.items() if key != "chain"}
        raise ImpossibleDecisionError(f"impossible decision: {summary}")

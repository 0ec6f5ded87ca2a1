"""The hash chain of decisions, and the replay of a log."""

from __future__ import annotations

from typing import Any

import pytest

from reviews.decision_log import (
    Entry,
    Fault,
    ImpossibleDecisionError,
    Replayed,
    broken_links,
    decision_hash,
    replay,
)

CHAIN = [{"name": "first", "roles": ["csm"]}, {"name": "block", "roles": ["legal", "finance"]}]


def log(*contents: dict[str, Any]) -> list[Entry]:
    entries: list[Entry] = []
    previous = ""
    for number, content in enumerate(contents, start=1):
        sha256 = decision_hash(content, previous)
        entries.append(Entry(number, content, previous, sha256))
        previous = sha256
    return entries


INTACT = log({"opinion": "yes"}, {"opinion": "同意"}, {"opinion": "no"})


def test_an_intact_log_has_no_fault() -> None:
    assert broken_links(INTACT) == []
    assert broken_links([]) == []


def test_a_changed_opinion_shows() -> None:
    first, second, third = INTACT
    changed = Entry(2, {"opinion": "拒绝"}, second.previous_sha256, second.sha256)
    assert broken_links([first, changed, third]) == [Fault(2, "was changed after it was made")]


def test_a_changed_opinion_with_a_new_hash_shows_at_the_next_decision() -> None:
    first, second, third = INTACT
    content = {"opinion": "拒绝"}
    changed = Entry(2, content, second.previous_sha256, decision_hash(content, second.previous_sha256))
    assert broken_links([first, changed, third]) == [Fault(3, "does not follow the decision before it")]


def test_a_missing_decision_shows() -> None:
    first, _second, third = INTACT
    assert broken_links([first, third]) == [
        Fault(3, "decision 2 is missing"),
        Fault(3, "does not follow the decision before it"),
    ]


def test_the_hash_depends_on_the_content_and_the_decision_before() -> None:
    assert decision_hash({"a": 1, "b": 2}, "") == decision_hash({"b": 2, "a": 1}, "")
    assert decision_hash({"a": 1}, "") != decision_hash({"a": 2}, "")
    assert decision_hash({"a": 1}, "") != decision_hash({"a": 1}, "0" * 64)


def submitted(number: int = 1) -> dict[str, Any]:
    return {"kind": "submit", "round": number, "stage": None, "role": "am", "chain": CHAIN}


def decided(kind: str, stage: int, role: str, number: int = 1) -> dict[str, Any]:
    return {"kind": kind, "round": number, "stage": stage, "role": role}


WITHDRAWN = {"kind": "withdraw", "round": 1, "stage": None, "role": "am"}
NOBODY: frozenset[str] = frozenset()
FIRST_ROUND = [submitted(), decided("approve", 0, "csm")]


def test_an_empty_log_is_a_draft() -> None:
    assert replay([]) == Replayed("draft", 1, ())


def test_approvals_in_a_parallel_stage_come_in_any_order() -> None:
    both = [decided("approve", 1, "finance"), decided("approve", 1, "legal")]
    assert replay([*FIRST_ROUND, both[0]]).state == "in_approval"
    assert replay([*FIRST_ROUND, *both]).state == "approved"
    assert replay([*FIRST_ROUND, *reversed(both)]).state == "approved"


def test_a_return_begins_the_next_round_with_nothing_approved() -> None:
    returned = [*FIRST_ROUND, decided("return", 1, "legal")]
    assert replay(returned) == Replayed("returned", 1, (frozenset({"csm"}), NOBODY))
    assert replay([*returned, submitted(2)]) == Replayed("in_approval", 2, (NOBODY, NOBODY))


@pytest.mark.parametrize("before", [[], [submitted()], [submitted(), decided("return", 0, "csm")]])
def test_a_withdrawal_ends_what_has_not_ended(before: list[dict[str, Any]]) -> None:
    assert replay([*before, WITHDRAWN]).state == "withdrawn"


def test_a_rejection_ends_it() -> None:
    assert replay([submitted(), decided("reject", 0, "csm")]).state == "rejected"


@pytest.mark.parametrize(
    "impossible",
    [
        [decided("approve", 0, "csm")],
        [submitted(2)],
        [submitted(), submitted()],
        [submitted(), decided("approve", 1, "legal")],
        [submitted(), decided("approve", 0, "legal")],
        [submitted(), decided("approve", 0, "csm", 2)],
        [*FIRST_ROUND, decided("approve", 0, "csm")],
        [*FIRST_ROUND, decided("approve", 1, "legal"), decided("approve", 1, "legal")],
        [submitted(), decided("reject", 0, "csm"), decided("approve", 0, "csm")],
        [submitted(), WITHDRAWN, decided("approve", 0, "csm")],
        [submitted(), WITHDRAWN, WITHDRAWN],
        [submitted(), decided("return", 0, "csm"), submitted()],
    ],
    ids=[
        "before it was submitted",
        "second round first",
        "submitted twice",
        "stage skipped",
        "another's role",
        "another round",
        "stage decided twice",
        "role decided twice",
        "after a rejection",
        "after a withdrawal",
        "withdrawn twice",
        "round not counted",
    ],
)
def test_what_could_not_have_happened_is_refused(impossible: list[dict[str, Any]]) -> None:
    with pytest.raises(ImpossibleDecisionError, match="impossible"):
        replay(impossible)

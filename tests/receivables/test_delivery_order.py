"""To whom a letter goes first, and to whom next: the whole table, without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.delivery_order import (
    BY_HAND,
    Addressee,
    Outcome,
    Step,
    delivery_order,
    next_step,
)

A, B, C = "a@x.example", "b@x.example", "c@x.example"


def person(name: str, email: str = "", **fields: object) -> Addressee:
    return Addressee(name, email, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("addressees", "expected"),
    [
        ([], [""]),
        ([person("a", A)], [A, ""]),
        ([person("a")], [""]),
        # The main contact first, then by name.
        ([person("c", C), person("b", B), person("z", A, is_main=True)], [A, B, C, ""]),
        # An order in the file outweighs that, and who has none comes after.
        ([person("c", C, order=1), person("b", B, order=2), person("z", A, is_main=True)], [C, B, A, ""]),
        ([person("b", B, order=2), person("c", C, order=1)], [C, B, ""]),
        ([person("b", B, order=1), person("c", C, order=1)], [B, C, ""]),
        # Who is reached by phone alone is passed over.
        ([person("a", is_main=True), person("b", B)], [B, ""]),
        # Fax and post end the mails: what comes after is not written to.
        ([person("a", A, is_main=True, prefers_post=True), person("b", B)], [""]),
        ([person("a", A, is_main=True), person("b", B, prefers_post=True), person("c", C)], [A, ""]),
        ([person("a", is_main=True, prefers_post=True)], [""]),
        # One address that several share is tried once.
        ([person("a", A), person("b", A.upper()), person("c", C)], [A, C, ""]),
    ],
)
def test_the_order(addressees: list[Addressee], expected: list[str]) -> None:
    assert [step.address for step in delivery_order(addressees)] == expected
    assert [step.address for step in delivery_order(reversed(addressees))] == expected


ORDER = (Step(A), Step(B), BY_HAND)


@pytest.mark.parametrize(
    ("outcome", "tried", "days", "expected"),
    [
        ("failed", [A], 0, Step(B)),
        ("bounced", [A], 0, Step(B)),
        ("failed", [A, B], 0, BY_HAND),
        ("bounced", [A, B], 0, BY_HAND),
        # He was written to at an address that the file no longer has: the first one there is next.
        ("bounced", ["old@x.example"], 0, Step(A)),
        ("failed", [A.upper()], 0, Step(B)),
        ("failed", [A], 14, Step(B)),
        ("failed", [A], 15, BY_HAND),
        ("unknown", [A], 0, None),
        ("under_way", [A], 0, None),
        ("arrived", [A], 0, None),
        ("unknown", [A], 300, None),
    ],
)
def test_the_next_step(outcome: Outcome, tried: list[str], days: int, expected: Step | None) -> None:
    assert (
        next_step(ORDER, tried=tried, outcome=outcome, days_since_issue=days, fall_back_days=14) == expected
    )


people = st.builds(
    Addressee,
    name=st.text(max_size=2),
    email=st.sampled_from(["", A, B, C, A.upper()]),
    order=st.none() | st.integers(1, 3),
    is_main=st.booleans(),
    prefers_post=st.booleans(),
)


@given(st.lists(people, max_size=6))
def test_whoever_there_is_each_address_comes_once_and_the_end_is_by_hand(addressees: list[Addressee]) -> None:
    """Following the order to its end tries every address of it once and stops."""
    order = delivery_order(addressees)
    addresses = [step.address.casefold() for step in order]
    assert len(set(addresses)) == len(addresses)
    assert order[-1] == BY_HAND
    tried: list[str] = []
    while (
        step := next_step(order, tried=tried, outcome="failed", days_since_issue=0, fall_back_days=14)
    ) != BY_HAND:
        assert step is not None
        tried.append(step.address)
    assert [address.casefold() for address in tried] == addresses[:-1]

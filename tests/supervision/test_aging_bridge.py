"""The bridge of an aging (P3.2.5): worked arithmetic, and that it always adds up to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.aging_bridge import BridgeRow, Movement, bridge, movement, total_of

D = Decimal
Side = tuple[int, Decimal] | None


def moved(opening: Side, closing: Side) -> Movement:
    return movement(opening=opening, closing=closing)


@pytest.mark.parametrize(
    ("opening", "closing", "expected"),
    [
        # 1,000 that is 600 later: 400 paid, 600 moved on.
        ((0, D(1000)), (1, D(600)), {"paid": 400, "moved": 600}),
        # Gone: all of it paid, nothing moved.
        ((2, D(1000)), None, {"paid": 1000}),
        # New.
        (None, (0, D("12.34")), {"new": "12.34"}),
        # The balance rose from 100 to 150: 50 new, 100 moved.
        ((1, D(100)), (2, D(150)), {"new": 50, "moved": 100}),
        # Unchanged.
        ((1, D(100)), (2, D(100)), {"moved": 100}),
        # A credit of 50 of which 20 are left: 30 used, -20 moved.
        ((0, D(-50)), (1, D(-20)), {"used": 30, "moved": -20}),
        # A credit that is gone was used; a new one was granted.
        ((0, D(-50)), None, {"used": 50}),
        (None, (3, D(-5)), {"granted": 5}),
        # A larger credit: 20 granted on top of 50.
        ((0, D(-50)), (0, D(-70)), {"granted": 20, "moved": -50}),
        # 100 that is -5 later: 100 paid, 5 too much.
        ((0, D(100)), (1, D(-5)), {"paid": 100, "granted": 5}),
        # -5 that is 100 later: the credit used, 100 new.
        ((0, D(-5)), (1, D(100)), {"used": 5, "new": 100}),
        ((0, D(0)), (1, D(0)), {}),
    ],
)
def test_what_happened_to_one_item(opening: Side, closing: Side, expected: dict[str, object]) -> None:
    found = moved(opening, closing)
    told = {name: getattr(found, f"{name}_amount") for name in ("new", "paid", "used", "granted", "moved")}
    assert told == {name: D(str(expected.get(name, 0))) for name in told}


def test_a_bridge_worked_by_hand() -> None:
    """Buckets: not due, 1-30, over 30. A of 1,000 not due: 300 paid, the rest is 1-30 now. B of 200 in 1-30: unchanged,
    over 30 now. C is new, 500 not due. D, a credit of 40 not due, is used up.

    Not due: 960 + 500 - 300 + 40 - 700 = 500. 1-30: 200 + 700 - 200 = 700. Over 30: 0 + 200 = 200.
    """
    rows = bridge(
        [
            moved((0, D(1000)), (1, D(700))),
            moved((1, D(200)), (2, D(200))),
            moved(None, (0, D(500))),
            moved((0, D(-40)), None),
        ],
        opening=[D(960), D(200), D(0)],
        closing=[D(500), D(700), D(200)],
    )
    assert rows == (
        BridgeRow(D(960), D(500), D(300), D(40), D(-700), D(500)),
        BridgeRow(D(200), D(0), D(0), D(0), D(500), D(700)),
        BridgeRow(D(0), D(0), D(0), D(0), D(200), D(200)),
    )
    assert total_of(rows) == BridgeRow(D(1160), D(500), D(300), D(40), D(0), D(1400))


def test_items_that_do_not_lead_to_the_stored_sums_are_no_bridge() -> None:
    """The cent more that the closing report shows came from nowhere."""
    items = [moved((0, D(100)), (1, D(60)))]
    assert bridge(items, opening=[D(100), D(0)], closing=[D(0), D(60)]) is not None
    assert bridge(items, opening=[D(100), D(0)], closing=[D(0), D("60.01")]) is None
    assert bridge(items, opening=[D("100.01"), D(0)], closing=[D(0), D(60)]) is None


def test_nothing_is_a_bridge_of_nothing() -> None:
    assert bridge([], opening=[D(0)], closing=[D(0)]) == (BridgeRow(*[D(0)] * 6),)
    assert total_of([]).closing_amount == 0


amounts = st.decimals(min_value=-10_000, max_value=10_000, places=2)
sides = st.none() | st.tuples(st.integers(min_value=0, max_value=3), amounts)
items = st.lists(st.tuples(sides, sides), max_size=30)


@given(items)
def test_it_adds_up_to_the_cent_whatever_happened(pairs: list[tuple[Side, Side]]) -> None:
    opening, closing = ([D(0)] * 4 for _side in range(2))
    for was, now in pairs:
        if was is not None:
            opening[was[0]] += was[1]
        if now is not None:
            closing[now[0]] += now[1]
    rows = bridge([moved(was, now) for was, now in pairs], opening=opening, closing=closing)
    assert rows is not None
    assert sum(row.reclassified_amount for row in rows) == 0
    assert all(row.new_amount >= 0 <= row.paid_amount for row in rows)
    assert total_of(rows).is_sound

"""Liquidated damages by item and day: simple, capped, with payments at their dates (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.damages import (
    Change,
    Credit,
    Damages,
    Period,
    allocated,
    balance_on,
    damages_of,
    liquidated_damages,
)

DUE = dt.date(2026, 3, 1)
RATE, CAP = Decimal("0.0005"), Decimal("0.20")


def day(number: int) -> dt.date:
    """Return the day so many days after the due date."""
    return DUE + dt.timedelta(days=number)


def damages(*changes: tuple[int, str], on: int, daily: Decimal = RATE, cap: Decimal = CAP) -> Damages:
    return damages_of(
        [Change(day(number), Decimal(amount)) for number, amount in changes],
        due_on=DUE,
        on=day(on),
        daily_ratio=daily,
        cap_ratio=cap,
    )


def periods(found: Damages) -> list[tuple[int, int, int, str, str]]:
    return [
        (
            (one.from_on - DUE).days,
            (one.to_on - DUE).days,
            one.days,
            str(one.balance_amount),
            f"{one.amount:.4f}",
        )
        for one in found.periods
    ]


@pytest.mark.parametrize(("on", "expected"), [(-1, "0.00"), (0, "0.00"), (1, "5.00"), (2, "10.00")])
def test_nothing_up_to_the_due_date_and_a_day_for_each_day_after_it(on: int, expected: str) -> None:
    """10,000 × 0.0005 = 5.00 a day: the due date itself is in time, the day after it is the first."""
    found = damages((-30, "10000"), on=on)
    assert found.amount == Decimal(expected)
    assert len(found.periods) == (on > 0)


def test_a_partial_payment_counts_from_the_day_after_it() -> None:
    """100.00, of which 40.00 on day 10: days 1–10 on 100.00 are 0.50, days 11–20 on 60.00 are 0.30."""
    found = damages((-30, "100"), (10, "-40"), on=20)
    assert periods(found) == [(1, 10, 10, "100.00", "0.5000"), (11, 20, 10, "60.00", "0.3000")]
    assert found.periods[0] == Period(day(1), day(10), 10, Decimal(100), Decimal("0.50"))
    assert found.amount == Decimal("0.80")
    assert found.capped_on is None


@pytest.mark.parametrize(
    ("paid", "on", "expected"),
    [
        (10, 9, "0.45"),  # before the payment
        (10, 10, "0.50"),  # the day of the payment still counts
        (10, 11, "0.53"),  # the day after it counts on the rest: 0.50 + 60 × 0.0005
        (1, 1, "0.05"),
        (1, 2, "0.08"),
    ],
)
def test_both_sides_of_the_day_of_a_payment(paid: int, on: int, expected: str) -> None:
    assert damages((-30, "100"), (paid, "-40"), on=on).amount == Decimal(expected)


@pytest.mark.parametrize(
    ("paid", "base", "expected"),
    [(-5, "60", "0.30"), (0, "60", "0.30"), (1, "100", "0.32")],
)
def test_what_is_paid_by_the_due_date_was_in_time(paid: int, base: str, expected: str) -> None:
    """40.00 of 100.00 on the due date: 60 × 0.0005 × 10 = 0.30; a day later 0.05 + 9 × 0.03 = 0.32."""
    found = damages((-30, "100"), (paid, "-40"), on=10)
    assert (found.base_amount, found.amount) == (Decimal(base), Decimal(expected))


def test_paying_the_principal_does_not_clear_the_damages() -> None:
    """Paid in full on day 10: 0.50 accrued, and stays for ever."""
    paid = damages((-30, "100"), (10, "-100"), on=10)
    assert damages((-30, "100"), (10, "-100"), on=1000).amount == paid.amount == Decimal("0.50")


def test_two_payments_of_a_day_are_one_change_and_a_taken_back_one_none() -> None:
    found = damages((-30, "100"), (10, "-40"), (10, "-20"), (12, "-5"), (12, "5"), on=20)
    assert periods(found) == [(1, 10, 10, "100.00", "0.5000"), (11, 20, 10, "40.00", "0.2000")]


@pytest.mark.parametrize("changes", [[(-30, "-100")], [(-30, "100"), (-1, "-130")], []])
def test_credits_and_overpaid_items_bear_none(changes: list[tuple[int, str]]) -> None:
    found = damages(*changes, on=40)
    assert (found.periods, found.amount, found.base_amount) == ((), 0, 0)


def test_an_overpayment_takes_nothing_off() -> None:
    """130.00 paid on 100.00 on day 10: 0.50 stand; 50.00 charged again on day 20 leave 20.00 open from day 21 on."""
    found = damages((-30, "100"), (10, "-130"), (20, "50"), on=30)
    assert periods(found) == [(1, 10, 10, "100.00", "0.5000"), (21, 30, 10, "20.00", "0.1000")]
    assert found.amount == Decimal("0.60")


def test_the_cap_cuts_the_period_in_which_it_is_reached() -> None:
    """1,000.00 at 0.05 % a day, cap 200.00: reached on day 400, with nothing after it."""
    assert damages((-30, "1000"), on=399).amount == Decimal("199.50")
    assert damages((-30, "1000"), on=399).capped_on is None
    for on in (400, 401, 4000):
        found = damages((-30, "1000"), on=on)
        assert periods(found) == [(1, 400, 400, "1000.00", "200.0000")]
        assert (found.amount, found.cap_amount, found.capped_on) == (200, 200, day(400))


def test_a_cap_that_is_reached_within_a_day() -> None:
    """100.00 at 0.03 a day, cap 20.00: 666 days are 19.98, on day 667 the last 0.02 accrue."""
    found = damages((-30, "100"), on=700, daily=Decimal("0.0003"))
    assert periods(found) == [(1, 667, 667, "100.00", "20.0000")]


def test_a_payment_lowers_neither_the_cap_nor_what_accrued() -> None:
    """1,000.00, 600.00 paid on day 10: 5.00, then 0.20 a day up to 200.00: 195 / 0.20 = 975 days more, day 985."""
    found = damages((-30, "1000"), (10, "-600"), on=2000)
    assert periods(found)[1] == (11, 985, 975, "400.00", "195.0000")
    assert (found.amount, found.capped_on) == (200, dt.date(2028, 11, 10))


def test_a_balance_that_rises_raises_the_cap() -> None:
    """The cheque of the due date bounced on day 5: damages from day 6 on, capped at 20 % of what is open then."""
    found = damages((-30, "100"), (0, "-100"), (5, "100"), on=1000)
    assert periods(found) == [(6, 405, 400, "100.00", "20.0000")]
    again = damages((-30, "100"), (450, "100"), on=1000)
    assert periods(again) == [(1, 400, 400, "100.00", "20.0000"), (451, 650, 200, "200.00", "20.0000")]
    assert (again.cap_amount, again.capped_on) == (40, day(650))
    assert damages((-30, "100"), (450, "100"), on=500).capped_on is None


def test_a_rate_or_a_cap_of_nothing() -> None:
    free = damages((-30, "100"), on=10, daily=Decimal(0))
    assert (periods(free), free.amount) == ([(1, 10, 10, "100.00", "0.0000")], 0)
    assert damages((-30, "100"), on=10, cap=Decimal(0)).periods == ()


def test_half_up_to_the_cent_once_per_item() -> None:
    """9.90 × 0.0005 = 0.00495 a day: one day is 0.00, and 10 days in two periods are 0.0495 → 0.05, not 0.02 + 0.02."""
    assert damages((-30, "9.90"), on=1).amount == Decimal("0.00")
    assert damages((-30, "10"), on=1).amount == Decimal("0.01")  # 0.005 → 0.01
    assert damages((-30, "9.90"), (5, "-0.02"), on=10).amount == Decimal("0.05")


def test_the_balance_of_a_day_is_that_of_its_end() -> None:
    changes = [Change(day(0), Decimal(100)), Change(day(10), Decimal(-40))]
    assert [balance_on(changes, day(number)) for number in (-1, 0, 9, 10)] == [0, 100, 100, 60]


cents = st.decimals(min_value="-1000", max_value="1000000", places=2)


@given(
    amount=cents,
    days=st.integers(-40, 4000),
    daily=st.decimals(min_value=0, max_value="0.01", places=6),
    cap=st.decimals(min_value=0, max_value=1, places=4),
)
def test_an_item_without_payments_is_the_simple_formula(
    amount: Decimal, days: int, daily: Decimal, cap: Decimal
) -> None:
    found = damages_of([Change(day(-30), amount)], due_on=DUE, on=day(days), daily_ratio=daily, cap_ratio=cap)
    assert found.amount == liquidated_damages(amount, days=days, daily_ratio=daily, cap_ratio=cap)


@given(
    payments=st.lists(st.tuples(st.integers(-5, 60), st.decimals(min_value="-60", max_value="60", places=2))),
    on=st.integers(-5, 80),
    cap=st.sampled_from([Decimal("0.005"), Decimal("0.20")]),
)
def test_day_by_day_gives_the_same(payments: list[tuple[int, Decimal]], on: int, cap: Decimal) -> None:
    """The plain statement of the rule: every day on the balance at the end of the day before, up to the cap."""
    changes = [Change(day(-30), Decimal(100)), *(Change(day(number), amount) for number, amount in payments)]
    accrued = highest = Decimal(0)
    for number in range(1, on + 1):
        balance = balance_on(changes, day(number - 1))
        highest = max(highest, balance)
        accrued = max(accrued, min(accrued + max(balance, Decimal(0)) * RATE, cap * highest))
    found = damages_of(changes, due_on=DUE, on=day(on), daily_ratio=RATE, cap_ratio=cap)
    assert sum(period.amount for period in found.periods) == accrued
    assert sum(period.days for period in found.periods) <= max(on, 0)
    for earlier, later in zip(found.periods, found.periods[1:], strict=False):
        assert earlier.to_on < later.from_on


# What settles them


ACCRUED = {"A": Decimal("5.00"), "B": Decimal("3.00"), "C": Decimal("2.00")}


def settled(*credits_: Credit) -> list[str]:
    return [str(amount) for amount in allocated(ACCRUED, credits_).values()]


def test_the_oldest_item_is_settled_first_after_what_was_for_one() -> None:
    assert settled() == ["0.00", "0.00", "0.00"]
    assert settled(Credit(Decimal("6.00"))) == ["5.00", "1.00", "0.00"]
    assert settled(Credit(Decimal("6.00")), Credit(Decimal("2.50"), "B")) == ["5.00", "3.00", "0.50"]


def test_what_is_too_much_for_an_item_goes_on_and_what_is_too_much_for_all_is_left() -> None:
    assert settled(Credit(Decimal("4.00"), "C")) == ["2.00", "0.00", "2.00"]
    assert settled(Credit(Decimal("1.00"), "gone")) == ["1.00", "0.00", "0.00"]
    assert settled(Credit(Decimal("50.00"))) == ["5.00", "3.00", "2.00"]


def test_a_reversed_entry_settles_nothing() -> None:
    assert settled(Credit(Decimal("6.00")), Credit(Decimal("-6.00"))) == ["0.00", "0.00", "0.00"]

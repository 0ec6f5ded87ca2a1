"""Aging, "Aging" of the policy: not due (≤ 0), 1–30, 31–60, 61–90, 91–180, 181–365, > 365."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.schema import AgingBucket
from receivables.aging import AgedItem, aged_totals, bucket_index, bucket_label, days_past_due

BUCKETS = DEFAULT_POLICY.aging_buckets
AS_OF = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("due_on", "days"),
    [
        (date(2026, 9, 30), 0),
        (date(2026, 10, 1), -1),
        (date(2026, 9, 29), 1),
        (date(2026, 8, 31), 30),
        (date(2026, 8, 30), 31),
        (date(2025, 9, 30), 365),
        (date(2024, 2, 29), 944),
    ],
)
def test_the_age_is_the_calendar_days_after_the_due_date(due_on: date, days: int) -> None:
    """29 Feb 2024 → 30 Sep 2026: 306 days to 31 Dec 2024, 365 in 2025, 273 in 2026 = 944."""
    assert days_past_due(due_on, AS_OF) == days


def test_a_leap_day_counts() -> None:
    assert days_past_due(date(2028, 2, 28), date(2028, 3, 1)) == 2
    assert days_past_due(date(2027, 2, 28), date(2027, 3, 1)) == 1


@pytest.mark.parametrize(
    ("days", "key"),
    [
        (-400, "not_due"), (-1, "not_due"), (0, "not_due"),
        (1, "1-30"), (30, "1-30"),
        (31, "31-60"), (60, "31-60"),
        (61, "61-90"), (90, "61-90"),
        (91, "91-180"), (180, "91-180"),
        (181, "181-365"), (365, "181-365"),
        (366, ">365"), (100_000, ">365"),
    ],
)  # fmt: skip
def test_an_upper_bound_belongs_to_its_bucket(days: int, key: str) -> None:
    assert BUCKETS[bucket_index(days, BUCKETS)].key == key


def test_other_buckets_are_taken_from_the_policy() -> None:
    buckets = (AgingBucket("not_due", 0), AgingBucket("1-15", 15), AgingBucket(">15", None))
    assert [bucket_index(days, buckets) for days in (0, 1, 15, 16)] == [0, 1, 1, 2]


def test_labels_say_which_days_a_bucket_covers() -> None:
    labels = [bucket_label(index, BUCKETS) for index in range(len(BUCKETS))]
    assert labels == ["≤ 0", "1–30", "31–60", "61–90", "91–180", "181–365", "> 365"]


def item(days: int, amount: str, *, customer: str = "C1", currency: str = "CNY") -> AgedItem:
    return AgedItem(customer, currency, AS_OF - timedelta(days=days), Decimal(amount))


def test_sums_per_customer_and_currency_keep_credits_apart_and_net_to_the_same_total() -> None:
    """C1 CNY: 100.10 not due; 200.20 + 0.01 − 50.00 in 1–30; −7.00 in 31–60.

    Net 100.10, 150.21, −7.00: total 243.31, overdue 143.21.
    """
    items = [
        item(0, "100.10"),
        item(1, "200.20"),
        item(30, "0.01"),
        item(15, "-50.00"),
        item(31, "-7.00"),
        item(5, "9.99", currency="USD"),
        item(366, "1.00", customer="C2"),
    ]
    sums = aged_totals(items, AS_OF, BUCKETS)
    assert set(sums) == {("C1", "CNY"), ("C1", "USD"), ("C2", "CNY")}
    cny = sums["C1", "CNY"]
    assert cny.debit_amounts[:3] == (Decimal("100.10"), Decimal("200.21"), Decimal())
    assert cny.credit_amounts[:3] == (Decimal(), Decimal("-50.00"), Decimal("-7.00"))
    assert cny.net_amounts[:3] == (Decimal("100.10"), Decimal("150.21"), Decimal("-7.00"))
    assert cny.total_amount == Decimal("243.31")
    assert cny.overdue_amount == Decimal("143.21")
    assert sums["C1", "USD"].total_amount == Decimal("9.99")
    assert sums["C2", "CNY"].debit_amounts[-1] == Decimal("1.00")


def test_no_items_no_sums() -> None:
    assert aged_totals([], AS_OF, BUCKETS) == {}


AMOUNTS = st.decimals(min_value="-1000000", max_value="1000000", places=2)
ITEMS = st.builds(
    AgedItem,
    customer=st.sampled_from(["C1", "C2"]),
    currency=st.sampled_from(["CNY", "USD"]),
    due_on=st.dates(min_value=date(2023, 1, 1), max_value=date(2028, 1, 1)),
    open_amount=AMOUNTS,
)


@given(items=st.lists(ITEMS, max_size=60))
def test_credits_apart_or_netted_the_two_totals_agree_with_the_items(items: list[AgedItem]) -> None:
    for (customer, currency), sums in aged_totals(items, AS_OF, BUCKETS).items():
        mine = [item for item in items if (item.customer, item.currency) == (customer, currency)]
        expected = sum(item.open_amount for item in mine)
        assert sum(sums.net_amounts) == expected
        assert sum(sums.debit_amounts) + sum(sums.credit_amounts) == expected == sums.total_amount
        assert all(amount >= 0 for amount in sums.debit_amounts)
        assert all(amount <= 0 for amount in sums.credit_amounts)
        late = sum(item.open_amount for item in mine if item.due_on < AS_OF)
        assert sums.overdue_amount == late


@given(days=st.integers(min_value=-1000, max_value=1000))
def test_a_day_older_is_never_an_earlier_bucket(days: int) -> None:
    assert bucket_index(days, BUCKETS) <= bucket_index(days + 1, BUCKETS) <= bucket_index(days, BUCKETS) + 1

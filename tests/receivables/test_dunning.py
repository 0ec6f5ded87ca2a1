"""Dunning stages, P5.2.3: reminder −7…0, dunning letter 1…14, final demand from 15 days past due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.schema import DunningRules, DunningStage
from receivables.damages import liquidated_damages
from receivables.dunning import (
    DunnableItem,
    Notice,
    decide,
    standing_of,
    with_own_days,
)

RULES = DEFAULT_POLICY.dunning
ON = date(2026, 3, 2)
DAYS = range(-8, 41)

NOTHING: frozenset[str] = frozenset()
REMINDED = frozenset({"reminder"})
LETTERED = frozenset({"dunning_letter"})
DEMANDED = frozenset({"dunning_letter", "final_demand"})
SENT_LONG_AGO = date(2020, 1, 1)


def item(
    days: int,
    amount: str = "100.00",
    *,
    document: str = "INV-1",
    currency: str = "CNY",
    disputed: bool = False,
    promised: bool = False,
    entered: frozenset[str] = NOTHING,
    sent_on: date | None = None,
) -> DunnableItem:
    """Return an item that is `days` past due on ON."""
    return DunnableItem(
        document=document,
        due_on=ON - timedelta(days=days),
        currency=currency,
        open_amount=Decimal(amount),
        disputed_amount=Decimal(amount) if disputed and Decimal(amount) > 0 else Decimal(0),
        promised=promised,
        stages_entered=entered,
        letter_sent_on=sent_on,
    )


def notices_for(items: Iterable[DunnableItem], **facts: Any) -> tuple[Notice, ...]:
    return decide(items, **facts).notices


def stage_for(dunnable: DunnableItem, *, on: date, rules: DunningRules) -> str | None:
    return standing_of(dunnable, on=on, rules=rules).stage


def stage(dunnable: DunnableItem) -> str | None:
    return stage_for(dunnable, on=ON, rules=RULES)


def test_an_item_never_dunned_gets_a_reminder_in_its_last_week_and_a_letter_afterwards() -> None:
    """Every day from −8 to 40: none, reminder −7…0, letter from day 1, also at 15 and more."""
    expected = {day: "reminder" if day <= 0 else "dunning_letter" for day in DAYS} | {-8: None}
    assert {day: stage(item(day)) for day in DAYS} == expected


def test_a_reminded_item_gets_its_letter_from_the_day_after_the_due_date() -> None:
    expected = {day: None if day <= 0 else "dunning_letter" for day in DAYS}
    assert {day: stage(item(day, entered=REMINDED)) for day in DAYS} == expected


def test_an_item_with_a_letter_sent_long_ago_gets_its_final_demand_from_day_15() -> None:
    expected = {day: None if day <= 14 else "final_demand" for day in DAYS}
    lettered = {day: stage(item(day, entered=LETTERED, sent_on=SENT_LONG_AGO)) for day in DAYS}
    assert lettered == expected
    assert {
        day: stage(item(day, entered=LETTERED | REMINDED, sent_on=SENT_LONG_AGO)) for day in DAYS
    } == expected


def test_every_stage_is_entered_once() -> None:
    everything = DEMANDED | REMINDED
    assert {stage(item(day, entered=everything, sent_on=SENT_LONG_AGO)) for day in DAYS} == {None}


@pytest.mark.parametrize(
    ("sent_days_ago", "expected"), [(0, None), (6, None), (7, "final_demand"), (8, "final_demand")]
)
@pytest.mark.parametrize("day", [15, 16, 40, 400])
def test_a_final_demand_needs_a_letter_sent_seven_days_before(
    day: int, sent_days_ago: int, expected: str | None
) -> None:
    sent_on = ON - timedelta(days=sent_days_ago)
    assert stage(item(day, entered=LETTERED, sent_on=sent_on)) == expected


def test_a_letter_sent_after_the_run_s_date_does_not_count() -> None:
    assert stage(item(40, entered=LETTERED, sent_on=ON + timedelta(days=1))) is None


@pytest.mark.parametrize("day", [15, 40])
def test_an_item_whose_letter_is_not_known_to_be_sent_waits(day: int) -> None:
    assert stage(item(day, entered=LETTERED)) is None


def test_an_old_item_seen_for_the_first_time_gets_the_letter_then_the_final_demand_seven_days_later() -> None:
    """Seen at 20 days: letter. Sent the same day; nothing at 26 days, final demand at 27, nothing at 28."""
    seen = item(20)
    assert stage(seen) == "dunning_letter"
    sent = replace(seen, stages_entered=LETTERED, letter_sent_on=ON)
    later = {days: stage_for(sent, on=ON + timedelta(days=days), rules=RULES) for days in (6, 7)}
    assert later == {6: None, 7: "final_demand"}
    demanded = replace(sent, stages_entered=DEMANDED)
    assert stage_for(demanded, on=ON + timedelta(days=8), rules=RULES) is None


def test_a_run_for_an_earlier_date_does_not_go_back_behind_a_later_stage() -> None:
    assert stage(item(-3, entered=LETTERED, sent_on=ON)) is None
    assert stage(item(5, entered=frozenset({"final_demand"}), sent_on=SENT_LONG_AGO)) is None


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(
    "clock_stopped",
    [
        {"disputed": True},
        {"promised": True},
        {"disputed": True, "promised": True},
        {"amount": "0.00"},
        {"amount": "-0.01"},
    ],
)
def test_paid_disputed_promised_items_and_credits_are_never_dunned(
    day: int, clock_stopped: dict[str, object]
) -> None:
    amount = str(clock_stopped.get("amount", "100.00"))
    flags = {key: bool(value) for key, value in clock_stopped.items() if key != "amount"}
    assert stage(item(day, amount, **flags)) is None  # type: ignore[arg-type]
    assert stage(item(day, amount, entered=LETTERED, sent_on=SENT_LONG_AGO, **flags)) is None  # type: ignore[arg-type]


def test_one_cent_is_dunned() -> None:
    assert stage(item(1, "0.01")) == "dunning_letter"


def test_a_broken_promise_restarts_the_clock_where_it_stood() -> None:
    """Letter at day 3, promise until day 20, broken: the final demand follows at once."""
    promised = item(20, promised=True, entered=LETTERED, sent_on=ON - timedelta(days=17))
    assert stage(promised) is None
    assert stage(replace(promised, promised=False)) == "final_demand"


def test_the_days_come_from_the_policy() -> None:
    rules = replace(
        RULES,
        stages=(
            DunningStage("reminder", -3, 2),
            DunningStage("dunning_letter", 3, 29),
            DunningStage("final_demand", 30, None),
        ),
        letter_before_final_days=10,
    )
    days = (-4, -3, 2, 3, 29)
    stages = [stage_for(item(day), on=ON, rules=rules) for day in days]
    assert stages == [None, "reminder", "reminder", "dunning_letter", "dunning_letter"]
    for sent_days_ago, expected in ((9, None), (10, "final_demand")):
        sent = item(30, entered=LETTERED, sent_on=ON - timedelta(days=sent_days_ago))
        assert stage_for(sent, on=ON, rules=rules) == expected


def test_one_notice_covers_all_items_due_for_a_stage_per_currency() -> None:
    """CNY letter: 0.10 + 1,000.20 (old, no letter yet) = 1,000.30; USD letter 5.00; reminder 30.00."""
    items = [
        item(3, "0.10", document="B"),
        item(40, "1000.20", document="A"),
        item(2, "5.00", document="C", currency="USD"),
        item(0, "30.00", document="D"),
        item(20, "7.77", document="E", entered=LETTERED, sent_on=SENT_LONG_AGO),
        item(3, "-500.00", document="F"),
        item(3, "900.00", document="G", disputed=True),
        item(-8, "1.00", document="H"),
    ]
    notices = notices_for(items, on=ON, rules=RULES)
    found = [
        (notice.stage, notice.currency, [item.document for item in notice.items], notice.total_amount)
        for notice in notices
    ]
    assert found == [
        ("reminder", "CNY", ["D"], Decimal("30.00")),
        ("dunning_letter", "CNY", ["A", "B"], Decimal("1000.30")),
        ("dunning_letter", "USD", ["C"], Decimal("5.00")),
        ("final_demand", "CNY", ["E"], Decimal("7.77")),
    ]


def test_a_letter_asks_for_payment_in_seven_days_a_reminder_keeps_the_due_dates() -> None:
    notices = notices_for([item(0), item(1)], on=ON, rules=RULES)
    assert [notice.pay_by_on for notice in notices] == [None, date(2026, 3, 9)]


def test_items_on_a_notice_are_ordered_by_due_date_then_document() -> None:
    items = [item(2, document="B"), item(2, document="A"), item(9, document="Z")]
    (notice,) = notices_for(items, on=ON, rules=RULES)
    assert [item.document for item in notice.items] == ["Z", "A", "B"]


def test_a_stage_and_currency_that_has_its_notice_of_the_day_is_left_out() -> None:
    """A CNY letter was issued today: what else is due in CNY waits, other stages and currencies do not."""
    items = [item(3), item(2, currency="USD"), item(0)]
    notices = notices_for(
        items, on=ON, rules=RULES, issued={("dunning_letter", "CNY"), ("final_demand", "USD")}
    )
    assert [(notice.stage, notice.currency) for notice in notices] == [
        ("reminder", "CNY"),
        ("dunning_letter", "USD"),
    ]


def test_the_undisputed_part_of_an_item_goes_on() -> None:
    """1,000.00 with 300.00 in dispute: 700.00 is demanded; all of it in dispute waits."""
    part = replace(item(3, "1000.00"), disputed_amount=Decimal("300.00"))
    (notice,) = notices_for([part], on=ON, rules=RULES)
    assert (notice.total_amount, notice.items) == (Decimal("700.00"), (part,))
    whole = replace(part, disputed_amount=Decimal("1000.00"))
    assert standing_of(whole, on=ON, rules=RULES).waits == "disputed"
    assert stage(replace(part, disputed_amount=Decimal("999.99"))) == "dunning_letter"


@pytest.mark.parametrize(
    ("dunnable", "waits"),
    [
        (item(3, "0.00"), "paid"),
        (item(3, "-1.00"), "paid"),
        (item(3, disputed=True), "disputed"),
        (item(3, promised=True), "promised"),
        (replace(item(3), stopped_by="excluded"), "excluded"),
        (replace(item(3), stopped_by="terms_invalid"), "terms_invalid"),
        (item(-8), "not_yet"),
        (item(3, entered=LETTERED), "entered"),
        (item(20, entered=LETTERED), "letter_unsent"),
        (item(20, entered=LETTERED, sent_on=ON - timedelta(days=6)), "letter_fresh"),
    ],
)
def test_an_item_that_waits_says_why(dunnable: DunnableItem, waits: str) -> None:
    found = decide([dunnable], on=ON, rules=RULES)
    assert found.notices == ()
    assert [(one.item, one.waits) for one in found.waiting] == [(dunnable, waits)]


@pytest.mark.parametrize(("total", "is_written"), [("99.99", False), ("100.00", True), ("100.01", True)])
def test_a_notice_below_the_least_amount_waits_with_its_items(total: str, is_written: bool) -> None:
    """The least amount is 100.00: 99.99 waits, 100.00 is written. Another currency has no least amount."""
    found = decide(
        [item(3, total), item(3, "1.00", currency="USD")],
        on=ON,
        rules=RULES,
        minimum_amounts={"CNY": Decimal("100.00")},
    )
    assert [notice.currency for notice in found.notices] == (["CNY", "USD"] if is_written else ["USD"])
    assert [one.waits for one in found.waiting] == ([] if is_written else ["below_minimum"])


def test_two_small_items_reach_the_least_amount_together() -> None:
    """60.00 + 40.00 = 100.00."""
    found = decide(
        [item(3, "60.00"), item(2, "40.00", document="B")],
        on=ON,
        rules=RULES,
        minimum_amounts={"CNY": Decimal("100.00")},
    )
    assert [notice.total_amount for notice in found.notices] == [Decimal("100.00")]


@pytest.mark.parametrize(("days_ago", "is_written"), [(9, False), (10, True), (11, True)])
def test_between_two_letters_lies_the_interval(days_ago: int, is_written: bool) -> None:
    """Ten days between letters: nine are too few. Reminders neither wait nor count; other currencies do not."""
    rules = replace(RULES, letter_interval_days=10)
    last = {"CNY": ON - timedelta(days=days_ago)}
    found = decide([item(3), item(0), item(3, currency="USD")], on=ON, rules=rules, last_letters=last)
    written = [(notice.stage, notice.currency) for notice in found.notices]
    letter = [("dunning_letter", "CNY")] if is_written else []
    assert written == [("reminder", "CNY"), *letter, ("dunning_letter", "USD")]
    assert [one.waits for one in found.waiting] == ([] if is_written else ["letter_interval"])


def test_own_days_of_a_contract_move_the_stages() -> None:
    """Letter from day 10, final demand from day 30: the reminder then reaches to day 9."""
    rules = with_own_days(RULES, letter=10, final=30)
    assert [(one.from_day, one.to_day) for one in rules.stages] == [(-7, 9), (10, 29), (30, None)]
    own = replace(item(9), rules=rules)
    assert stage(own) == "reminder"
    assert stage(replace(own, due_on=ON - timedelta(days=10))) == "dunning_letter"
    lettered = replace(own, stages_entered=LETTERED, letter_sent_on=SENT_LONG_AGO)
    stages = [stage(replace(lettered, due_on=ON - timedelta(days=days))) for days in (15, 29, 30)]
    assert stages == [None, None, "final_demand"]


@pytest.mark.parametrize("days", [{"letter": 0}, {"letter": 15}, {"final": 1}, {"reminder": 1}])
def test_own_days_must_rise(days: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="dunning"):
        with_own_days(RULES, **days)


EVERY_DAY = range(-8, 121)


@pytest.mark.parametrize(
    ("entered", "sent_days_ago", "expected"),
    [
        (NOTHING, None, {"reminder": range(-7, 1), "dunning_letter": range(1, 121)}),
        (REMINDED, None, {"dunning_letter": range(1, 121)}),
        (LETTERED, None, {}),
        (LETTERED, 6, {}),
        (LETTERED, 7, {"final_demand": range(15, 121)}),
        (LETTERED | REMINDED, 7, {"final_demand": range(15, 121)}),
        (DEMANDED, 7, {}),
        (DEMANDED | REMINDED, 7, {}),
    ],
)
def test_every_day_from_eight_before_to_120_after(
    entered: frozenset[str], sent_days_ago: int | None, expected: dict[str, range]
) -> None:
    """Each day has one stage or none; letters sent 6 days ago are too fresh for the final demand, 7 are enough."""
    sent_on = None if sent_days_ago is None else ON - timedelta(days=sent_days_ago)
    found = {day: stage(item(day, entered=entered, sent_on=sent_on)) for day in EVERY_DAY}
    wanted = {day: code for code, days in expected.items() for day in days}
    assert found == {day: wanted.get(day) for day in EVERY_DAY}


def test_no_items_no_notice() -> None:
    assert notices_for([], on=ON, rules=RULES) == ()


DUNNABLE = st.builds(
    item,
    days=st.integers(-10, 45),
    amount=st.decimals(min_value="-5000", max_value="5000", places=2).map(str),
    document=st.text("ABC", min_size=1, max_size=2),
    currency=st.sampled_from(["CNY", "USD"]),
    disputed=st.booleans(),
    promised=st.booleans(),
    entered=st.sampled_from([NOTHING, REMINDED, LETTERED, DEMANDED]),
    sent_on=st.sampled_from([None, ON, ON - timedelta(days=7)]),
)


@given(items=st.lists(DUNNABLE, max_size=30))
def test_every_item_due_for_a_stage_is_on_exactly_one_notice(items: list[DunnableItem]) -> None:
    notices = notices_for(items, on=ON, rules=RULES)
    assert len({(notice.stage, notice.currency) for notice in notices}) == len(notices)
    listed = [(notice.stage, item) for notice in notices for item in notice.items]
    due = [(stage_for(item, on=ON, rules=RULES), item) for item in items]
    expected = [entry for entry in due if entry[0] is not None]
    assert sorted(listed, key=repr) == sorted(expected, key=repr)
    for notice in notices:
        assert isinstance(notice, Notice)
        assert notice.total_amount == sum(item.open_amount for item in notice.items) > 0
        assert {item.currency for item in notice.items} == {notice.currency}


@pytest.mark.parametrize(
    ("amount", "days", "expected"),
    [
        ("10000.00", -1, "0.00"),
        ("10000.00", 0, "0.00"),
        ("10000.00", 1, "5.00"),
        ("10000.00", 15, "75.00"),
        ("10000.00", 399, "1995.00"),
        ("10000.00", 400, "2000.00"),
        ("10000.00", 401, "2000.00"),
        ("10.00", 1, "0.01"),
        ("9.99", 1, "0.00"),
        ("0.00", 40, "0.00"),
        ("-10000.00", 40, "0.00"),
    ],
)
def test_late_payment_is_half_a_per_mille_a_day_capped_at_a_fifth(
    amount: str, days: int, expected: str
) -> None:
    """10,000 × 0.0005 × 15 = 75. 400 days × 0.0005 = 0.20, the cap.

    10 × 0.0005 = 0.005 → 0.01; 9.99 × 0.0005 = 0.004995 → 0.00.
    """
    damages = liquidated_damages(
        Decimal(amount),
        days=days,
        daily_ratio=RULES.late_payment_daily_ratio,
        cap_ratio=RULES.late_payment_cap_ratio,
    )
    assert damages == Decimal(expected)
    assert damages.as_tuple().exponent == -2

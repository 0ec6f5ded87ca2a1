"""The stored figures: to JSON and back, and what a later report says differently."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from supervision.aging_bridge import BridgeRow
from supervision.migration import GradeMove
from supervision.summary_facts import (
    BaseTotals,
    CurrencyAging,
    Difference,
    Line,
    OverdueCustomer,
    PayableCustomer,
    PayableTotals,
    RecoveredFacts,
    ReportSource,
    SectionFacts,
    SummaryFacts,
    TrendPoint,
    UnknownSchemaError,
    difference_from_data,
    difference_to_data,
    differences,
    facts_from_data,
    facts_to_data,
)

D = Decimal
MONTH = date(2026, 10, 1)
AGING = CurrencyAging(
    currency="CNY",
    customers=3,
    overdue_customers=1,
    items=7,
    total_amount=D("1400.00"),
    overdue_amount=D("900.00"),
    bucket_amounts=(D("500.00"), D("900.00")),
    opening_total_amount=D("1160.00"),
    opening_overdue_amount=D("200.00"),
    bridge=(
        BridgeRow(D(960), D(500), D(300), D(40), D(-700), D(500)),
        BridgeRow(D(200), D(0), D(0), D(0), D(700), D(900)),
    ),
)
FACTS = SummaryFacts(
    schema_version=1,
    month=MONTH,
    month_end=date(2026, 10, 31),
    customers=4,
    bucket_days=(0, None),
    closing=ReportSource("AR-2", date(2026, 10, 31)),
    opening=ReportSource("AR-1", date(2026, 9, 30)),
    payables_source=ReportSource("AP-1", date(2026, 10, 31)),
    base=BaseTotals("CNY", D("1400.00"), D("900.00"), ("USD",)),
    aging=(AGING,),
    trend=(TrendPoint(MONTH, "CNY", (D("500.00"), D("900.00"))),),
    overdue=(OverdueCustomer("C1", "某公司", "B", "CNY", D("900.00"), D("900.00"), 1),),
    payables=(PayableTotals("CNY", 1, D("900.00"), D("100.00"), D("100.00")),),
    payable_customers=(PayableCustomer("C1", "某公司", "CNY", D("900.00"), D("100.00")),),
    grade_moves=(GradeMove("C", "B", 1),),
    recovered=(RecoveredFacts(MONTH, "reminder", "CNY", 30, D("10.00"), D("10.00"), D("5.00")),),
    sections=(SectionFacts("visits", (Line("made", 2), Line("given", 1, "CNY", D("5.00")))),),
)


def test_to_json_and_back() -> None:
    data = json.loads(json.dumps(facts_to_data(FACTS)))
    assert facts_from_data(data) == FACTS
    assert data["aging"][0]["total_amount"] == "1400.00"
    assert data["month"] == "2026-10-01"


@pytest.mark.parametrize("version", [0, 2, None])
def test_another_shape_is_not_guessed_at(version: int | None) -> None:
    data = facts_to_data(FACTS) | {"schema_version": version}
    with pytest.raises(UnknownSchemaError):
        facts_from_data(data)


def test_a_section_that_was_not_there_yet_has_no_figures() -> None:
    assert FACTS.section("visits").lines[0].count == 2
    assert FACTS.section("warnings") == SectionFacts("warnings", ())


def test_buckets_and_net() -> None:
    assert [bucket.up_to_days for bucket in FACTS.buckets] == [0, None]
    assert FACTS.payable_customers[0].net_amount == D("800.00")


def test_the_same_figure_of_two_people() -> None:
    assert Line("made", 2) + Line("made", 3) == Line("made", 5)
    assert Line("a", 1, "CNY", D(5)) + Line("a", 1, "CNY", D(6)) == Line("a", 2, "CNY", D(11))
    assert FACTS.payables[0] + FACTS.payables[0] == PayableTotals("CNY", 2, D(1800), D(200), D(200))


def test_no_difference_without_one() -> None:
    assert differences(FACTS, FACTS) == ()
    assert differences(FACTS, replace(FACTS, customers=99, grade_moves=())) == ()


def test_what_a_correction_changes() -> None:
    """An invoice of 100 more that is not due: the total, its bucket and what is new; nothing else."""
    aging = replace(
        AGING,
        total_amount=D("1500.00"),
        bucket_amounts=(D("600.00"), D("900.00")),
        bridge=(replace(AGING.bridge[0], new_amount=D(600), closing_amount=D(600)), AGING.bridge[1])
        if AGING.bridge
        else None,
    )
    found = differences(FACTS, replace(FACTS, aging=(aging,)))
    assert found == (
        Difference("total", "CNY", D("1400.00"), D("1500.00")),
        Difference("bucket:0", "CNY", D("500.00"), D("600.00")),
        Difference("new", "CNY", D("500.00"), D("600.00")),
    )
    assert {one.change for one in found} == {D(100)}


def test_a_currency_that_a_report_does_not_list_is_nothing() -> None:
    gone = differences(FACTS, replace(FACTS, aging=(), payables=()))
    assert Difference("overdue", "CNY", D("900.00"), D(0)) in gone
    assert Difference("bucket:1", "CNY", D("900.00"), D(0)) in gone
    assert Difference("opening", "CNY", D("1160.00"), D(0)) in gone
    assert Difference("paid", "CNY", D(300), D(0)) in gone
    assert Difference("payables", "CNY", D("100.00"), D(0)) in gone
    assert gone[0].change == D("-1400.00")
    came = differences(replace(FACTS, aging=()), FACTS)
    assert Difference("total", "CNY", D(0), D("1400.00")) in came


def test_what_is_not_known_is_not_nothing() -> None:
    """No report, no month before, no bridge, no payables: the figure was not known, and has no change."""
    unknown = replace(
        FACTS, closing=None, opening=None, payables_source=None, aging=(), payables=(), bucket_days=()
    )
    found = {one.figure: one for one in differences(unknown, FACTS)}
    assert set(found) == {"total", "overdue", "opening", "new", "paid", "credit", "payables"}
    assert {one.before for one in found.values()} == {None}
    assert {one.change for one in found.values()} == {None}
    back = {one.figure: (one.after, one.change) for one in differences(FACTS, unknown)}
    assert back == dict.fromkeys(found, (None, None))
    without_payables = replace(FACTS, payables_source=None, payables=())
    nothing_owed = replace(FACTS, payables=())
    assert differences(without_payables, nothing_owed) == (Difference("payables", "CNY", None, D(0)),)


def test_a_bridge_that_cannot_be_told_is_not_one_of_nothing() -> None:
    no_bridge = replace(FACTS, aging=(replace(AGING, bridge=None),), bridge_gap="no_items")
    assert [(one.figure, one.after) for one in differences(FACTS, no_bridge)] == [
        ("new", None),
        ("paid", None),
        ("credit", None),
    ]
    for gap, listed in (("no_items", None), ("not_reconciled", D(0)), (None, D(0))):
        elsewhere = replace(FACTS, aging=(), bridge_gap=gap)
        after = {one.figure: one.after for one in differences(FACTS, elsewhere)}
        assert (after["new"], after["opening"]) == (listed, D(0))
    for gap in ("same_report", "other_buckets"):
        elsewhere = replace(FACTS, aging=(), bridge_gap=gap)
        after = {one.figure: one.after for one in differences(FACTS, elsewhere)}
        assert (after["new"], after["opening"]) == (None, None)


def test_buckets_are_compared_by_their_bounds_and_not_by_their_place() -> None:
    """0, 1–30 and more became 0, 1–60 and more, then got one more: only the same bounds say the same."""
    three = replace(
        FACTS, bucket_days=(0, 30, None), aging=(replace(AGING, bucket_amounts=(D(500), D(400), D(500))),)
    )
    wider = replace(
        FACTS, bucket_days=(0, 60, None), aging=(replace(AGING, bucket_amounts=(D(600), D(700), D(100))),)
    )
    assert differences(three, wider) == (Difference("bucket:0", "CNY", D(500), D(600)),)
    more = replace(
        FACTS,
        bucket_days=(-1, 0, 30, None),
        aging=(replace(AGING, bucket_amounts=(D(1), D(499), D(400), D(500))),),
    )
    assert differences(three, more) == ()
    late = replace(more, aging=(replace(AGING, bucket_amounts=(D(1), D(499), D(300), D(600))),))
    assert differences(three, late) == (
        Difference("bucket:1", "CNY", D(400), D(300)),
        Difference("bucket:2", "CNY", D(500), D(600)),
    )


@pytest.mark.parametrize(
    "difference",
    [Difference("total", "CNY", D("1.50"), None), Difference("bucket:6", "USD", None, D("2.00"))],
)
def test_a_difference_to_json_and_back(difference: Difference) -> None:
    assert difference_from_data(json.loads(json.dumps(difference_to_data(difference)))) == difference

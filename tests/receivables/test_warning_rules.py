"""The rules of early warning (P5.1), both sides of every boundary, without a database."""

from __future__ import annotations

import datetime as dt
import random
import statistics
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from creditrisk.money import CENT
from creditrisk.policy.default import DEFAULT_POLICY
from customers.credit_limits import Limits
from receivables.warnings import (
    BusinessFacts,
    DaysLate,
    DisputeFacts,
    FileFacts,
    GradeFacts,
    LimitFacts,
    Number,
    PromiseFacts,
    QualificationFacts,
    RepaymentFacts,
    VisitFacts,
    VolumeFacts,
    broken_promise,
    churn,
    dispute_overdue,
    file_not_confirmed,
    grade_fallen,
    leadership_change,
    limit_exceeded,
    qualification_ending,
    repayment_anomaly,
    volume_anomaly,
)
from receivables.warnings.business import GREATEST_SEVERITY
from receivables.warnings.events import tells_of_change
from receivables.warnings.raised import rounded

RULES = DEFAULT_POLICY.warnings
ON = dt.date(2026, 11, 27)


def days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


# Churn (P5.1.1) -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "warns"), [(59, False), (60, True), (61, True)])
def test_a_customer_is_about_to_leave_from_the_sixtieth_day_on(age: int, warns: bool) -> None:
    """60 days before 2026-11-27 is 2026-09-28."""
    warning = churn(BusinessFacts(ON - days(age), None), on=ON, rules=RULES)
    assert (warning is not None) is warns
    if warning is not None:
        assert warning.severity == age
        assert warning.numbers["days_without_business"] == Number(age, "days")
        assert warning.numbers["last_business_on"] == Number(ON - days(age), "date")


@pytest.mark.parametrize(
    ("document", "contract", "warns"),
    [
        (90, 59, False),
        (59, 90, False),
        (90, 60, True),
        (60, None, True),
        (None, 60, True),
        (None, None, False),
    ],
)
def test_the_later_of_document_and_contract_counts_and_who_never_had_business_does_not_leave(
    document: int | None, contract: int | None, warns: bool
) -> None:
    facts = BusinessFacts(
        None if document is None else ON - days(document), None if contract is None else ON - days(contract)
    )
    assert (churn(facts, on=ON, rules=RULES) is not None) is warns


def test_the_chart_of_churn_is_the_business_of_the_months() -> None:
    months = ((dt.date(2026, 9, 1), Decimal("10")), (dt.date(2026, 10, 1), Decimal("0")))
    warning = churn(BusinessFacts(ON - days(60), None, "CNY", months), on=ON, rules=RULES)
    assert warning is not None
    assert warning.series_json() == {
        "unit": "CNY",
        "points": [{"label": "2026-09", "value": "10.00"}, {"label": "2026-10", "value": "0.00"}],
    }


# Volume (P5.1.2) ------------------------------------------------------------------------------------------------------


def volume(month: str, *history: str) -> VolumeFacts:
    return VolumeFacts(
        currency="CNY",
        month_on=dt.date(2026, 10, 1),
        amount=Decimal(month),
        history=tuple(
            (dt.date(2026, 10 - len(history) + place, 1), Decimal(amount))
            for place, amount in enumerate(history)
        ),
    )


@pytest.mark.parametrize(
    ("month", "warns"), [("150", False), ("150.01", True), ("50", False), ("49.99", True)]
)
def test_more_than_fifty_per_cent_of_the_mean(month: str, warns: bool) -> None:
    """Six months of 100: the mean is 100, the standard deviation 0, so that only the 50 % decide: 150 and 50 are 50 %
    away and raise nothing."""
    assert (volume_anomaly(volume(month, *["100"] * 6), rules=RULES) is not None) is warns


@pytest.mark.parametrize(("month", "warns"), [("240", False), ("240.01", True)])
def test_and_more_than_two_standard_deviations(month: str, warns: bool) -> None:
    """30, 30, 100, 170, 170: the mean is 100, the squares 4 · 70² over n − 1 = 4 are 70²: the standard deviation is 70,
    two of them 140. 240 is exactly 140 away and raises nothing, 240.01 does; both are far beyond 50 %."""
    facts = volume(month, "30", "30", "100", "170", "170")
    assert (volume_anomaly(facts, rules=RULES) is not None) is warns


def test_two_standard_deviations_alone_are_not_enough() -> None:
    """98, 102, 98, 102: mean 100, standard deviation 2.31. 130 is 13 of them away, but only 30 %."""
    assert volume_anomaly(volume("130", "98", "102", "98", "102"), rules=RULES) is None


@pytest.mark.parametrize(("months", "warns"), [(3, False), (4, True)])
def test_at_least_four_months_of_history(months: int, warns: bool) -> None:
    assert (volume_anomaly(volume("200", *["100"] * months), rules=RULES) is not None) is warns


def test_one_month_is_never_a_history() -> None:
    """A standard deviation needs two, whatever the policy says."""
    rules = replace(RULES, volume_min_history_months=1)
    assert volume_anomaly(volume("200", "100"), rules=rules) is None
    assert volume_anomaly(volume("200", "100", "100"), rules=rules) is not None


def test_without_business_before_there_is_no_mean_to_differ_from() -> None:
    assert volume_anomaly(volume("500", *["0"] * 6), rules=RULES) is None


def test_a_fall_and_a_rise_are_two_subjects() -> None:
    """From 100 to 20 is a fall of 80 %; to 300 a rise of 200 %."""
    fall = volume_anomaly(volume("20", *["100"] * 6), rules=RULES)
    rise = volume_anomaly(volume("300", *["100"] * 6), rules=RULES)
    assert fall is not None
    assert rise is not None
    assert (fall.subject, fall.severity) == ("fall CNY", Decimal("80.0"))
    assert (rise.subject, rise.severity) == ("rise CNY", Decimal("200.0"))
    assert rise.numbers_json() == {
        "direction": {"value": "rise", "unit": "code"},
        "month": {"value": "2026-10-01", "unit": "date"},
        "month_amount": {"value": "300.00", "unit": "CNY"},
        "mean_amount": {"value": "100.00", "unit": "CNY"},
        "deviation_pct": {"value": "200.0", "unit": "pct"},
        "standard_deviation": {"value": "0.00", "unit": "CNY"},
        "history_months": {"value": 6, "unit": "months"},
    }
    assert [point.label for point in rise.series] == [f"2026-{month:02}" for month in range(4, 11)]


def test_the_severity_of_a_leap_from_cents_to_millions_fits_its_column() -> None:
    warning = volume_anomaly(volume("9999999999999999", *["0.01"] * 6), rules=RULES)
    assert warning is not None
    assert warning.severity == GREATEST_SEVERITY


@pytest.mark.parametrize("seed", range(200))
def test_volume_as_a_textbook_counts_it(seed: int) -> None:
    """Against the mean and the sample standard deviation of Python's own statistics, exactly."""
    chance = random.Random(seed)
    history = [Decimal(chance.randint(0, 10_000)) / 100 for _month in range(chance.randint(4, 6))]
    month = Decimal(chance.randint(0, 30_000)) / 100
    amounts = [Fraction(amount) for amount in history]
    mean = statistics.mean(amounts)
    expected = (
        mean > 0
        and abs(Fraction(month) - mean) > mean / 2
        and (Fraction(month) - mean) ** 2 > 4 * statistics.variance(amounts)
    )
    facts = volume(str(month), *(str(amount) for amount in history))
    assert (volume_anomaly(facts, rules=RULES) is not None) is expected


# Repayment (P5.1.3) ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("recent", "warns"), [("20.0", True), ("19.9", False), ("25.0", True)])
def test_fifteen_days_later_than_before(recent: str, warns: bool) -> None:
    """Before: 1,000 at 5 days. Recently 400 at 20.0 days: 15 days worse. At 19.9 it is 14.9."""
    facts = RepaymentFacts(
        "CNY", DaysLate(Decimal(400), 400 * Decimal(recent)), DaysLate(Decimal(1000), Decimal(5000))
    )
    warning = repayment_anomaly(facts, rules=RULES)
    assert (warning is not None) is warns
    if warning is not None:
        assert warning.subject == "CNY"
        assert warning.severity == Decimal(recent) - 5


def test_amounts_weigh_the_days() -> None:
    """900 paid on time and 100 paid 150 days late: 15.0 days on average, and before 0: it warns. With 910 and 90 it is
    13.5: it does not."""
    before = DaysLate(Decimal(100), Decimal(0))
    warns = DaysLate(Decimal(900)) + DaysLate(Decimal(100), Decimal(15_000))
    quiet = DaysLate(Decimal(910)) + DaysLate(Decimal(90), Decimal(13_500))
    assert repayment_anomaly(RepaymentFacts("CNY", warns, before), rules=RULES) is not None
    assert repayment_anomaly(RepaymentFacts("CNY", quiet, before), rules=RULES) is None


def test_who_paid_early_and_now_pays_on_time_may_warn() -> None:
    """20 days early before, 5 days early now: 15 days worse."""
    facts = RepaymentFacts("CNY", DaysLate(Decimal(1), Decimal(-5)), DaysLate(Decimal(1), Decimal(-20)))
    warning = repayment_anomaly(facts, rules=RULES)
    assert warning is not None
    assert warning.numbers["recent_days_late"] == Number(Decimal("-5.0"), "days")


@pytest.mark.parametrize("missing", ["recent", "baseline"])
def test_without_anything_due_there_is_nothing_to_compare(missing: str) -> None:
    facts = RepaymentFacts("CNY", DaysLate(Decimal(1), Decimal(99)), DaysLate(Decimal(1)))
    assert repayment_anomaly(replace(facts, **{missing: DaysLate()}), rules=RULES) is None


def test_the_chart_of_repayment_names_the_reports() -> None:
    facts = RepaymentFacts(
        "CNY",
        DaysLate(Decimal(1), Decimal(20)),
        DaysLate(Decimal(1)),
        ((dt.date(2026, 10, 31), Decimal("20.0")),),
    )
    warning = repayment_anomaly(facts, rules=RULES)
    assert warning is not None
    assert warning.series_json() == {"unit": "days", "points": [{"label": "2026-10-31", "value": "20.0"}]}


# Events ---------------------------------------------------------------------------------------------------------------

SINCE = [(-1, False), (0, True), (30, True), (31, False)]
"""Days since it happened, and whether it still warns."""


@pytest.mark.parametrize(("age", "warns"), SINCE)
def test_a_promise_not_kept_warns_for_thirty_days(age: int, warns: bool) -> None:
    happened_on = ON - days(age)
    facts = PromiseFacts("PP-1", "broken", "CNY", Decimal(100), Decimal(0), happened_on, happened_on)
    warning = broken_promise(facts, on=ON, rules=RULES)
    assert (warning is not None) is warns
    if warning is not None:
        assert (warning.subject, warning.severity) == ("PP-1", 2)


@pytest.mark.parametrize(("age", "warns"), SINCE)
def test_a_promise_whose_report_is_loaded_late_warns_from_then_on(age: int, warns: bool) -> None:
    """The report describes a day 90 days ago."""
    facts = PromiseFacts(
        "PP-1", "broken", "CNY", Decimal(100), Decimal(0), decided_on=ON - days(90), known_on=ON - days(age)
    )
    assert (broken_promise(facts, on=ON, rules=RULES) is not None) is warns


def test_a_promise_kept_in_part_is_less_bad_than_a_broken_one() -> None:
    facts = PromiseFacts("PP-1", "partly", "CNY", Decimal(100), Decimal(40), ON, ON)
    warning = broken_promise(facts, on=ON, rules=RULES)
    assert warning is not None
    assert warning.severity == 1
    assert warning.numbers["paid_amount"] == Number(Decimal("40.00"), "CNY")


@pytest.mark.parametrize(("age", "warns"), SINCE)
def test_a_fallen_grade_warns_for_thirty_days(age: int, warns: bool) -> None:
    assert (grade_fallen(GradeFacts("A", "B", ON - days(age)), on=ON, rules=RULES) is not None) is warns


@pytest.mark.parametrize(
    ("before", "now", "severity"),
    [("A", "B", 1), ("A", "C", 2), ("C", "D", 3), ("B", "B", None), ("C", "B", None), ("", "D", None)],
)
def test_only_a_worse_grade_warns_and_the_first_one_is_no_fall(
    before: str, now: str, severity: int | None
) -> None:
    warning = grade_fallen(GradeFacts(before, now, ON), on=ON, rules=RULES)
    assert (warning.severity if warning else None) == severity


@pytest.mark.parametrize(("age", "warns"), SINCE)
def test_a_change_of_leadership_warns_for_thirty_days(age: int, warns: bool) -> None:
    facts = VisitFacts("7", "总经理离任", "watch", ON - days(age))
    warning = leadership_change(facts, on=ON, rules=RULES)
    assert (warning is not None) is warns
    if warning is not None:
        assert (warning.subject, warning.severity) == ("7", 2)


@pytest.mark.parametrize(("signal", "severity"), [("none", 1), ("watch", 2), ("alarm", 3)])
def test_the_risk_that_the_visitor_saw_is_how_bad_it_is(signal: str, severity: int) -> None:
    warning = leadership_change(VisitFacts("7", "A new CEO", signal, ON), on=ON, rules=RULES)
    assert warning is not None
    assert warning.severity == severity


@pytest.mark.parametrize(
    "text",
    ["", " ", "无", "无变化。 None.", "No changes.", "n/a", "暂无", "沒有變化", "—", "No change found"],
)
def test_nothing_found_is_no_warning(text: str) -> None:
    assert not tells_of_change(text)
    assert leadership_change(VisitFacts("7", text, "none", ON), on=ON, rules=RULES) is None


@pytest.mark.parametrize(
    "text", ["总经理离任,尚无继任者", "New CFO", "无变化,但财务总监将退休", "No more CEO"]
)
def test_whatever_else_is_written_is_a_change(text: str) -> None:
    assert tells_of_change(text)


@pytest.mark.parametrize(
    "text",
    [
        *("领导层无变化", "没有领导变动", "无人事变动", "未变更", "管理层没有调整。", "領導層無變動"),
        *(
            "No change of management",
            "no changes in leadership",
            "Same as before.",
            "The board has not changed",
        ),
    ],
)
def test_a_sentence_that_denies_a_change_tells_of_none(text: str) -> None:
    assert not tells_of_change(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "领导层无变化。总经理将于年底退休",
            "财务总监上月更换",
            "未来将更换总经理",
            "总经理离任，尚无继任者",
        ),
        *("No change of owner; the finance director left", "There was a change of management"),
    ],
)
def test_a_denial_beside_a_change_is_a_change(text: str) -> None:
    assert tells_of_change(text)


# Deadlines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("late", "severity"), [(-1, None), (0, None), (1, 30), (30, 30), (31, 31)], ids=str)
def test_a_file_is_late_the_day_after_its_due_date(late: int, severity: int | None) -> None:
    """The first thirty days, the quiet time of a case, count the same."""
    warning = file_not_confirmed(FileFacts(ON - days(late)), on=ON, rules=RULES)
    assert (warning.severity if warning else None) == severity


@pytest.mark.parametrize(("left", "severity"), [(31, None), (30, 1), (0, 1), (-1, 2)])
def test_a_qualification_warns_from_thirty_days_before_its_last_day(left: int, severity: int | None) -> None:
    """On its last day it is still valid: ending. The day after it has ended, which is worse."""
    facts = QualificationFacts("3", "iso_9000", "", ON + days(left))
    warning = qualification_ending(facts, on=ON, rules=RULES)
    assert (warning.severity if warning else None) == severity
    if warning is not None:
        assert (warning.subject, warning.numbers["days_left"]) == ("3", Number(left, "days"))


@pytest.mark.parametrize(("late", "severity"), [(0, None), (1, 30), (31, 31)])
def test_a_dispute_is_overdue_the_day_after_its_deadline(late: int, severity: int | None) -> None:
    warning = dispute_overdue(DisputeFacts("9", "质量", ON - days(late)), on=ON, rules=RULES)
    assert (warning.severity if warning else None) == severity


# Limits ---------------------------------------------------------------------------------------------------------------


def limits(**changes: Any) -> Limits:
    values: dict[str, Any] = {
        "currency": "CNY",
        "permanent_amount": Decimal("1000.00"),
        "permanent_valid_to_on": ON,
    }
    return Limits(**(values | changes))


@pytest.mark.parametrize(
    ("open_amount", "severity"), [("1000.00", None), ("1000.01", "10"), ("2000.00", "50.0")]
)
def test_a_cent_above_the_limit_warns(open_amount: str, severity: str | None) -> None:
    """Of 2,000 that are open, a limit of 1,000 leaves half uncovered; less than a tenth counts as a tenth."""
    warning = limit_exceeded(LimitFacts(limits(), Decimal(open_amount), ON), on=ON)
    assert (warning.severity if warning else None) == (None if severity is None else Decimal(severity))


def test_a_temporary_limit_counts_while_it_lasts() -> None:
    both = limits(temporary_amount=Decimal("1500.00"), temporary_valid_to_on=ON)
    facts = LimitFacts(both, Decimal("1400.00"), ON)
    assert limit_exceeded(facts, on=ON) is None
    ended = replace(both, temporary_valid_to_on=ON - days(1))
    warning = limit_exceeded(replace(facts, limits=ended), on=ON)
    assert warning is not None
    assert warning.numbers["excess_amount"] == Number(Decimal("400.00"), "CNY")


def test_a_limit_that_has_run_out_allows_nothing() -> None:
    ended = limits(permanent_valid_to_on=ON - days(1))
    warning = limit_exceeded(LimitFacts(ended, Decimal("1.00"), ON), on=ON)
    assert warning is not None
    assert (warning.severity, warning.numbers["limit_amount"]) == (100, Number(Decimal("0.00"), "CNY"))
    assert limit_exceeded(LimitFacts(ended, Decimal("0.00"), ON), on=ON) is None
    assert limit_exceeded(LimitFacts(ended, Decimal("-5.00"), ON), on=ON) is None


def test_who_was_never_given_a_limit_exceeds_none() -> None:
    never = limits(permanent_amount=None, permanent_valid_to_on=None)
    assert limit_exceeded(LimitFacts(never, Decimal("1.00"), ON), on=ON) is None


def test_the_limit_of_a_group_is_a_subject_of_its_own() -> None:
    warning = limit_exceeded(
        LimitFacts(limits(), Decimal("1001.00"), ON, of="group", by_report=((ON, Decimal("1001")),)), on=ON
    )
    assert warning is not None
    assert warning.subject == "group"
    assert replace(warning, series=()).series_json() == {}
    assert warning.series_json()["points"] == [{"label": "2026-11-27", "value": "1001.00"}]


def test_values_are_rounded_half_up_as_people_do() -> None:
    assert rounded(Fraction(5, 100)) == Decimal("0.1")
    assert rounded(Fraction(-5, 100)) == Decimal("-0.1")
    assert rounded(Fraction(1, 3), CENT) == Decimal("0.33")
    assert rounded(Fraction(1, 2)) == Decimal("0.5")

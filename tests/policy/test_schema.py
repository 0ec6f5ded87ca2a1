"""The shape of the rule-book: what a draft must satisfy before it can be published."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.schema import (
    AgingBucket,
    Criterion,
    DunningStage,
    GradeBand,
    RepaymentSpeedRules,
    policy_from_data,
    policy_to_data,
)

P = DEFAULT_POLICY


def test_round_trip_through_json_is_exact() -> None:
    data = json.loads(json.dumps(policy_to_data(P)))
    assert policy_from_data(data) == P
    assert policy_from_data(data).dunning.late_payment_daily_ratio == Decimal("0.0005")
    assert isinstance(policy_from_data(data).credit_limit.limit_step_amount, Decimal)


def test_keys_may_come_in_any_order() -> None:
    """PostgreSQL stores JSON objects in an order of its own."""
    data: Any = json.loads(json.dumps(policy_to_data(P)))
    data["criteria"][0]["points"] = {"D": 10, "B": 20, "A": 25, "C": 15}
    assert policy_from_data(data) == P


def test_the_numbers_of_the_policy() -> None:
    assert [bucket.up_to_days for bucket in P.aging_buckets] == [0, 30, 60, 90, 180, 365, None]
    assert [(stage.from_day, stage.to_day) for stage in P.dunning.stages] == [(-7, 0), (1, 14), (15, None)]
    assert [(band.grade, band.from_score, str(band.limit_factor)) for band in P.grade_bands] == [
        ("A", 90, "1.5"),
        ("B", 80, "1.0"),
        ("C", 60, "0.6"),
        ("D", 0, "0"),
    ]
    assert P.band("C").consequence == "reduce"
    history = P.cooperation_history
    assert (history.a_over_years, history.b_from_years, history.c_from_years) == (5, 3, 1)
    assert (P.credit_limit.days_per_month, P.credit_limit.actual_business_months) == (30, 12)
    assert P.dunning.report_stale_after_days == 35
    assert P.summary.sign_within_days == 3
    calls = P.dunning.contacts
    assert (calls.reached_days, calls.no_answer_days, calls.wrong_number_days, calls.dispute_days) == (
        3,
        1,
        1,
        7,
    )
    assert [str(calls.grade_weights.of(grade)) for grade in ("A", "B", "C", "D", "")] == [
        *("1.0", "1.2", "1.5", "2.0", "1.5")
    ]


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the default rule-book as data with the value at `path` (dots and indexes) replaced."""
    data: Any = policy_to_data(P)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    node = data
    for part in parents:
        node = node[part]
    node[last] = value
    assert isinstance(data, dict)
    return data


BOUNDS: list[tuple[str, object, object]] = [
    # path, the last value that is taken, the first that is refused
    ("customer_file.qualification_reminder_days", [60, 0], [60, -1]),
    ("customer_file.qualification_reminder_days", [60, 59], [60, 60]),
    ("customer_file.qualification_reminder_days", [7], []),
    ("customer_file.qualification_reminder_days", [30, 7], [7, 30]),
    ("dunning.stages.1.from_day", 1, 2),
    ("dunning.stages.0.from_day", 0, 1),
    ("dunning.letter_before_final_days", 0, -1),
    ("dunning.payment_deadline_days", 0, -1),
    ("dunning.late_payment_daily_ratio", "1", "1.0001"),
    ("dunning.late_payment_daily_ratio", "0", "-0.0001"),
    ("dunning.late_payment_cap_ratio", "1", "1.01"),
    ("dunning.late_payment_cap_ratio", "0", "-0.01"),
    ("dunning.stages.2.to_day", None, 30),
    ("dunning.report_stale_after_days", 0, -1),
    ("dunning.minimum_amount", "0", "-0.01"),
    ("dunning.letter_interval_days", 0, -1),
    ("dunning.promise_grace_days", 0, -1),
    ("dunning.fall_back_days", 0, -1),
    ("dunning.forfeiture", "automatic", "never"),
    ("dunning.suspension", "proposal", "never"),
    ("dunning.stages.2.release", "by_person", "never"),
    ("dunning.contacts.reached_days", 1, 0),
    ("dunning.contacts.no_answer_days", 1, 0),
    ("dunning.contacts.wrong_number_days", 1, 0),
    ("dunning.contacts.dispute_days", 1, 0),
    ("dunning.contacts.grade_weights.a", "0.01", "0"),
    ("dunning.contacts.grade_weights.d", "9", "-1"),
    ("dunning.contacts.grade_weights.none", "0.01", "0"),
    ("dunning.stages.0.code", "reminder", "final_demand"),
    ("dunning.stages.0.code", "reminder", "threat"),
    ("aging_buckets.0.up_to_days", 0, 1),
    ("aging_buckets.1.up_to_days", 59, 60),
    ("aging_buckets.6.up_to_days", None, 400),
    ("aging_buckets.5.up_to_days", 365, None),
    ("aging_buckets.1.key", "1–30", "31-60"),
    ("grade_bands.0.from_score", 100, 101),
    ("grade_bands.1.from_score", 89, 90),
    ("grade_bands.3.from_score", 0, 1),
    ("grade_bands.3.limit_factor", "0", "-0.1"),
    ("grade_bands.0.grade", "A", "B"),
    ("grade_bands.0.grade", "A", "S"),
    ("grade_bands.0.consequence", "ordinary", "celebrate"),
    ("criteria.0.points.B", 24, 25),
    ("criteria.0.points.D", 0, -1),
    ("criteria.0.points.A", 25, 26),
    ("criteria.0.code", "contract_performance", "responsiveness"),
    ("criteria.0.code", "contract_performance", "punctuality"),
    ("cooperation_history.a_over_years", 4, 3),
    ("cooperation_history.b_from_years", 2, 1),
    ("cooperation_history.c_from_years", 1, 0),
    ("grade_adjustment.repayment_speed.a_up_to_days", -1, 0),
    ("grade_adjustment.repayment_speed.b_up_to_days", 14, 15),
    ("grade_adjustment.cap_at_c_after_days", 89, 90),
    ("grade_adjustment.cap_at_c_after_days", 0, -1),
    ("grade_adjustment.upgrade_steps_per_quarter", 1, 0),
    ("credit_limit.limit_step_amount", "0.01", "0"),
    ("credit_limit.days_per_month", 1, 0),
    ("credit_limit.actual_business_months", 1, 0),
    ("credit_limit.limit_valid_months", 1, 0),
    ("credit_limit.hold_after_days_past_due", 0, -1),
    ("credit_limit.new_customer_grade", "D", "E"),
    ("warnings.churn_after_days", 1, 0),
    ("warnings.volume_min_history_months", 6, 7),
    ("warnings.volume_min_history_months", 1, 0),
    ("warnings.volume_deviation_pct", "0.1", "0"),
    ("warnings.volume_deviation_sigmas", "0", "-0.1"),
    ("warnings.repayment_recent_days", 1, 0),
    ("warnings.repayment_baseline_months", 1, 0),
    ("warnings.repayment_worse_by_days", 1, 0),
    ("warnings.event_days", 1, 0),
    ("warnings.event_days", 30, 31),
    ("warnings.quiet_days", 30, 29),
    ("warnings.qualification_notice_days", 0, -1),
    ("warnings.worse_by_pct", "0", "-0.1"),
    ("warnings.case_due_days", 1, 0),
    ("warnings.escalate_after_days", 0, -1),
    ("review_cycle.file_confirmation_months", 1, 0),
    ("review_cycle.confirmation_after_review_days", 0, -1),
    ("review_cycle.confirmation_notice_days", 0, -1),
    ("review_cycle.review_valid_months", 1, 0),
    ("review_cycle.annual_review_launch_month", 12, 13),
    ("review_cycle.annual_review_launch_month", 1, 0),
    ("review_cycle.self_check_months", 12, 24),
    ("review_cycle.self_check_months", 4, 5),
    ("review_cycle.self_check_months", 1, 0),
    ("review_cycle.self_check_months", 1, -1),
    ("summary.sign_within_days", 1, 0),
    ("summary.sign_within_days", 20, 21),
    ("duplicates.similarity_ratio", "1", "1.01"),
    ("duplicates.similarity_ratio", "0.01", "0"),
    ("duplicates.shown", 1, 0),
    ("usual_payment_terms_days", [0], []),
    ("usual_payment_terms_days", [0, 30], [-1, 30]),
    ("base_currency", "USD", "usd"),
    ("base_currency", "EUR", "EURO"),
    ("base_currency", "EUR", "人民币"),
    ("dunning.letter_before_final_days", 7, "seven"),
    ("credit_limit.limit_step_amount", "1000", "NaN"),
]


@pytest.mark.parametrize(("path", "taken", "refused"), BOUNDS)
def test_both_sides_of_every_bound(path: str, taken: object, refused: object) -> None:
    policy_from_data(changed(path, taken))
    with pytest.raises(ValidationError):
        policy_from_data(changed(path, refused))


def test_missing_and_unknown_parts_are_refused() -> None:
    data = policy_to_data(P)
    without = {key: value for key, value in data.items() if key != "warnings"}
    with pytest.raises(ValidationError, match="warnings"):
        policy_from_data(without)
    with pytest.raises(ValidationError, match="wornings"):
        policy_from_data(data | {"wornings": data["warnings"]})
    with pytest.raises(ValidationError, match="a_up_to_day"):
        policy_from_data(changed("grade_adjustment.repayment_speed.a_up_to_day", 1))


def test_a_criterion_needs_all_four_answers() -> None:
    with pytest.raises(ValidationError, match="A, B, C and D"):
        Criterion("responsiveness", {"A": 25, "B": 20, "C": 15})


def test_stages_follow_each_other_without_a_gap() -> None:
    reminder, letter, demand = P.dunning.stages
    late = DunningStage("final_demand", 16, None)
    with pytest.raises(ValidationError, match="the day after"):
        replace(P.dunning, stages=(reminder, letter, late))
    with pytest.raises(ValidationError, match="the day after"):
        replace(P.dunning, stages=(reminder, DunningStage("dunning_letter", 1, None), demand))
    with pytest.raises(ValidationError, match="must have no end"):
        replace(P.dunning, stages=(reminder, letter, DunningStage("final_demand", 15, 90)))


@pytest.mark.parametrize(
    "listed", [(), (0,), (0, 1), (0, 2), (1, 2), (0, 2, 1), (2, 1, 0), (0, 1, 2, 2), (0, 0, 1, 2)]
)
def test_letters_need_all_three_stages_in_order(listed: tuple[int, ...]) -> None:
    """The days of each are chosen to follow each other: only the codes are wrong."""
    codes = [stage.code for stage in P.dunning.stages]
    last = len(listed) - 1
    stages = tuple(
        DunningStage(codes[code], place * 10 - 8, None if place == last else place * 10 + 1)
        for place, code in enumerate(listed)
    )
    with pytest.raises(
        ValidationError, match="must be reminder, dunning_letter, final_demand, in this order"
    ):
        replace(P.dunning, stages=stages)


@pytest.mark.parametrize(("first", "valid"), [(0, False), (1, True)])
def test_a_dunning_letter_comes_after_the_due_date(first: int, *, valid: bool) -> None:
    reminder, letter, demand = P.dunning.stages
    stages = (replace(reminder, to_day=first - 1), replace(letter, from_day=first), demand)
    if valid:
        assert replace(P.dunning, stages=stages).stages == stages
    else:
        with pytest.raises(ValidationError, match="before the due date has passed"):
            replace(P.dunning, stages=stages)


def test_a_stage_does_not_end_before_it_starts() -> None:
    reminder, letter, demand = P.dunning.stages
    stages = (replace(reminder, from_day=1), letter, demand)
    with pytest.raises(ValidationError, match="end before it starts"):
        replace(P.dunning, stages=stages)


def test_one_bucket_is_none() -> None:
    with pytest.raises(ValidationError, match="no upper bound"):
        replace(P, aging_buckets=(AgingBucket("all", None),))


def test_a_criterion_must_not_be_left_out() -> None:
    with pytest.raises(ValidationError, match="four criteria"):
        replace(P, criteria=P.criteria[:3])


def test_the_rule_book_is_frozen() -> None:
    for part, field in ((P, "base_currency"), (P.dunning, "stages"), (P.grade_bands[0], "from_score")):
        with pytest.raises(AttributeError):
            setattr(part, field, None)


def test_parts_are_validated_where_they_are_made() -> None:
    with pytest.raises(ValidationError):
        RepaymentSpeedRules(a_up_to_days=5, b_up_to_days=4, c_up_to_days=15)
    with pytest.raises(ValidationError):
        GradeBand("A", 90, "extend", Decimal(-1))

"""The rule-book in plain words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from creditrisk.policy import wording
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.schema import CooperationHistoryRules


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [(1, 14, "day 1 to 14"), (-7, 0, "day -7 to 0"), (15, None, "from day 15 on")],
)
def test_range_of_days(first: int, last: int | None, words: str) -> None:
    assert wording.days_range(first, last) == words


def test_buckets() -> None:
    assert wording.aging_buckets(DEFAULT_POLICY)[:3] == [
        "not due",
        "1–30 days past due",
        "31–60 days past due",
    ]
    assert wording.aging_buckets(DEFAULT_POLICY)[-1] == "more than 365 days past due"


def test_grades_meet_without_a_gap() -> None:
    rows = list(wording.grade_rows(DEFAULT_POLICY))
    assert [(row.grade, row.scores) for row in rows] == [
        ("A", "90–100"),
        ("B", "80–89"),
        ("C", "60–79"),
        ("D", "below 60"),
    ]


def test_every_code_of_the_schema_has_words() -> None:
    assert len(list(wording.stage_rows(DEFAULT_POLICY))) == 3
    assert [len(row.answers) for row in wording.criterion_rows(DEFAULT_POLICY)] == [4] * 4
    for consequence in wording.CONSEQUENCES:
        bands = (
            replace(DEFAULT_POLICY.grade_bands[0], consequence=consequence),
            *DEFAULT_POLICY.grade_bands[1:],
        )
        rows = list(wording.grade_rows(replace(DEFAULT_POLICY, grade_bands=bands)))
        assert rows[0].consequence == wording.CONSEQUENCES[consequence]


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((5, 3, 1), ["over 5 years", "3–5 years", "1–3 years", "under 1 year"]),
        ((8, 4, 2), ["over 8 years", "4–8 years", "2–4 years", "under 2 years"]),
    ],
)
def test_the_years_of_cooperation_are_those_of_the_rule_book(
    bounds: tuple[int, int, int], words: list[str]
) -> None:
    policy = replace(DEFAULT_POLICY, cooperation_history=CooperationHistoryRules(*bounds))
    rows = {str(row.name): row.answers for row in wording.criterion_rows(policy)}
    assert [str(text) for _grade, text, _points in rows["Cooperation history"]] == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-2, "at least 2 days early"),
        (-1, "at least 1 day early"),
        (0, "on time"),
        (1, "up to 1 day late"),
        (15, "up to 15 days late"),
    ],
)
def test_average_days_late(days: int, words: str) -> None:
    assert wording.average_days_late(days) == words


@pytest.mark.parametrize(
    ("ratio", "words"), [("0.0005", "0.05 %"), ("0.20", "20 %"), ("1", "100 %"), ("0", "0 %")]
)
def test_percentage(ratio: str, words: str) -> None:
    assert wording.percent(Decimal(ratio)) == words


def test_what_a_call_leads_to_and_whom_to_call_first() -> None:
    rules = DEFAULT_POLICY.dunning.contacts
    assert [text for _result, text in wording.contact_rows(rules)] == [
        "again after 3 business days",
        "again after 1 business day",
        "again after 1 business day",
        "on the day after the first instalment and the days of grace",
        "when it is to be settled, or after 7 days",
    ]
    assert wording.grade_weights(rules) == "A 1.0, B 1.2, C 1.5, D 2.0, no grade 1.5"

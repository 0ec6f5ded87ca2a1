"""Every refusal of the schema in words: none is without a translation, and each names the settings it is about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from creditrisk.policy import approval_chains, schema
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.faults import Fault, UnsoundPolicyError, faults_of, sound_policy
from creditrisk.policy.refusals import KINDS, REFUSALS
from creditrisk.policy.schema import policy_from_data, policy_to_data
from creditrisk.policy.settings_catalogue import SETTINGS
from creditrisk.policy.settings_tree import with_settings
from tests.policy.test_schema import BOUNDS, changed

DATA = policy_to_data(DEFAULT_POLICY)


def refusals_of(module: Any) -> Iterator[str]:
    """Yield the message of every `_require` in a module, with "x" where it fills something in."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_require":
            message = node.args[1]
            if isinstance(message, ast.Constant):
                yield str(message.value)
            else:
                assert isinstance(message, ast.JoinedStr)
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "x" for part in message.values
                )


ALL_REFUSALS = [*refusals_of(schema), *refusals_of(approval_chains)]


@pytest.mark.parametrize("message", ALL_REFUSALS)
def test_every_refusal_of_the_schema_is_translated(message: str) -> None:
    known = [refusal for refusal in REFUSALS if refusal.filled_by(message) is not None]
    assert len(known) == 1, f"“{message}” needs its line in refusals.py"


def test_no_translation_is_left_over() -> None:
    unused = [
        refusal.english
        for refusal in REFUSALS
        if not any(refusal.filled_by(message) is not None for message in ALL_REFUSALS)
    ]
    assert unused == []


def faults(data: Any) -> list[Fault]:
    with pytest.raises(ValidationError) as error:
        policy_from_data(data)
    return faults_of(error.value, data)


WHOLE = {"dunning.stages.0.code", "grade_bands.0.grade", "criteria.0.code"}
"""What an entry is called is no setting: the refusal is about the list."""


@pytest.mark.parametrize(("path", "_taken", "refused"), BOUNDS)
def test_what_is_out_of_bounds_is_told_at_its_setting(path: str, _taken: object, refused: object) -> None:
    """Both sides of each bound are in `test_schema`; here the refused side, in words, at a setting that it is about."""
    found = faults(changed(path, refused))
    assert found
    for fault in found:
        assert fault.text
        assert not re.search(r"[a-z]_[a-z]", fault.text), "words, not names of the code"
        if path not in WHOLE and not path.endswith(".to_day"):
            assert fault.paths
        assert all(named in SETTINGS for named in fault.paths) or path in WHOLE


@pytest.mark.parametrize(
    ("changes", "paths", "text"),
    [
        (
            {"dunning.stages.dunning_letter.from_day": 0},
            ("dunning.stages.dunning_letter.from_day",),
            "A dunning letter must not come before the due date has passed: day 1 or later.",
        ),
        (
            {"dunning.stages.reminder.from_day": 1},
            tuple(
                f"dunning.stages.{code}.from_day" for code in ("reminder", "dunning_letter", "final_demand")
            ),
            "Each stage must begin after the one before it.",
        ),
        ({"grade_bands.B.limit_factor": "-1"}, ("grade_bands.B.limit_factor",), "It must not be negative."),
        (
            {"criteria.responsiveness.points.D": 15},
            tuple(f"criteria.responsiveness.points.{grade}" for grade in "ABCD"),
            "The points must fall from A to D.",
        ),
        (
            {"criteria.responsiveness.points.A": 30},
            tuple(
                f"criteria.{code}.points.A"
                for code in (
                    "contract_performance",
                    "repayment_speed",
                    "cooperation_history",
                    "responsiveness",
                )
            ),
            "The best answers of the four criteria must add up to 100 points, not 105.",
        ),
        (
            {"dunning.contacts.grade_weights.c": "0"},
            tuple(f"dunning.contacts.grade_weights.{name}" for name in ("a", "b", "c", "d", "none")),
            "Every weight must be above 0.",
        ),
        ({"aging_buckets": [0, 60, 30]}, ("aging_buckets",), "The days must rise."),
        ({"aging_buckets": []}, ("aging_buckets",), "Name at least one day"),
        ({"aging_buckets": [5, 30]}, ("aging_buckets",), "must end at 0 days"),
        ({"base_currency": "yen"}, ("base_currency",), "three capital letters"),
        ({"usual_payment_terms_days": [30, "x"]}, ("usual_payment_terms_days",), "Enter a whole number."),
        ({"credit_limit.days_per_month": 1.5}, ("credit_limit.days_per_month",), "Enter a whole number."),
        ({"dunning.minimum_amount": "NaN"}, ("dunning.minimum_amount",), "Enter a number."),
        ({"dunning.forfeiture": "never"}, ("dunning.forfeiture",), "Choose one of the words"),
        (
            {"approvals.annual": []},
            (),
            "A chain must have a stage without a condition: no review passes without an approval.",
        ),
    ],
)
def test_a_fault_names_its_settings(changes: dict[str, Any], paths: tuple[str, ...], text: str) -> None:
    (fault,) = faults(with_settings(DATA, changes))
    assert fault.paths == paths
    assert text in fault.text


def test_stages_with_a_gap_are_told_at_the_later_one() -> None:
    """The editor closes gaps by itself; a file or a command may bring one."""
    (fault,) = faults(changed("dunning.stages.2.from_day", 16))
    assert fault.paths == ("dunning.stages.final_demand.from_day",)


def test_several_faults_are_told_together_with_their_labels() -> None:
    with pytest.raises(UnsoundPolicyError) as error:
        sound_policy(with_settings(DATA, {"warnings.churn_after_days": 0, "duplicates.shown": 0}))
    assert [fault.paths for fault in error.value.faults] == [
        ("warnings.churn_after_days",),
        ("duplicates.shown",),
    ]
    assert str(error.value) == (
        "Churn: no new business for: It must be 1 or more. Likely duplicates shown, at most: It must be 1 or more."
    )
    assert error.value.code == "policy.unsound"
    assert sound_policy(DATA) == DEFAULT_POLICY


def test_what_is_missing_or_unknown_is_told_by_its_path() -> None:
    data: Any = policy_to_data(DEFAULT_POLICY)
    del data["warnings"]["churn_after_days"]
    data["warnings"]["wornings"] = 1
    told = sorted(str(fault) for fault in faults(data))
    assert told == [
        "Churn: no new business for: This setting is missing.",
        "warnings.wornings: There is no such setting.",
    ]


def test_what_nobody_foresaw_is_still_told() -> None:
    """A kind of error of pydantic's that has no words, a refusal without a translation, and no rule-book at all."""
    assert "model_type" not in KINDS
    (fault,) = faults([])
    assert (fault.paths, fault.text) == ((), "This value cannot be understood.")
    from creditrisk.policy.faults import _fault

    assert _fault("value_error", "Value error, something new", "dunning") == Fault(
        "something new", ("dunning",)
    )
    assert _fault("value_error", "Value error, something new", "") == Fault("something new")
    assert str(Fault("something new")) == "something new"

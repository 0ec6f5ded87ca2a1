"""The catalogue of settings against the schema: nothing that can be set is without a name, a clause and words."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from pydantic import ValidationError

from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.schema import GRADES, Policy, policy_from_data, policy_to_data
from creditrisk.policy.setting_words import SERVICE_TYPES
from creditrisk.policy.settings_catalogue import SECTIONS, SETTINGS, Setting, is_edited
from creditrisk.policy.settings_tree import NAMES, child_of, setting_values, with_settings
from creditrisk.policy.views.reading import rules_in_words
from customers.models import ServiceType

DATA = policy_to_data(DEFAULT_POLICY)


def scalars(node: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every number, word and switch of the rule-book, as the dataclasses nest them."""
    if dataclasses.is_dataclass(node):
        for field in dataclasses.fields(node):
            yield from scalars(getattr(node, field.name), f"{path}.{field.name}".lstrip("."))
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from scalars(value, f"{path}.{key}")
    elif isinstance(node, tuple) and node and dataclasses.is_dataclass(node[0]):
        for position, entry in enumerate(node):
            name = next((getattr(entry, name) for name in NAMES if hasattr(entry, name)), position)
            yield from scalars(entry, f"{path}.{name}")
    else:
        yield path


def follows_from_others(path: str) -> bool:
    """Whether it is no setting: what an entry is called, and where a stage ends."""
    return path.rsplit(".", 1)[-1] in NAMES or (
        path.startswith("dunning.stages.") and path.endswith(".to_day")
    )


def test_every_leaf_of_the_schema_is_in_the_catalogue_once() -> None:
    told = [setting.path for section in SECTIONS for setting in section.settings]
    assert len(told) == len(set(told))
    for path in scalars(DEFAULT_POLICY):
        if not follows_from_others(path):
            covering = [known for known in told if path == known or path.startswith(f"{known}.")]
            assert len(covering) == 1, f"{path} has no line in settings_catalogue"
    assert set(told) == set(setting_values(DATA))


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda setting: setting.path)
def test_every_setting_has_label_clause_and_a_unit_where_it_is_a_number(setting: Setting) -> None:
    assert str(setting.label)
    assert re.match(r"P[1-5]|Annex [12]$", str(setting.clause)), "a clause of the policy"
    words = ("choice", "switch", "currency", "chain", "amount", "number")
    counted = ("grade_adjustment.upgrade_steps_per_quarter", "duplicates.shown")
    if setting.kind not in words and not setting.path.endswith("launch_month"):
        assert str(setting.unit) or setting.path in counted


def test_labels_are_told_apart() -> None:
    labels = [str(setting.label) for setting in SETTINGS.values()]
    assert len(set(labels)) == len(labels)


def test_service_types_are_called_as_customers_call_them() -> None:
    assert {code: str(label) for code, label in SERVICE_TYPES.items()} == {
        code: str(label) for code, label in ServiceType.choices
    }


# The tree


def test_setting_everything_to_what_it_is_changes_nothing() -> None:
    assert with_settings(DATA, setting_values(DATA)) == DATA


def test_a_stage_ends_the_day_before_the_next_begins() -> None:
    changed = with_settings(DATA, {"dunning.stages.final_demand.from_day": 20})
    assert [(stage["from_day"], stage["to_day"]) for stage in changed["dunning"]["stages"]] == [
        (-7, 0),
        (1, 19),
        (20, None),
    ]
    assert DATA["dunning"]["stages"][1]["to_day"] == 14  # type: ignore[index]


def test_a_first_day_that_is_no_number_is_left_to_the_schema() -> None:
    changed = with_settings(DATA, {"dunning.stages.final_demand.from_day": "soon"})
    with pytest.raises(ValidationError):
        policy_from_data(changed)


def test_buckets_that_stay_keep_their_keys() -> None:
    """0, 30, 45, 90 instead of 0, 30, 60, 90, 180, 365: 1–30 stays, 31–45, 46–90 and > 90 are new."""
    changed = with_settings(DATA, {"aging_buckets": [0, 30, 45, 90]})
    assert [bucket["key"] for bucket in changed["aging_buckets"]] == [
        *("not_due", "1-30", "31-45", "46-90", ">90")
    ]
    assert setting_values(changed)["aging_buckets"] == [0, 30, 45, 90]
    renamed = {
        **DATA,
        "aging_buckets": [{"key": "current", "up_to_days": 0}, {"key": "late", "up_to_days": None}],
    }
    same = with_settings(renamed, {"aging_buckets": [0]})
    assert [bucket["key"] for bucket in same["aging_buckets"]] == ["current", "late"]


def test_what_is_no_setting_is_refused_by_its_path() -> None:
    for path in (
        "dunning.nothing",
        "dunning.stages.reminder.to_day",
        "dunning.stages.reminder.code",
        "dunning",
    ):
        with pytest.raises(KeyError, match=path):
            with_settings(DATA, {path: 1})
    with pytest.raises(KeyError, match="threat"):
        child_of(DATA["dunning"]["stages"], "threat")  # type: ignore[index]
    with pytest.raises(KeyError, match="deep"):
        child_of("CNY", "deep")


# The reading page


def candidates(setting: Setting, value: Any) -> Iterator[Any]:
    """Yield other values for a setting, until the schema takes one."""
    if setting.kind == "switch":
        yield not value
    elif setting.kind == "choice":
        yield from (code for code, _label in setting.choices if code != value)
    elif setting.kind == "currency":
        yield "USD"
    elif setting.kind in ("days", "bounds"):
        yield [*value, value[-1] + 7]
        yield [*value[:-1], value[-1] + 1]
    elif isinstance(value, str):
        for factor in ("0.5", "2", "0.9"):
            yield f"{Decimal(value) * Decimal(factor) or Decimal('0.1'):f}"
    else:
        yield from (value + step for step in (1, -1, -2))


def taken(changes: dict[str, Any]) -> Policy | None:
    try:
        return policy_from_data(with_settings(DATA, changes))
    except ValidationError:
        return None


def otherwise(setting: Setting) -> Policy:
    """Return a sound policy that differs in this setting (and in what has to follow it)."""
    value = setting_values(DATA)[setting.path]
    for other in candidates(setting, value):
        changes = {setting.path: other}
        if re.fullmatch(r"criteria\.\w+\.points\.A", setting.path):
            # The best answers add up to 100: what one gets more, another gets less.
            code = "repayment_speed" if "contract_performance" in setting.path else "contract_performance"
            changes[f"criteria.{code}.points.A"] = 25 - (other - value)
        policy = taken(changes)
        if policy is not None:
            return policy
    raise AssertionError(f"no other value for {setting.path}")


@cache
def page(language: str, data: str) -> str:
    """Return the text of the reading page of a policy, without tags."""
    policy = policy_from_data(json.loads(data))
    with translation.override(language):
        text = render_to_string("policy/current.html", {"draft": {"title": "x"}, **rules_in_words(policy)})
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


UNCHANGEABLE = {"grade_bands.D.from_score"}
"""The lowest grade begins at 0 in every policy."""


@pytest.mark.parametrize(
    "setting",
    [one for one in SETTINGS.values() if is_edited(one) and one.path not in UNCHANGEABLE],
    ids=lambda setting: setting.path,
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_reads_otherwise_where_a_setting_is_otherwise(setting: Setting, language: str) -> None:
    """Whatever can be set is told: its number stands on the page, or its words do."""
    changed = otherwise(setting)
    assert text_of(DEFAULT_POLICY, language) != text_of(changed, language), f"{setting.path} is not told"


def text_of(policy: Policy, language: str) -> str:
    return page(language, json.dumps(policy_to_data(policy), sort_keys=True))


def test_the_lowest_grade_begins_at_nothing() -> None:
    assert taken({"grade_bands.D.from_score": 1}) is None
    assert GRADES[-1] == "D"

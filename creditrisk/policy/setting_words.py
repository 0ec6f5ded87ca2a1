"""The value of a setting as people read it, and what differs between two rule-books."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from creditrisk.policy.approval_chains import Stage
from creditrisk.policy.settings_catalogue import SECTIONS, Section, Setting, Text
from creditrisk.policy.settings_tree import setting_values
from creditrisk.policy.wording import percent

SERVICE_TYPES: Mapping[str, Text] = {
    # The names that customers give them: the kernel knows no customers, but the words are the same.
    "sales": gettext_lazy("Sales"),
    "leasing": gettext_lazy("Leasing"),
    "system_integration": gettext_lazy("System integration"),
    "service_operation": gettext_lazy("Service operation"),
}


@dataclass(frozen=True)
class Difference:
    """A setting that two rule-books have differently: its value then and now, and of a list what went and what came."""

    setting: Setting
    old: str
    new: str
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True)
class SectionDifferences:
    """The differences of one section of the catalogue."""

    section: Section
    differences: tuple[Difference, ...]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[SectionDifferences]:
    """Return what differs between two rule-books (`policy_to_data`), in the order of the catalogue; the rest is left
    out."""
    before, after = setting_values(old), setting_values(new)
    found = []
    for section in SECTIONS:
        changed = tuple(
            _difference(setting, before[setting.path], after[setting.path])
            for setting in section.settings
            if not same_value(before[setting.path], after[setting.path])
        )
        if changed:
            found.append(SectionDifferences(section, changed))
    return found


def told_differences(sections: Iterable[SectionDifferences]) -> str:
    """Return differences in one line."""
    return "; ".join(
        f"{one.setting.label}: {one.old} → {one.new}" for section in sections for one in section.differences
    )


def changed_paths(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """Return the paths of the settings that differ, also of those that the catalogue does not know yet."""
    before, after = setting_values(old), setting_values(new)
    return {path for path in after if not same_value(before.get(path), after[path])}


def same_value(one: Any, other: Any) -> bool:
    """Return whether two values are the same setting: 1.0 and 1.00 are, whole numbers and yes or no are not."""
    if isinstance(one, str) and isinstance(other, str):
        left, right = _number(one), _number(other)
        if left is not None and right is not None:
            return left == right
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text.replace(".", "", 1).replace("-", "", 1).isdecimal() else None


def _difference(setting: Setting, old: Any, new: Any) -> Difference:
    parts = PARTS.get(setting.kind)
    if parts is None:
        return Difference(setting, told(setting, old), told(setting, new))
    before, after = parts(old), parts(new)
    return Difference(
        setting,
        ", ".join(before),
        ", ".join(after),
        removed=tuple(part for part in before if part not in after),
        added=tuple(part for part in after if part not in before),
    )


def told(setting: Setting, value: Any) -> str:
    """Return a setting's value in words, without its unit; lists are told by their parts (`PARTS`)."""
    if setting.kind == "ratio":
        return percent(Decimal(str(value)))
    if setting.kind == "amount":
        return f"{Decimal(str(value)):,.2f}"
    if setting.kind == "switch":
        return _("yes") if value else _("no")
    return str(dict(setting.choices).get(str(value), value))


def _listed(days: Sequence[int]) -> list[str]:
    return [str(day) for day in days]


def _ranges(bounds: Sequence[int]) -> list[str]:
    """Return the aging buckets in words, youngest first."""
    spans = [f"{start + 1}–{end}" for start, end in pairwise(bounds)]
    return [f"≤ {bounds[0]}", *spans, f"> {bounds[-1]}"]


def _steps(chain: Sequence[Mapping[str, Any]]) -> list[str]:
    return [_stage_words(Stage(**stage)) for stage in chain]


def _stage_words(stage: Stage) -> str:
    told_of = [str(stage.label)]
    if stage.limit_days is not None:
        days = ngettext("within %(days)s business day", "within %(days)s business days", stage.limit_days)
        told_of.append(days % {"days": stage.limit_days})
    condition = stage.condition
    if condition is not None and condition.from_amount is not None:
        told_of.append(
            _("from %(currency)s %(amount)s a month on")
            % {"currency": condition.currency, "amount": f"{condition.from_amount:,.2f}"}
        )
    if condition is not None and condition.service_types:
        told_of.append(
            " / ".join(str(SERVICE_TYPES.get(code, code)) for code in sorted(condition.service_types))
        )
    return f"{told_of[0]} ({'; '.join(told_of[1:])})" if told_of[1:] else told_of[0]


PARTS: Mapping[str, Callable[[Any], list[str]]] = {"days": _listed, "bounds": _ranges, "chain": _steps}
"""Kinds of settings that are lists → what stands in them, in words."""

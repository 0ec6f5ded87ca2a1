"""What is wrong with a rule-book, for people: which setting, and why (see `refusals`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from creditrisk.exceptions import InvalidInputError
from creditrisk.policy.refusals import KINDS, REFUSALS
from creditrisk.policy.schema import Policy, policy_from_data
from creditrisk.policy.settings_catalogue import SETTINGS
from creditrisk.policy.settings_tree import name_of


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the text, and the paths of the settings that it is about (none: the whole)."""

    text: str
    paths: tuple[str, ...] = ()

    def __str__(self) -> str:
        labels = [str(SETTINGS[path].label) for path in self.paths if path in SETTINGS]
        named = ", ".join(labels or self.paths)
        return f"{named}: {self.text}" if named else self.text


class UnsoundPolicyError(InvalidInputError):
    """A rule-book that the schema refuses, with everything that is wrong."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("policy.unsound", " ".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


def sound_policy(data: Mapping[str, Any]) -> Policy:
    """Return the rule-book of `data` (as of `policy_to_data`). Raises UnsoundPolicyError with all that
    is wrong."""
    try:
        return policy_from_data(data)
    except ValidationError as error:
        raise UnsoundPolicyError(faults_of(error, data)) from error


def faults_of(error: ValidationError, data: Mapping[str, Any]) -> list[Fault]:
    """Return what the schema refuses in `data`, in words of the active language."""
    return [_fault(one["type"], one["msg"], _path(one["loc"], data)) for one in error.errors()]


def _fault(kind: str, message: str, path: str) -> Fault:
    if kind != "value_error":
        return Fault(str(KINDS.get(kind, _("This value cannot be understood."))), (path,) if path else ())
    english = message.removeprefix("Value error, ")
    for refusal in REFUSALS:
        values = refusal.filled_by(english)
        if values is not None:
            named = tuple(f"{path}.{name}" if path else name for name in refusal.settings)
            text = str(refusal.text) % values if values else str(refusal.text)
            return Fault(text, tuple(name.format(**values) for name in named))
    return Fault(english, (path,) if path else ())


def _path(location: Sequence[int | str], data: Any) -> str:
    """Return the path of the setting at a location of pydantic's, which counts the entries of lists."""
    parts: list[str] = []
    for step in location:
        if isinstance(step, int) and isinstance(data, list) and step < len(data):
            data = data[step]
            parts.append(name_of(data, step))
        else:
            data = data.get(step) if isinstance(data, Mapping) else None
            parts.append(str(step))
    path = ".".join(parts)
    # A list of numbers is one setting: what is wrong with one of them is wrong with it.
    return next((known for known in SETTINGS if path.startswith(f"{known}.")), path)

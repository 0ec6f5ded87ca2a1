"""The rule-book as a list of single settings, each with the path by which people and programs name it.

`dunning.stages.final_demand.release`: an entry of a list is named by its code or grade. The bounds of the aging
buckets, a list of days and a chain are one setting each. What follows from other settings is none: a dunning stage ends
the day before the next one begins, and a bucket is called by its days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any

NAMES = ("code", "key", "grade")
"""What an entry of a list is named by."""

BUCKETS = "aging_buckets"
WHOLE = frozenset({BUCKETS, "approvals.new_customer", "approvals.annual"})
"""Lists of entries that are one setting: there may be more or fewer of them."""

Values = dict[str, Any]


def setting_values(data: Mapping[str, Any]) -> Values:
    """Return path → value of every setting of a rule-book (`policy_to_data`), in its order. That of the aging buckets
    is the list of the days on which they end, the last one without an end left out.
    """
    return dict(_walked(data, ""))


def _walked(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if path == BUCKETS:
        yield path, [bucket["up_to_days"] for bucket in node if bucket["up_to_days"] is not None]
    elif path in WHOLE or not _has_parts(node):
        yield path, node
    elif isinstance(node, Mapping):
        for name, value in node.items():
            if name not in NAMES and not _is_derived(path, name):
                yield from _walked(value, f"{path}.{name}" if path else name)
    else:
        for position, entry in enumerate(node):
            yield from _walked(entry, f"{path}.{name_of(entry, position)}")


def _has_parts(node: Any) -> bool:
    return isinstance(node, Mapping) or (
        isinstance(node, list) and any(isinstance(entry, Mapping) for entry in node)
    )


def _is_derived(path: str, name: str) -> bool:
    return name == "to_day" and path.startswith("dunning.stages.")


def name_of(entry: Any, position: int) -> str:
    """Return what an entry of a list is named by: its code, key or grade, else its position."""
    if isinstance(entry, Mapping):
        return str(next((entry[name] for name in NAMES if name in entry), position))
    return str(position)


def with_settings(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule-book as data with some settings changed (path → value as in `setting_values`).

    Whether it is sound is for `policy_from_data` to say. Raises KeyError with the path of what is no setting.
    """
    known = setting_values(data)
    changed: dict[str, Any] = deepcopy(dict(data))
    for path, value in changes.items():
        if path not in known:
            raise KeyError(path)
        if path == BUCKETS:
            changed[BUCKETS] = _buckets(value, changed[BUCKETS])
            continue
        *parents, last = path.split(".")
        node: Any = changed
        for part in parents:
            node = child_of(node, part)
        node[last] = deepcopy(value)
    _end_stages(changed["dunning"]["stages"])
    return changed


def child_of(node: Any, part: str) -> Any:
    """Return the part of a rule-book that a piece of a path names. Raises KeyError where it names none."""
    if isinstance(node, Mapping):
        return node[part]
    if isinstance(node, list):
        for position, entry in enumerate(node):
            if part in (str(position), name_of(entry, position)):
                return entry
    raise KeyError(part)


def _end_stages(stages: Sequence[dict[str, Any]]) -> None:
    """A stage ends the day before the next one begins, the last one never."""
    for stage, following in pairwise(stages):
        if isinstance(following["from_day"], int):
            stage["to_day"] = following["from_day"] - 1
    stages[-1]["to_day"] = None


def _buckets(bounds: Sequence[int], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the buckets that end on the days `bounds`, and one without an end. A bucket that was there before keeps
    its key: sums that are stored are named by it."""
    starts: list[int | None] = [None, *bounds]
    ends: list[int | None] = [*bounds, None]
    old_ends = [bucket["up_to_days"] for bucket in before]
    keys = {
        span: bucket["key"]
        for span, bucket in zip(zip([None, *old_ends], old_ends, strict=False), before, strict=True)
    }
    return [
        {"key": keys.get((start, end)) or _bucket_key(start, end), "up_to_days": end}
        for start, end in zip(starts, ends, strict=True)
    ]


def _bucket_key(start: int | None, end: int | None) -> str:
    if start is None:
        return "not_due"
    return f">{start}" if end is None else f"{start + 1}-{end}"

"""The buckets of a ready-made aging table beside those of the policy ("Aging")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from creditrisk.policy.schema import AgingBucket
from receivables.reading.report import FileBucket


def own_buckets(columns: Sequence[FileBucket], policy: Sequence[AgingBucket]) -> list[dict[str, Any]]:
    """Return the file's buckets as `key` and `up_to_days`, from the youngest to the oldest, or an empty list where each
    of them is one of the policy's (or there are none): then the policy's are used.

    A bucket whose bounds agree with one of the policy keeps the policy's key; another is called as the file calls it.
    Before a first column that begins with an overdue day comes an empty one for what is not due.
    """
    keys = _bounds(policy)
    found = [
        (keys.get((column.lower, column.upper)) if column.is_exact else None, column) for column in columns
    ]
    if all(key is not None for key, _column in found):
        return []
    buckets: list[dict[str, Any]] = []
    first = found[0][1]
    if first.lower is not None and first.lower > 0:
        buckets.append({"key": policy[0].key, "up_to_days": first.lower - 1})
    buckets += [{"key": key or column.text, "up_to_days": column.upper} for key, column in found]
    return [*buckets[:-1], {**buckets[-1], "up_to_days": None}]


def _bounds(buckets: Sequence[AgingBucket]) -> dict[tuple[int | None, int | None], str]:
    """Return (first day, last day) → key; the first bucket has no first day."""
    starts = [None, *(bucket.up_to_days + 1 for bucket in buckets if bucket.up_to_days is not None)]
    return {(start, bucket.up_to_days): bucket.key for start, bucket in zip(starts, buckets, strict=True)}

"""The history of an object, read from the events that the database's own triggers wrote."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext

from creditrisk.audit.masking import MASKED_FIELDS, mask_number

Kind = Literal["insert", "update", "delete"]
UNINTERESTING = frozenset({"id", "created_at", "updated_at", "version", "submission_key"})
NEWEST = 200
EMPTY = "–"

Labels = dict[type[models.Model], dict[Any, str]]


@dataclass(frozen=True)
class FieldChange:
    """One field of one change, its values as a person reads them: bank numbers masked, a dash for nothing."""

    field: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class HistoryEntry:
    """One change: when, by whom (empty: the system itself) and what. A deletion names no fields."""

    at: dt.datetime
    kind: Kind
    person: str
    changes: tuple[FieldChange, ...]


def history_of(obj: models.Model, *, limit: int = NEWEST) -> list[HistoryEntry]:
    """Return the last `limit` changes of a tracked object, newest first, in a constant number of queries."""
    events = _events(type(obj), obj.pk, limit=limit + 1)
    if len(events) > limit:
        return _entries(events[0], events[1:])
    return _entries(None, events)


def changes_since(obj: models.Model, *, version: int) -> list[HistoryEntry]:
    """Return what changed after the object had the given `version` (a field of its model), newest first."""
    events = _events(type(obj), obj.pk, limit=NEWEST)
    seen = [event for event in events if event.version <= version]
    return _entries(seen[-1] if seen else None, events[len(seen) :])


def _events(model: type[models.Model], pk: Any, *, limit: int) -> list[Any]:
    """Return the newest events of the object, oldest first."""
    manager: Any = model._meta.get_field("events").related_model._default_manager  # type: ignore[union-attr]
    newest = manager.filter(pgh_obj_id=pk).select_related("pgh_context").order_by("-pgh_id")[:limit]
    return list(reversed(newest))


def _entries(before: Any, events: Sequence[Any]) -> list[HistoryEntry]:
    """Return the entries of `events` (oldest first), newest first; `before` is the event before them."""
    if not events:
        return []
    earlier = [before, *events[:-1]]
    fields = [
        field
        for field in events[0]._meta.concrete_fields
        if not field.name.startswith("pgh_") and field.name not in UNINTERESTING
    ]
    people = _people(events)
    labels = _labels([event for event in (before, *events) if event is not None], fields)
    entries = [
        HistoryEntry(
            at=event.pgh_created_at,
            kind=event.pgh_label,
            person=people.get(_user_pk(event), ""),
            changes=() if event.pgh_label == "delete" else _changes(old, event, fields, labels),
        )
        for old, event in zip(earlier, events, strict=True)
    ]
    return [entry for entry in reversed(entries) if entry.changes or entry.kind != "update"]


def _changes(before: Any, event: Any, fields: Iterable[Any], labels: Labels) -> tuple[FieldChange, ...]:
    changes = []
    for field in fields:
        old = getattr(before, field.attname) if before is not None else None
        new = getattr(event, field.attname)
        if old == new or (before is None and new in (None, "")):
            continue
        changes.append(
            FieldChange(
                field=field.name,
                label=capfirst(str(field.verbose_name)),
                old=_shown(field, old, labels),
                new=_shown(field, new, labels),
            )
        )
    return tuple(changes)


def _user_pk(event: Any) -> Any:
    return event.pgh_context.metadata.get("user") if event.pgh_context else None


def _people(events: Iterable[Any]) -> dict[Any, str]:
    pks = {_user_pk(event) for event in events} - {None}
    return (
        {pk: str(user) for pk, user in get_user_model()._default_manager.in_bulk(pks).items()} if pks else {}
    )


def _labels(events: Sequence[Any], fields: Iterable[Any]) -> Labels:
    """Return how the objects are called that the foreign keys point to: one query for each model."""
    wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
    for field in fields:
        if field.is_relation:
            wanted[field.related_model] |= {getattr(event, field.attname) for event in events} - {None}
    return {
        model: {pk: str(obj) for pk, obj in model._default_manager.in_bulk(pks).items()}
        for model, pks in wanted.items()
        if pks
    }


def _shown(field: Any, value: Any, labels: Labels) -> str:
    if value is None or value == "":
        return EMPTY
    if field.name in MASKED_FIELDS:
        return mask_number(str(value))
    if field.is_relation:
        return labels.get(field.related_model, {}).get(value, f"#{value}")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return str(value)

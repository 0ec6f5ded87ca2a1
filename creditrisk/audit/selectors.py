"""The history of an object, read from the events that the database's own triggers wrote."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Literal

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import F, Func, Q, Value, Window
from django.db.models.functions import Cast, Coalesce, Lag
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
    """One change: when, by whom (empty: the system itself) and what. A deletion names no fields.

    `subject` is what the object called itself then, where changes of several objects are told together.
    """

    at: dt.datetime
    kind: Kind
    person: str
    changes: tuple[FieldChange, ...]
    subject: str = ""


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


def tracked_fields(model: type[models.Model], *, without: Collection[str] = ()) -> list[str]:
    """Return the names of the fields whose changes a history tells, in the order of the model."""
    return [field.name for field in _told_fields(_manager(model).model) if field.name not in without]


def changes_of(
    model: type[models.Model],
    of: Q,
    *,
    fields: Collection[str],
    until: dt.datetime | None = None,
    limit: int = NEWEST,
) -> list[HistoryEntry]:
    """Return the last `limit` changes of some `fields` of the objects that `of` chooses among the events of a tracked
    model, newest first: none after the moment `until`, the others of their fields left out.

    Each event is compared with the one before it of the same object, in the database. One query for the events, one
    for the people, one for each model that the fields point to.
    """
    manager = _manager(model)
    chosen = [field for field in _told_fields(manager.model) if field.name in fields]
    events = manager.filter(of).annotate(
        **{
            _before(field): Window(
                Lag(field.attname), partition_by=[F("pgh_obj_id")], order_by=F("pgh_id").asc()
            )
            for field in chosen
        }
    )
    if until is not None:
        events = events.filter(pgh_created_at__lte=until)
    changed = Q(pgh_label="delete")
    for field in chosen:
        changed |= Q(_Differs(_as_text(field.attname), _as_text(_before(field))))
    newest = list(
        events.filter(changed).select_related("pgh_context").order_by("-pgh_created_at", "-pgh_id")[:limit]
    )
    before = [
        SimpleNamespace(**{field.attname: getattr(event, _before(field)) for field in chosen})
        for event in newest
    ]
    people = _people(newest)
    labels = _labels([*before, *newest], chosen)
    return [
        HistoryEntry(
            at=event.pgh_created_at,
            kind=event.pgh_label,
            person=people.get(_user_pk(event), ""),
            changes=()
            if event.pgh_label == "delete"
            else _changes(None if event.pgh_label == "insert" else old, event, chosen, labels),
            subject=str(_as_it_was(model, event)),
        )
        for old, event in zip(before, newest, strict=True)
    ]


class _Differs(Func):
    """Whether two texts differ."""

    template = "(%(expressions)s)"
    arg_joiner = " <> "
    output_field = models.BooleanField()


def _before(field: Any) -> str:
    return f"before_{field.attname}"


def _as_text(name: str) -> Coalesce:
    """Return the value as text; nothing and an empty text are the same."""
    return Coalesce(Cast(F(name), models.TextField()), Value(""))


def _as_it_was(model: type[models.Model], event: Any) -> models.Model:
    """Return the object as the event tells of it, to be called by its name."""
    kept = {field.attname for field in event._meta.concrete_fields}
    names = [field.attname for field in model._meta.concrete_fields if field.attname in kept]
    return model(**{name: getattr(event, name) for name in names})


def _manager(model: type[models.Model]) -> Any:
    """Return the manager of the model's events."""
    return model._meta.get_field("events").related_model._default_manager  # type: ignore[union-attr]


def _told_fields(event_model: Any) -> list[Any]:
    return [
        field
        for field in event_model._meta.concrete_fields
        if not field.name.startswith("pgh_") and field.name not in UNINTERESTING
    ]


def _events(model: type[models.Model], pk: Any, *, limit: int) -> list[Any]:
    """Return the newest events of the object, oldest first."""
    newest = _manager(model).filter(pgh_obj_id=pk).select_related("pgh_context").order_by("-pgh_id")[:limit]
    return list(reversed(newest))


def _entries(before: Any, events: Sequence[Any]) -> list[HistoryEntry]:
    """Return the entries of `events` (oldest first), newest first; `before` is the event before them."""
    if not events:
        return []
    earlier = [before, *events[:-1]]
    fields = _told_fields(type(events[0]))
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

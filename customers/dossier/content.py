"""What a dossier holds: sections of facts and rows, each with a stable code for programs and a label for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Model
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.template_tags import amount
from customers.models import Customer
from customers.timeline import Line, timeline_of

TIMELINE_MAX = 500
"""A dossier tells the newest things that happened, and says where it left older ones out."""


@dataclass(frozen=True)
class Choice:
    """A value with a stable code, and what people call it."""

    code: str
    label: str


Value = str | int | bool | Decimal | dt.date | dt.datetime | Choice | None


@dataclass(frozen=True)
class Fact:
    """One value under a name."""

    code: str
    label: str
    value: Value


@dataclass(frozen=True)
class Column:
    """What the values of a row are, at one place."""

    code: str
    label: str


@dataclass(frozen=True)
class Section:
    """One part of a dossier: facts, and rows of values under `columns`; either may be missing."""

    code: str
    title: str | Promise
    facts: tuple[Fact, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Value, ...], ...] = ()

    def as_json(self) -> Any:
        """Return the section for programs: its rows as objects, its facts as one object, with `rows` where it has
        both."""
        rows = [
            {column.code: plain(value) for column, value in zip(self.columns, row, strict=True)}
            for row in self.rows
        ]
        if not self.facts:
            return rows
        facts = {fact.code: plain(fact.value) for fact in self.facts}
        return facts | {"rows": rows} if self.columns else facts


@dataclass(frozen=True)
class Dossier:
    """What is known of `customer` on the day `on`: the sections in order, and what happened, newest first. `is_cut`:
    older entries of the timeline were left out."""

    customer: Customer
    on: dt.date
    sections: tuple[Section, ...]
    lines: tuple[Line, ...]
    is_cut: bool

    def as_json(self) -> dict[str, Any]:
        """Return the dossier for programs: amounts as texts, days and moments in ISO 8601, choices as codes."""
        return {
            "customer": self.customer.number,
            "on": self.on.isoformat(),
            **{section.code: section.as_json() for section in self.sections},
            "timeline": [_line_as_json(line) for line in self.lines],
            "timeline_is_cut": self.is_cut,
        }


def _line_as_json(line: Line) -> dict[str, Any]:
    entry = line.entry
    return {
        "at": timezone.localtime(entry.at).isoformat() if entry.has_time else entry.on.isoformat(),
        "kind": line.kind.code,
        "title": entry.title,
        "about": entry.about,
        "person": entry.person,
        "text": entry.text,
        "changes": [
            {"field": change.label, "old": change.old, "new": change.new} for change in entry.changes
        ],
    }


class SectionBuilder(Protocol):
    """Makes a section for one customer, as one person may see it (None: the command on the server, which sees all)."""

    def __call__(self, *, customer: Customer, person: User | None, on: dt.date) -> Section | None: ...


_builders: list[tuple[int, SectionBuilder]] = []


def register_section(build: SectionBuilder, *, position: int) -> None:
    """Put a section into every dossier, in the order of `position`."""
    _builders.append((position, build))


def dossier_of(
    *,
    customer: Customer,
    person: User | None,
    on: dt.date,
    codes: Iterable[str] = (),
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> Dossier:
    """Return the customer's dossier as it stands on the day `on`, for `person`, with the newest `TIMELINE_MAX` entries
    of the chosen part of his timeline (see `timeline_of`)."""
    built = (
        build(customer=customer, person=person, on=on)
        for _position, build in sorted(_builders, key=lambda entry: entry[0])
    )
    timeline = timeline_of(
        customer=customer, person=person, codes=tuple(codes), since=since, until=until, limit=TIMELINE_MAX
    )
    return Dossier(
        customer=customer,
        on=on,
        sections=tuple(section for section in built if section is not None),
        lines=tuple(timeline.lines),
        is_cut=timeline.older is not None,
    )


def facts_of(obj: Model, *names: str) -> tuple[Fact, ...]:
    """Return fields of an object as facts, under the names of the model."""
    return tuple(
        Fact(column.code, column.label, value)
        for column, value in zip(columns_of(type(obj), *names), values_of(obj, *names), strict=True)
    )


def columns_of(model: type[Model], *names: str) -> tuple[Column, ...]:
    """Return columns for fields of a model."""
    return tuple(
        Column(name, capfirst(str(model._meta.get_field(name).verbose_name)))  # type: ignore[union-attr]
        for name in names
    )


def values_of(obj: Model, *names: str) -> tuple[Value, ...]:
    """Return the values of fields of an object: a choice with its label, a person or other object by its name."""
    return tuple(_value(obj, name) for name in names)


def _value(obj: Model, name: str) -> Value:
    value: Any = getattr(obj, name)
    if isinstance(value, Model):
        return str(value)
    if value and obj._meta.get_field(name).choices:  # type: ignore[union-attr]
        return Choice(str(value), str(getattr(obj, f"get_{name}_display")()))
    known: Value = value
    return known


def shown(value: Value) -> str:
    """Return a value as people read it; nothing is a dash."""
    if isinstance(value, Choice):
        return value.label
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return amount(value)
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    return "–" if value is None or value == "" else str(value)


def plain(value: Value) -> str | int | bool | None:
    """Return a value as JSON carries it."""
    if isinstance(value, Choice):
        return value.code
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value

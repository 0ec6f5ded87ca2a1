"""Everything that happened to one customer, in order: the kinds of entries, and who tells them.

An app registers its kinds in its `AppConfig.ready`, so that customers import none of the higher apps:

    from customers.timeline import Kind, register_kind

    def ready(self) -> None:
        register_kind(Kind("review", _("Review"), "clipboard-check", (decisions, reviews_started)), position=10)

    def decisions(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
        rows = span.newest(Decision.objects.filter(review__customer=customer), "decided_at")
        return [Entry(at=row.decided_at, title=..., person=..., text=..., url=...) for row in rows]

A provider returns the newest entries of its span, newest first, at most `span.limit` of them: that is all it ever
reads, however much there is. It is asked for a customer that the person may see, and leaves out what he may not see
of him (a draft of somebody else's review). `person` None is the command on the server itself, which sees everything.
Each provider may cost the page a constant number of queries.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.functional import Promise

from creditrisk.accounts.models import User
from creditrisk.audit.selectors import FieldChange
from customers.models import Customer

Row = TypeVar("Row", bound=Model)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
PER_PAGE = 50
CURSOR = re.compile(r"(-?[0-9]{1,16})-([0-9]{1,5})", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """One thing that happened: when, what, by whom (empty: the system itself, or nobody is named), and to what.

    Where only the day is known (`has_time` False), `at` is its first moment: see `moment_of`. `about` names the object
    that `url` leads to; both may be empty. `changes` are old and new values, masked where the audit masks them.
    """

    at: dt.datetime
    title: str
    person: str = ""
    text: str = ""
    about: str = ""
    url: str = ""
    changes: tuple[FieldChange, ...] = ()
    has_time: bool = True
    tone: str = ""

    @property
    def on(self) -> dt.date:
        """The day in the company's time zone."""
        return timezone.localdate(self.at)


@dataclass(frozen=True)
class Span:
    """What a provider is asked for: the newest `limit` rows from the moment `since` to the moment `until`, both
    inclusive; None is open. `since` is the first moment of a day.
    """

    since: dt.datetime | None
    until: dt.datetime | None
    limit: int

    @property
    def since_day(self) -> dt.date | None:
        """The first day whose entries count."""
        return timezone.localdate(self.since) if self.since else None

    @property
    def until_day(self) -> dt.date | None:
        """The last day whose entries count."""
        return timezone.localdate(self.until) if self.until else None

    def newest(self, rows: QuerySet[Row], field: str) -> QuerySet[Row]:
        """Return the newest rows by a moment; those without one are left out."""
        bounds = {f"{field}__gte": self.since, f"{field}__lte": self.until}
        return self._newest(rows, field, bounds)

    def newest_days(self, rows: QuerySet[Row], field: str) -> QuerySet[Row]:
        """Return the newest rows by a day; those without one are left out."""
        return self._newest(rows, field, {f"{field}__gte": self.since_day, f"{field}__lte": self.until_day})

    def _newest(self, rows: QuerySet[Row], field: str, bounds: Mapping[str, dt.date | None]) -> QuerySet[Row]:
        within = {name: value for name, value in bounds.items() if value is not None}
        chosen = rows.filter(**{f"{field}__isnull": False}, **within)
        return chosen.order_by(f"-{field}", "-pk")[: self.limit]

    def later_than_since(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return the entries that are not older than the span, for a provider whose source knows no beginning."""
        return [entry for entry in entries if self.since is None or entry.at >= self.since]


def about_it(subject: str, what: object) -> str:
    """Return the title "subject: what"."""
    return f"{subject}: {what}"


class Provider(Protocol):
    """Tells the newest entries of one sort."""

    def __call__(self, *, customer: Customer, person: User | None, span: Span) -> list[Entry]: ...


@dataclass(frozen=True)
class Kind:
    """A kind of entries as readers choose it: its stable code, label and icon, and who tells it. Of entries with the
    same moment the first provider's come first.
    """

    code: str
    label: str | Promise
    icon: str
    providers: tuple[Provider, ...]


@dataclass(frozen=True)
class Line:
    """An entry with its kind, as pages show it."""

    kind: Kind
    entry: Entry


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: with the entries at the moment `at` or before it, after the first `skip` of that moment."""

    at: dt.datetime
    skip: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.skip}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Return the cursor that an address carries; None for anything that is none."""
        match = CURSOR.fullmatch(text)
        return cls(EPOCH + int(match[1]) * MICROSECOND, int(match[2])) if match else None


@dataclass(frozen=True)
class Timeline:
    """One page: lines, newest first, and where the older ones go on (None: there are no older ones)."""

    lines: list[Line]
    older: Cursor | None


_kinds: dict[str, tuple[int, Kind]] = {}


def register_kind(kind: Kind, *, position: int) -> None:
    """Let every timeline tell a kind, in the filter in the order of `position`; the same code replaces it."""
    _kinds[kind.code] = (position, kind)


def kinds() -> list[Kind]:
    """Return the registered kinds in the order of the filter."""
    return [kind for _position, kind in sorted(_kinds.values(), key=lambda entry: entry[0])]


def moment_of(day: dt.date) -> dt.datetime:
    """Return the first moment of a day in the company's time zone."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def day_entry(day: dt.date | None, title: str | Promise, **facts: object) -> Entry:
    """Return an entry of which only the day is known."""
    assert day is not None  # rows without the day are not asked for
    return Entry(at=moment_of(day), title=str(title), has_time=False, **facts)  # type: ignore[arg-type]


def timeline_of(
    *,
    customer: Customer,
    person: User | None,
    codes: Collection[str] = (),
    since: dt.date | None = None,
    until: dt.date | None = None,
    before: Cursor | None = None,
    limit: int = PER_PAGE,
) -> Timeline:
    """Return the newest `limit` entries of the kinds `codes` (none: all) from the day `since` to the day `until`, both
    inclusive, from `before` on.

    Every provider is asked for one page and the entry after it, so the cost does not grow with what there is.
    """
    latest = moment_of(until + dt.timedelta(days=1)) - MICROSECOND if until else None
    skip = 0
    if before is not None and (latest is None or before.at <= latest):
        latest, skip = before.at, before.skip
    span = Span(since=moment_of(since) if since else None, until=latest, limit=limit + skip + 1)
    lines = [
        Line(kind, entry)
        for kind in kinds()
        if not codes or kind.code in codes
        for provide in kind.providers
        for entry in provide(customer=customer, person=person, span=span)
    ]
    # Stable: what happened at the same moment keeps the order of the kinds and providers on every page.
    lines.sort(key=lambda line: line.entry.at, reverse=True)
    start = min(skip, sum(line.entry.at == latest for line in lines))
    end = start + limit
    if len(lines) <= end:
        return Timeline(lines[start:], older=None)
    last = lines[end - 1].entry.at
    return Timeline(lines[start:end], Cursor(last, sum(line.entry.at == last for line in lines[:end])))

"""The counted sections of a monthly summary (P3.2.5): what each is called, how it is counted, which list stands behind
it.

A section is a title, the figures it has, one function that counts them for many managers at once, and one that names
the list behind a figure. It is registered in `SupervisionConfig.ready`:

    register_section(Section("visits", _("Visits"), LABELS, count_visits, link_to_visits), position=50)

Stored facts hold keys and codes only; the words are those of today, in the reader's language.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise

from supervision.summary_facts import Line, SectionFacts

Label = str | Promise


@dataclass(frozen=True)
class Period:
    """A month, both days inclusive. `customer_pks` narrows it to some customers, None: all."""

    first_on: dt.date
    last_on: dt.date
    customer_pks: tuple[int, ...] | None = None

    @property
    def starts_at(self) -> dt.datetime:
        """The first moment of the month in the company's time zone."""
        return timezone.make_aware(dt.datetime.combine(self.first_on, dt.time()))

    @property
    def ends_at(self) -> dt.datetime:
        """The first moment after the month."""
        return timezone.make_aware(dt.datetime.combine(self.last_on + dt.timedelta(days=1), dt.time()))


@dataclass(frozen=True)
class Behind:
    """Whose figures a reader looks at: a manager's (primary key) or, None, the group's; and the month they are of."""

    manager_pk: int | None
    first_on: dt.date
    last_on: dt.date


Counted = Mapping[int | None, Sequence[Line]]
"""Customer service manager (primary key; None: customers without one) → figures."""


@dataclass(frozen=True)
class Section:
    """`labels` are the codes of its figures with their names, in their order. `count` is asked once for all managers;
    `link` returns the address of the list behind a figure, '' where there is none.
    """

    key: str
    title: Label
    labels: Mapping[str, Label]
    count: Callable[[Period], Counted]
    link: Callable[[str, Behind], str]

    def facts(self, lines: Iterable[Line]) -> SectionFacts:
        """Return the figures in the order of the labels, then of the currencies, the same figure added up."""
        order = {code: place for place, code in enumerate(self.labels)}
        sums: dict[tuple[int, str], Line] = {}
        for line in lines:
            place = order[line.code], line.currency
            sums[place] = sums[place] + line if place in sums else line
        return SectionFacts(self.key, tuple(sums[place] for place in sorted(sums)))


_sections: dict[str, tuple[int, Section]] = {}


def register_section(section: Section, *, position: int) -> None:
    """Let every summary that is computed from now on have a section; one of the same key is replaced."""
    _sections[section.key] = (position, section)


def sections() -> list[Section]:
    """Return the registered sections in their order."""
    return [section for _position, section in sorted(_sections.values(), key=lambda pair: pair[0])]

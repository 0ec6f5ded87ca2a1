"""What a simulation says, in words: its parts with their rows and customers, for one reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from creditrisk.accounts.models import User
from creditrisk.lazy_text import filled
from creditrisk.policy.schema import GRADES
from creditrisk.template_tags import amount
from customers.models import Customer, WarningKind
from supervision.simulated_parts import Figures, Row, SimulatedPart

Text = str | Promise

PART_TITLES: Mapping[str, Text] = {
    "grades": gettext_lazy("Quarterly grade adjustment"),
    "dunning": gettext_lazy("Dunning"),
    "warnings": gettext_lazy("Early warnings"),
    "aging": gettext_lazy("Aging"),
    "limits": gettext_lazy("Credit limits and holds"),
}
GRADE_AFTER = gettext_lazy("Grade %(grade)s afterwards")
LABELS: Mapping[str, Text] = {
    "reminder": gettext_lazy("Reminders"),
    "dunning_letter": gettext_lazy("Dunning letters"),
    "final_demand": gettext_lazy("Final demands"),
    "all_days": gettext_lazy("All days together"),
    "grade_changes": gettext_lazy("Customers whose grade changes"),
    **{f"grade_{grade}": filled(GRADE_AFTER, grade=grade) for grade in GRADES},
    **dict(WarningKind.choices),
    "with_limit": gettext_lazy("Customers with a proposed limit"),
    "limits_total": gettext_lazy("Proposed limits together"),
    "on_hold": gettext_lazy("Customers on hold for an item past due"),
}
"""Codes of rows and figures; what is not here (days of a bucket, a currency, a grade) is told as it is."""
NOTES: Mapping[str, Text] = {
    "no_report": gettext_lazy(
        "No report is in force as of a day of these quarters: nothing can be replayed."
    ),
    "dunning_replay": gettext_lazy(
        "As if a run had been made on the day of each report. Both begin with what was really sent before the first of "
        "them; then each goes on with its own letters, which count as sent on their day. Promises, disputes and terms "
        "are those of the day; what a person releases counts as released."
    ),
    "grades_replay": gettext_lazy(
        "Each quarter's adjustment by both policies, with the reports in force now and every customer as he stood "
        "before it. Better grades count as confirmed; one quarter does not build on the other."
    ),
    "warnings_replay": gettext_lazy(
        "What would be warned of on the last day of each quarter if there were no cases yet; limits and states of "
        "files are those of today."
    ),
    "own_buckets": gettext_lazy(
        "Reports that came as an aging table in buckets of their own are left out: no policy changes them."
    ),
    "same_buckets": gettext_lazy("Buckets that both have hold the same by both, and are left out."),
    "limits_today": gettext_lazy(
        "By the grade, payment term and business of today: a limit changes only with the next review."
    ),
}


@dataclass(frozen=True)
class ToldRow:
    """One figure by both policies, in words."""

    label: str
    old: str
    new: str
    is_changed: bool


@dataclass(frozen=True)
class ToldCustomer:
    """A customer whom the reader may see, and what he gets by both policies."""

    customer: Customer
    old: str
    new: str


@dataclass(frozen=True)
class ToldPart:
    """One part of a simulation for one reader. `hidden` counts the customers that are not named: he does not see them,
    or there are too many."""

    title: Text
    is_same: bool
    summary: str
    notes: tuple[Text, ...]
    groups: tuple[tuple[str, tuple[ToldRow, ...]], ...]
    customers: tuple[ToldCustomer, ...]
    changed: int
    hidden: int


def told_parts(parts: Iterable[SimulatedPart], *, reader: User) -> list[ToldPart]:
    """Return the parts in words of the active language; of the customers those that `reader` sees. One query."""
    listed = list(parts)
    numbers = {one.number for part in listed for one in part.customers}
    visible = Customer.objects.visible_to(reader).filter(number__in=numbers)
    people = {customer.number: customer for customer in visible.only("number", "name")}
    return [_told(part, people) for part in listed]


def _told(part: SimulatedPart, people: Mapping[str, Customer]) -> ToldPart:
    customers = tuple(
        ToldCustomer(people[one.number], _figures(one.old), _figures(one.new))
        for one in part.customers
        if one.number in people
    )
    return ToldPart(
        title=PART_TITLES.get(part.code, part.code),
        is_same=part.is_same,
        summary=summary_of(part),
        notes=tuple(NOTES.get(note, note) for note in part.notes),
        groups=tuple(
            (str(LABELS.get(group, group)), tuple(_row(row) for row in rows))
            for group, rows in groupby(part.rows, key=lambda row: row.group)
        ),
        customers=customers,
        changed=part.changed,
        hidden=part.changed - len(customers),
    )


def summary_of(part: SimulatedPart) -> str:
    """Return in a few words what the draft changes here."""
    if part.is_same:
        return _("the same rules")
    if part.changed:
        text = ngettext(
            "%(count)s customer is treated otherwise",
            "%(count)s customers are treated otherwise",
            part.changed,
        )
        return text % {"count": part.changed}
    rows = sum(row.old != row.new for row in part.rows)
    if rows:
        return ngettext("%(count)s figure differs", "%(count)s figures differ", rows) % {"count": rows}
    return _("nothing would have been otherwise")


def _row(row: Row) -> ToldRow:
    return ToldRow(str(LABELS.get(row.code, row.code)), _shown(row.old), _shown(row.new), row.old != row.new)


def _shown(value: str) -> str:
    """Return a figure as people read it: amounts with their cents, nothing as a dash."""
    if not value:
        return "–"
    return str(amount(Decimal(value))) if "." in value else value


def _figures(figures: Figures) -> str:
    return ", ".join(_figure_words(figures)) or _("nothing")


def _figure_words(figures: Figures) -> Iterator[str]:
    for code, value in figures:
        yield f"{LABELS.get(code, code)} {_shown(value)}"

"""A dossier on paper, in the reader's language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from creditrisk.audit.selectors import FieldChange
from creditrisk.company.selectors import our_company
from creditrisk.pdf import render_pdf
from customers.dossier.content import Dossier, Section, Value, shown
from customers.timeline import Line

TEMPLATE = Path(__file__).resolve().parent / "dossier.typ"
LONG_TIMELINE_LINES = 300
NONE = (None, "")
"""Values that say nothing."""
LONG_WORD = re.compile(r"[!-~]{12}(?=[!-~]{4})")
LATIN, NARROWEST, WIDEST = 0x2E80, 6, 40


def dossier_pdf(dossier: Dossier, *, printed_by: str, printed_at: dt.datetime) -> bytes:
    """Return the dossier as an A4 PDF in the language that is active."""
    customer = dossier.customer
    moment = timezone.localtime(printed_at).strftime("%Y-%m-%d %H:%M")
    data = {
        "language": get_language() or "en",
        "title": _("Credit dossier"),
        "company": our_company().name,
        "customer": customer.name,
        "subtitle": " · ".join(
            (customer.number, _("as of %(date)s") % {"date": dossier.on.isoformat()}, _("confidential"))
        ),
        "printed": _("Printed by %(person)s on %(moment)s") % {"person": printed_by, "moment": moment},
        "page": _("Page {page} of {pages}"),
        "nothing": _("Nothing is recorded."),
        "sections": [_section(section) for section in dossier.sections],
        "timeline": {
            "title": _("Timeline"),
            "heads": [_("When"), _("Kind"), _("What")],
            "lines": [_line(line) for line in dossier.lines],
            "cut": _("Older entries are left out: choose a shorter period.") if dossier.is_cut else "",
        },
    }
    is_long = len(dossier.lines) > LONG_TIMELINE_LINES
    return render_pdf(TEMPLATE, data, on=timezone.localdate(printed_at), is_long=is_long)


def _section(section: Section) -> dict[str, Any]:
    """Return a section as texts; a column in which no row has a value takes no room."""
    columns = [
        (column.label, [row[index] for row in section.rows]) for index, column in enumerate(section.columns)
    ]
    told = [(label, values) for label, values in columns if any(value not in NONE for value in values)]
    texts = [[breakable(shown(value)) for value in values] for _label, values in told]
    return {
        "title": str(section.title),
        "facts": [[fact.label, breakable(shown(fact.value))] for fact in section.facts],
        "has_rows": bool(section.columns),
        "heads": [label for label, _values in told],
        "kinds": [_kind(values) for _label, values in told],
        "widths": [_width([label, *column]) for (label, _values), column in zip(told, texts, strict=True)],
        "rows": [list(row) for row in zip(*texts, strict=True)],
    }


def breakable(text: str) -> str:
    """Return the text with places to break it in words that are longer than a column may be."""
    return LONG_WORD.sub("\\g<0>\u200b", text)


def _width(texts: Sequence[str]) -> int:
    """Return the weight of a column: its longest text, a Chinese character counting twice, within bounds."""
    longest = max(sum(2 if ord(char) > LATIN else 1 for char in text) for text in texts)
    return min(max(longest, NARROWEST), WIDEST)


def _kind(values: Sequence[Value]) -> str:
    """Return how wide a column is and on which side its values stand."""
    given = [value for value in values if value not in NONE]
    if given and all(isinstance(value, Decimal) for value in given):
        return "amount"
    if given and all(isinstance(value, dt.date) and not isinstance(value, dt.datetime) for value in given):
        return "date"
    return "text"


def _line(line: Line) -> dict[str, Any]:
    entry = line.entry
    day = entry.on.isoformat()
    return {
        "when": f"{day} {timezone.localtime(entry.at):%H:%M}" if entry.has_time else day,
        "kind": str(line.kind.label),
        "head": " · ".join(filter(None, (entry.title, entry.about, entry.person))),
        "texts": [*entry.text.splitlines(), *map(_told, entry.changes)],
    }


def _told(change: FieldChange) -> str:
    values = f"{change.old} → {change.new}" if change.old else change.new
    return f"{change.label}: {values}"

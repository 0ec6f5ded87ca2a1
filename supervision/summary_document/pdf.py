"""A monthly summary as an A4 PDF: who, the analysis, every table, and the addenda that came before it was printed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from creditrisk.pdf import render_pdf
from creditrisk.workbooks import Cell
from receivables.letters.layout import printable
from supervision.aging_bridge import total_of
from supervision.summary_document.addenda import figure_name, known_amount
from supervision.summary_document.sheet import Sheet
from supervision.summary_document.sheets import sheets_of
from supervision.summary_facts import Difference, SummaryFacts

TEMPLATE = Path(__file__).resolve().parent / "summary.typ"


@dataclass(frozen=True)
class PrintedAddendum:
    """A later report with what it changed."""

    report: str
    added_on: dt.date
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class SummaryDocument:
    """What is printed. `whose` is '' for the group; `signed_by` is '' where nobody has signed yet."""

    whose: str
    facts: SummaryFacts
    analysis: str
    computed_on: dt.date
    signed_by: str = ""
    signed_on: dt.date | None = None
    addenda: Sequence[PrintedAddendum] = ()


def summary_pdf(document: SummaryDocument, *, language: str) -> bytes:
    """Return the PDF in a language; the same content gives the same bytes. Raises RenderedBeforeForkError in a process
    that was forked after its parent had rendered.
    """
    with translation.override(language):
        data = _data(document, language)
    return render_pdf(TEMPLATE, data, on=document.signed_on or document.computed_on)


def _data(document: SummaryDocument, language: str) -> dict[str, Any]:
    facts = document.facts
    state = _("Draft: not signed yet")
    if document.signed_on is not None:
        state = _("Signed by %(name)s on %(date)s") % {
            "name": document.signed_by,
            "date": document.signed_on.isoformat(),
        }
    return {
        "language": language,
        "title": _("Monthly summary %(month)s") % {"month": f"{facts.month:%Y-%m}"},
        "whose": printable(document.whose) or _("Whole group"),
        "state": printable(state),
        "source": _source(facts),
        "analysis_title": _("Analysis"),
        "analysis": [printable(line) for line in document.analysis.splitlines()] or [_("No analysis yet.")],
        "charts": _charts(facts),
        "tables": [_table(sheet) for sheet in sheets_of(facts)],
        "addenda_title": _("Addenda: what later reports changed"),
        "addenda": [_addendum(addendum, facts) for addendum in document.addenda],
        "page": _("Page {page} of {pages}"),
    }


def _source(facts: SummaryFacts) -> str:
    parts = [
        _("%(what)s: report %(number)s as of %(date)s")
        % {"what": what, "number": source.number, "date": source.as_of.isoformat()}
        for what, source in (
            (_("Month's end"), facts.closing),
            (_("Month before"), facts.opening),
            (_("Payables"), facts.payables_source),
        )
        if source is not None
    ]
    return " · ".join(parts)


def shown(cell: Cell) -> str:
    """Return a cell as text: amounts in threes to the cent."""
    if cell is None:
        return ""
    return f"{cell:,.2f}" if isinstance(cell, Decimal) else printable(str(cell))


def _table(sheet: Sheet) -> dict[str, Any]:
    return {
        "title": sheet.title,
        "note": sheet.note,
        "heads": [column.header for column in sheet.columns],
        "numbers": [column.is_number for column in sheet.columns],
        "rows": [[shown(cell) for cell in row.cells] for row in sheet.rows],
        "totals": [row.is_total for row in sheet.rows],
        "empty": sheet.empty,
    }


def _charts(facts: SummaryFacts) -> list[dict[str, Any]]:
    """Return the waterfall of each currency: label, amount, and start and end of its bar as shares of the highest."""
    charts = []
    for aging in facts.aging:
        if aging.bridge is None:
            continue
        total = total_of(aging.bridge)
        steps = (
            (_("Opening"), Decimal(0), total.opening_amount),
            (_("New items"), total.opening_amount, total.new_amount),
            (_("Paid"), total.opening_amount + total.new_amount, -total.paid_amount),
            (
                _("Credits"),
                total.opening_amount + total.new_amount - total.paid_amount,
                total.credit_amount,
            ),
            (_("Closing"), Decimal(0), total.closing_amount),
        )
        highest = max((max(start, start + amount) for _label, start, amount in steps), default=Decimal(0))
        if highest <= 0:
            continue
        charts.append(
            {
                "title": _("From month end to month end, %(currency)s") % {"currency": aging.currency},
                "bars": [
                    {
                        "label": label,
                        "amount": shown(amount),
                        "from": float(max(min(start, start + amount), Decimal(0)) / highest),
                        "to": float(max(start, start + amount, Decimal(0)) / highest),
                        "falls": amount < 0,
                    }
                    for label, start, amount in steps
                ],
            }
        )
    return charts


def _addendum(addendum: PrintedAddendum, facts: SummaryFacts) -> dict[str, Any]:
    title = _("%(date)s: report %(number)s") % {
        "date": addendum.added_on.isoformat(),
        "number": addendum.report,
    }
    return {
        "title": title,
        "heads": [_("Figure"), _("Currency"), _("As signed"), _("Now"), _("Difference")],
        "rows": [
            [
                figure_name(one.figure, facts.buckets),
                one.currency,
                shown(known_amount(one.before)),
                shown(known_amount(one.after)),
                shown(one.change),
            ]
            for one in addendum.differences
        ],
    }

"""A monthly summary on its page: each table with its chart, every figure with the list behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from creditrisk.template_tags import amount
from creditrisk.workbooks import Cell
from supervision.models import MonthlySummary
from supervision.summary_document import Sheet, SheetRow, sheets_of
from supervision.summary_facts import SummaryFacts
from supervision.summary_sections import Behind
from supervision.tables.summary_charts import (
    Chart,
    HeatRow,
    OverdueBar,
    heat_rows,
    overdue_bars,
    stacked,
    waterfall,
)
from supervision.tables.summary_links import behind, link_of


@dataclass(frozen=True)
class PageCell:
    """One cell as text; numbers stand to the right, `is_zero` ones step back."""

    head: str
    text: str
    is_number: bool
    is_zero: bool


@dataclass(frozen=True)
class PageRow:
    """One row; `url` is the list behind it."""

    cells: tuple[PageCell, ...]
    url: str
    is_total: bool


@dataclass(frozen=True)
class Card:
    """One table of the page with what is drawn of it."""

    sheet: Sheet
    rows: tuple[PageRow, ...]
    url: str = ""
    chart: Chart | None = None
    heat: list[HeatRow] = field(default_factory=list)
    bars: list[tuple[OverdueBar, str]] = field(default_factory=list)

    @property
    def total_cells(self) -> tuple[PageCell, ...]:
        """The cells of the last row, which is the total where there is one."""
        return self.rows[-1].cells

    @property
    def is_folded(self) -> bool:
        """Whether the drawing comes first, and the table only for who asks for it."""
        return self.sheet.kind == "trend" and self.chart is not None

    @property
    def is_wide(self) -> bool:
        """Whether it needs the width of the page."""
        return self.sheet.kind in {"bridge", "trend", "recovered"}


def cards(summary: MonthlySummary, facts: SummaryFacts) -> Iterator[Card]:
    """Yield the cards of the page, in the order of the tables."""
    of = behind(summary, facts)
    for sheet in sheets_of(facts):
        rows = tuple(_row(sheet, row, of, facts) for row in sheet.rows)
        url = link_of(sheet.behind, of=of, facts=facts) if sheet.behind else ""
        yield Card(sheet, rows, url, **_drawn(sheet, of, facts))


def _drawn(sheet: Sheet, of: Behind, facts: SummaryFacts) -> dict[str, Any]:
    currency = sheet.currency
    if sheet.kind == "bridge":
        return {"chart": waterfall(next(one for one in facts.aging if one.currency == currency))}
    if sheet.kind == "trend":
        return {"chart": stacked(facts, currency=currency)}
    if sheet.kind == "grades":
        return {"heat": heat_rows(facts)}
    if sheet.kind == "overdue":
        bars = overdue_bars([one for one in facts.overdue if one.currency == currency])
        return {
            "bars": [(bar, link_of(f"customer:{bar.customer.number}", of=of, facts=facts)) for bar in bars]
        }
    return {}


def _row(sheet: Sheet, row: SheetRow, of: Behind, facts: SummaryFacts) -> PageRow:
    cells = tuple(
        PageCell(column.header, _text(cell), column.is_number, is_zero=column.is_number and not cell)
        for column, cell in zip(sheet.columns, row.cells, strict=True)
    )
    return PageRow(cells, link_of(row.figure, of=of, facts=facts) if row.figure else "", row.is_total)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return amount(cell) if isinstance(cell, Decimal) else str(cell)

"""The aging report as a page shows it: lines of ready texts, and the items of one customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk import template_tags
from creditrisk.tables import AmountColumn, BaseTable, Column, DateColumn, NumberColumn
from receivables.aging import bucket_index, bucket_label, days_past_due
from receivables.models import OpenItem, PayableItem
from receivables.selectors.aging import AgedAmounts, AgingReport, AgingRow, AgingTotal

FULL_PCT = 100


@dataclass(frozen=True)
class Header:
    """A column that can be sorted by.

    `next_sort` is what a click asks for, `direction` how it is sorted now.
    """

    label: str
    next_sort: str
    direction: str
    is_amount: bool


@dataclass(frozen=True)
class Line:
    """One row of the page. `cells` are its amounts as ready table cells: a page has hundreds of them."""

    number: str
    name: str
    url: str
    currency: str
    cells: SafeString
    overdue_pct: int
    overdue_label: str


@dataclass(frozen=True)
class Share:
    """One bucket of a total; `pct` is its part of all debits, 0–100."""

    label: str
    amount: Decimal
    pct: Decimal
    is_overdue: bool


@dataclass(frozen=True)
class TotalCard:
    """The total of one currency over all pages, with the share of every bucket."""

    total: AgingTotal
    shares: Sequence[Share]
    overdue_pct: int
    cells: SafeString


def headers(aging: AgingReport, *, sort: str, netted: bool) -> list[Header]:
    """Return the columns of the page, in order."""
    amounts = [(f"bucket{index}", label) for index, label in enumerate(aging.bucket_labels())]
    if not netted:
        amounts.append(("credits", _("Credits")))
    amounts += [("total", _("Total")), ("overdue", _("Overdue"))]
    texts = [_header("name", _("Customer"), sort=sort, is_amount=False)]
    return texts + [_header(key, label, sort=sort, is_amount=True) for key, label in amounts]


def _header(key: str, label: str, *, sort: str, is_amount: bool) -> Header:
    rising, falling = key, f"-{key}"
    direction = {rising: "ascending", falling: "descending"}.get(sort, "")
    # Amounts are looked for from the largest down, names from the first up.
    first, second = (falling, rising) if is_amount else (rising, falling)
    return Header(label, second if sort == first else first, direction, is_amount)


def lines(rows: Iterable[AgingRow], *, labels: Sequence[str], netted: bool, query: str) -> list[Line]:
    """Return the rows of one page.

    `labels` are those of the amount columns, `query` what the links carry on.
    """
    return [
        Line(
            number=row.customer,
            name=row.name,
            url=f"{reverse('receivables:aging_customer', args=[row.customer])}?{query}",
            currency=row.currency,
            cells=_cells(row, labels=labels, netted=netted),
            overdue_pct=overdue_pct(row),
            overdue_label=_("%(pct)d %% overdue") % {"pct": overdue_pct(row)},
        )
        for row in rows
    ]


def total_cards(totals: Iterable[AgingTotal], *, aging: AgingReport, netted: bool) -> list[TotalCard]:
    """Return one card per currency."""
    labels = [header.label for header in headers(aging, sort="", netted=netted) if header.is_amount]
    return [
        TotalCard(
            total=total,
            shares=_shares(total, labels=aging.bucket_labels(), netted=netted),
            overdue_pct=overdue_pct(total),
            cells=_cells(total, labels=labels, netted=netted),
        )
        for total in totals
    ]


def _shares(total: AgingTotal, *, labels: Sequence[str], netted: bool) -> list[Share]:
    amounts = total.bucket_amounts(netted=netted)
    whole = sum((amount for amount in amounts if amount > 0), Decimal())
    return [
        Share(label, amount, max(amount, Decimal()) * FULL_PCT / whole if whole else Decimal(), index > 0)
        for index, (label, amount) in enumerate(zip(labels, amounts, strict=True))
    ]


def overdue_pct(amounts: AgedAmounts) -> int:
    """Return the overdue part of what is open, credits netted, 0–100; 0 where nothing is open on balance."""
    if amounts.total_amount <= 0:
        return 0
    return int(min(max(amounts.overdue_amount / amounts.total_amount, Decimal()), Decimal(1)) * FULL_PCT)


def _cells(amounts: AgedAmounts, *, labels: Sequence[str], netted: bool) -> SafeString:
    """Return the amounts as table cells, each with the label of its column; on a phone a zero is left out."""
    values = [*amounts.bucket_amounts(netted=netted)]
    if not netted:
        values.append(amounts.credit_amount)
    values += [amounts.total_amount, amounts.overdue_amount]
    return format_html_join(
        "",
        '<td class="{}" data-label="{}">{}</td>',
        ((_css(value), label, _text(value)) for label, value in zip(labels, values, strict=True)),
    )


def _css(value: Decimal) -> str:
    if not value:
        return "amount is-zero"
    return "amount" if value > 0 else "amount negative"


def _text(value: Decimal) -> str:
    return template_tags.amount(value) if value else "–"


class PayableTable(BaseTable):
    """What we owe one customer, item by item."""

    document = Column(verbose_name=gettext_lazy("Document"), order_by=("document", "row_number"))
    contract_number = Column(
        verbose_name=gettext_lazy("Contract number"), order_by=("contract_number", "due_on", "document")
    )
    due_on = DateColumn(verbose_name=gettext_lazy("Due date"), order_by=("due_on", "document"))
    open_amount = AmountColumn(
        verbose_name=gettext_lazy("Open amount"),
        currency="currency",
        order_by=("currency", "open_amount", "document"),
    )
    description = Column(verbose_name=gettext_lazy("Description"), orderable=False)

    class Meta:
        model = PayableItem
        fields = ("document", "contract_number", "due_on", "open_amount", "description")
        order_by = "due_on"
        empty_text = gettext_lazy("We owe this customer nothing.")


class OpenItemTable(BaseTable):
    """The open items of one customer, each with its age on `as_of` and its bucket."""

    document = Column(verbose_name=gettext_lazy("Document"), order_by=("document", "row_number"))
    contract_number = Column(
        verbose_name=gettext_lazy("Contract number"), order_by=("contract_number", "due_on", "document")
    )
    document_on = DateColumn(verbose_name=gettext_lazy("Document date"), order_by=("document_on", "document"))
    due_on = DateColumn(verbose_name=gettext_lazy("Due date"), order_by=("due_on", "document"))
    days = NumberColumn(
        verbose_name=gettext_lazy("Days past due"), empty_values=(), order_by=("-due_on", "document")
    )
    bucket = Column(verbose_name=gettext_lazy("Bucket"), empty_values=(), orderable=False)
    amount = AmountColumn(
        verbose_name=gettext_lazy("Amount"), currency="currency", order_by=("currency", "amount", "document")
    )
    open_amount = AmountColumn(
        verbose_name=gettext_lazy("Open amount"),
        currency="currency",
        order_by=("currency", "open_amount", "document"),
    )
    description = Column(verbose_name=gettext_lazy("Description"), orderable=False)

    class Meta:
        model = OpenItem
        fields = (
            "document",
            "contract_number",
            "document_on",
            "due_on",
            "days",
            "bucket",
            "amount",
            "open_amount",
            "description",
        )
        order_by = "due_on"
        empty_text = gettext_lazy("Nothing is open.")

    def __init__(self, *args: Any, aging: AgingReport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.aging = aging

    def _days(self, due_on: dt.date) -> int:
        return days_past_due(due_on, self.aging.as_of)

    def render_days(self, record: OpenItem) -> str:
        """Return the age in days, negative before the due date."""
        days = self._days(record.due_on)
        return format_html('<span class="overdue">{}</span>', days) if days > 0 else str(days)

    def render_bucket(self, record: OpenItem) -> str:
        """Return the bucket of the item."""
        index = bucket_index(self._days(record.due_on), self.aging.buckets)
        return bucket_label(index, self.aging.buckets) if index else _("Not due")

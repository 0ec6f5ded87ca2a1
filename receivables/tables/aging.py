"""The aging report as a page shows it: lines of ready texts, and the items of one customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from creditrisk import template_tags
from creditrisk.dates import local_today
from creditrisk.policy.selectors import policy_version_on
from creditrisk.tables import AmountColumn, BaseTable, Column, DateColumn, NumberColumn
from receivables.aging import bucket_index, days_past_due
from receivables.models import DueBasis, OpenItem, PayableItem
from receivables.selectors.aging import AgedAmounts, AgingReport, AgingRow, AgingTotal, bucket_labels
from receivables.selectors.grouped_aging import GroupRow

FULL_PCT = 100
AGE_TONES = 6
"""Bars have so many tones beside that of what is not due."""


@dataclass(frozen=True)
class Header:
    """A column that can be sorted by.

    `next_sort` is what a click asks for, `direction` how it is sorted now.
    """

    key: str
    label: str
    next_sort: str
    direction: str
    is_amount: bool

    @cached_property
    def cell_label(self) -> str:
        """The attribute by which a cell carries its column's name: ready, as a page has hundreds of cells."""
        return format_html('data-label="{}"', self.label)


@dataclass(frozen=True)
class Line:
    """One row of the page. `cells` are its amounts as ready table cells: a page has hundreds of them. `bar` shows its
    buckets side by side; `items_url` leads to its items, '' where it has none of its own.
    """

    number: str
    name: str
    url: str
    currency: str
    cells: SafeString
    bar: SafeString
    items_url: str = ""


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


def column_choices() -> dict[str, str]:
    """Return the columns that somebody may leave out, key → label, by the policy of today."""
    labels = bucket_labels(policy_version_on(local_today()).policy.aging_buckets)
    named = {f"bucket{index}": label for index, label in enumerate(labels)}
    return {**named, "credits": _("Credits"), "overdue": _("Overdue")}


def headers(
    aging: AgingReport, *, sort: str, netted: bool, first: str = "", hidden: Collection[str] = ()
) -> list[Header]:
    """Return the columns of the page, in order, without those that are `hidden`; `first` names what the lines are."""
    amounts = [(f"bucket{index}", label) for index, label in enumerate(aging.bucket_labels())]
    if not netted:
        amounts.append(("credits", _("Credits")))
    amounts += [("total", _("Total")), ("overdue", _("Overdue"))]
    texts = [_header("name", first or _("Customer"), sort=sort, is_amount=False)]
    return texts + [
        _header(key, label, sort=sort, is_amount=True) for key, label in amounts if key not in hidden
    ]


def _header(key: str, label: str, *, sort: str, is_amount: bool) -> Header:
    rising, falling = key, f"-{key}"
    direction = {rising: "ascending", falling: "descending"}.get(sort, "")
    # Amounts are looked for from the largest down, names from the first up.
    first, second = (falling, rising) if is_amount else (rising, falling)
    return Header(key, label, second if sort == first else first, direction, is_amount)


def lines(
    rows: Iterable[AgingRow], *, columns: Sequence[Header], netted: bool, query: str, with_items: bool = False
) -> list[Line]:
    """Return the rows of one page under its `columns`; `query` is what the links carry on."""
    page, items = _address("receivables:aging_customer"), _address("receivables:aging_items")
    return [
        Line(
            number=row.contract or row.customer,
            name=row.name,
            url=f"{page.format(quote(row.customer))}?{query}",
            currency=row.currency,
            cells=_cells(row, columns=columns, netted=netted),
            bar=stacked_bar(row),
            items_url=f"{items.format(quote(row.customer))}?{query}" if with_items else "",
        )
        for row in rows
    ]


def _address(name: str) -> str:
    """Return the address of a customer's page with {} for his number: it is found once a page."""
    return reverse(name, args=["@"]).replace("@", "{}")


def group_lines(
    rows: Iterable[GroupRow], *, by: str, columns: Sequence[Header], netted: bool, query: str
) -> list[Line]:
    """Return the groups of one page; each leads to its customers."""
    return [
        Line(
            number=ngettext("%(count)d customer", "%(count)d customers", row.customer_count)
            % {"count": row.customer_count},
            name=row.label or _("none"),
            url=f"{reverse('receivables:aging')}?{query}&{urlencode({'of': f'{by}:{row.key}'})}",
            currency=row.currency,
            cells=_cells(row, columns=columns, netted=netted),
            bar=stacked_bar(row),
        )
        for row in rows
    ]


def total_cards(
    totals: Iterable[AgingTotal],
    *,
    aging: AgingReport,
    netted: bool,
    columns: Sequence[Header] = (),
) -> list[TotalCard]:
    """Return one card per currency; its cells stand under `columns`, all of them where none are given."""
    shown = columns or headers(aging, sort="", netted=netted)
    return [
        TotalCard(
            total=total,
            shares=_shares(total, labels=aging.bucket_labels(), netted=netted),
            overdue_pct=overdue_pct(total),
            cells=_cells(total, columns=shown, netted=netted),
        )
        for total in totals
    ]


def stacked_bar(amounts: AgedAmounts) -> SafeString:
    """Return the debits of a line side by side, from not due to the oldest bucket; nothing where there are none."""
    debits = [max(amount, Decimal()) for amount in amounts.debit_amounts]
    whole = sum(debits, Decimal())
    if not whole:
        return SafeString("")
    last = len(debits) - 1
    place, parts = Decimal(), []
    for index, amount in enumerate(debits):
        width = amount * FULL_PCT / whole
        if width:
            parts.append((f"age-{index * AGE_TONES // last if last else 0}", f"{place:.2f}", f"{width:.2f}"))
        place += width
    label = _("%(pct)d %% overdue") % {"pct": overdue_pct(amounts)}
    rects = "".join(
        f'<rect class="{tone}" x="{x}" width="{width}" height="8"></rect>' for tone, x, width in parts
    )
    return format_html(
        '<svg class="bar stacked" role="img" aria-label="{}" viewBox="0 0 100 8" preserveAspectRatio="none">{}</svg>',
        label,
        mark_safe(rects),  # noqa: S308 - numbers of ours
    )


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


def _cells(amounts: AgedAmounts, *, columns: Sequence[Header], netted: bool) -> SafeString:
    """Return the amounts as table cells, each with the label of its column; on a phone a zero is left out."""
    values = {f"bucket{index}": value for index, value in enumerate(amounts.bucket_amounts(netted=netted))}
    values |= {
        "credits": amounts.credit_amount,
        "total": amounts.total_amount,
        "overdue": amounts.overdue_amount,
    }
    cells = (
        f'<td class="{_css(values[column.key])}" {column.cell_label}>{_text(values[column.key])}</td>'
        for column in columns
        if column.is_amount
    )
    return mark_safe("".join(cells))  # noqa: S308 - escaped labels, and numbers


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

    document = Column(
        verbose_name=gettext_lazy("Document"), order_by=("document", "row_number"), empty_values=(None,)
    )
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

    def __init__(self, *args: Any, aging: AgingReport, number: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.aging, self.number, self.labels = aging, number, aging.bucket_labels()

    def render_document(self, value: str, record: OpenItem) -> str:
        """Return the document; a click shows it over all reports."""
        if record.due_basis == DueBasis.BUCKET:
            return value
        query = urlencode(
            {"document": value, "due_on": record.due_on.isoformat(), "currency": record.currency}
        )
        url = reverse("receivables:aging_item", args=[self.number])
        return format_html('<a href="{}?{}">{}</a>', url, query, value or _("unallocated"))

    def _days(self, record: OpenItem) -> int:
        start = record.due_on if self.aging.basis == "due" else record.document_on or record.due_on
        return days_past_due(start, self.aging.aged_to)

    def render_due_on(self, value: dt.date, record: OpenItem) -> str:
        """Return the due date, marked where the file did not state it."""
        if record.due_basis == DueBasis.STATED:
            return value.isoformat()
        return format_html('{}<div class="muted">{}</div>', value.isoformat(), record.get_due_basis_display())

    def render_days(self, record: OpenItem) -> str:
        """Return the age in days, negative before the due date."""
        days = self._days(record)
        return format_html('<span class="overdue">{}</span>', days) if days > 0 else str(days)

    def render_bucket(self, record: OpenItem) -> str:
        """Return the bucket of the item."""
        return self.labels[bucket_index(self._days(record), self.aging.buckets)]

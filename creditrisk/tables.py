"""Shared django-tables2 base class and columns.

A feature's table:

    class CustomerTable(BaseTable):
        name = Column(linkify=True)  # get_absolute_url(); or linkify=("app:view", [A("pk")])
        state = StateColumn()
        exposure_amount = AmountColumn(currency="currency")
        reviewed_on = DateColumn()

        class Meta:
            model = Customer
            fields = ("name", "state", "exposure_amount", "reviewed_on")
            order_by = "name"

Only the table's own columns can be sorted by: that is the allow-list.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import Model
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django_tables2 import A, Column
from django_tables2.data import TableQuerysetData
from django_tables2.rows import BoundRows
from django_tables2.utils import Accessor, signature

from creditrisk import template_tags
from creditrisk.escaping import escaped

__all__ = ["A", "AmountColumn", "BaseTable", "Column", "DateColumn", "NumberColumn", "StateColumn"]

PER_PAGE = 50
MAX_PER_PAGE = 200


class _Cells:
    """The cells of one column as `BoundRow.get_cell` gives them. What django-tables2 and Django find out for every cell
    anew is found out once a page: how `render` wants to be called, and what the choices of the field are called."""

    def __init__(self, bound: Any) -> None:
        self.bound = bound
        self.accessor = Accessor(bound.accessor)
        self.wanted, catch_all = signature(bound.render)
        self.takes_all = catch_all is not None
        self.labels: dict[Any, Any] | None = None

    def cell(self, row: Any) -> Any:
        """Return what stands in the row under this column."""
        value = self._value(row.record)
        return self.bound.default if value in self.bound.column.empty_values else self._rendered(row, value)

    def _value(self, record: Any) -> Any:
        try:
            value = self.accessor.resolve(record)
        except ValueError:  # a column that stands for no field
            return None
        if self.labels is None:
            self.labels = _labels(self.accessor, record)
        return self.labels.get(value, value) if self.labels else value

    def _rendered(self, row: Any, value: Any) -> Any:
        known = row._optional_cell_arguments(self.bound, value)
        arguments = known if self.takes_all else {name: known[name] for name in self.wanted}
        content, link = self.bound.render(**arguments), self.bound.link
        if link is None or link.attrs:
            return link(content, **known) if link else content
        url = link.compose_url(**known)
        return content if url is None else format_html('<a href="{}">{}</a>', url, content)


def _labels(accessor: Accessor, record: Any) -> dict[Any, Any]:
    """Return what the choices of the field behind a column are called; empty where it has none."""
    owner, name = accessor.penultimate(record, quiet=True)
    if not isinstance(owner, Model) or not hasattr(owner, f"get_{name}_display"):
        return {}
    choices = owner._meta.get_field(name).flatchoices  # type: ignore[union-attr]
    return {code: str(label) for code, label in choices if code}


class BaseTable(tables.Table):
    """A table in the house style: sortable headers, 50 rows a page, cards on a phone, an empty state."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("template_name", "django_tables2/creditrisk.html")
        kwargs.setdefault("empty_text", self._meta.empty_text or _("Nothing here yet."))
        super().__init__(*args, **kwargs)

    def paginate(
        self,
        paginator_class: type[Paginator[Any]] = Paginator,
        per_page: int | None = None,
        page: int = 1,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Cut the rows into pages; `per_page` comes from the address bar and is bounded to 1–200. A first page that
        takes all rows in spares their count.
        """
        wanted = PER_PAGE if per_page is None else min(max(per_page, 1), MAX_PER_PAGE)
        first = (
            list(self.data[: wanted + 1]) if page == 1 and isinstance(self.data, TableQuerysetData) else None
        )
        if first is not None and len(first) <= wanted:
            self.data._length = len(first)
        super().paginate(paginator_class, wanted, page, *args, **kwargs)
        if first is not None:
            self.page.object_list = BoundRows(first[:wanted], self, self.pinned_data)

    def body(self) -> SafeString:
        """Return the page's rows as HTML. Not by the template: its loop over every cell took most of a list's time.

        What a cell of a column carries is the same in every row, so a column's attributes are no callables here.
        """
        heads = [
            (
                _Cells(column),
                format_html('<td {} data-label="{}">', column.attrs["td"].as_html(), column.header),
            )
            for column in self.columns
        ]
        return mark_safe("\n".join(self._row(row, heads) for row in self.paginated_rows))  # noqa: S308 - escaped below

    def _row(self, row: Any, heads: list[tuple[_Cells, SafeString]]) -> str:
        cells = "</td>".join(head + escaped(localize(cells.cell(row))) for cells, head in heads)
        attributes = f" {row.attrs.as_html()}" if self.row_attrs else ""
        return f"<tr{attributes}>{cells}</td></tr>"


class AmountColumn(Column):
    """An amount to the cent, right aligned with tabular numerals; `currency` is an accessor beside it.

    Negative amounts (credits) are marked. `dash_zero` shows 0 as a dash, for wide tables such as the aging.
    """

    def __init__(self, *args: Any, currency: str = "", dash_zero: bool = False, **kwargs: Any) -> None:
        kwargs["attrs"] = {part: {"class": "amount"} for part in ("th", "td", "tf")}
        super().__init__(*args, **kwargs)
        self.currency = Accessor(currency) if currency else None
        self.dash_zero = dash_zero

    def render(self, value: Decimal, record: Any) -> str:
        """Return the cell's HTML."""
        if self.dash_zero and not value:
            return format_html('<span class="zero">{}</span>', "–")
        text = template_tags.amount(value)
        if value < 0:
            text = format_html('<span class="negative">{}</span>', text)
        if self.currency is None:
            return text
        return format_html('<span class="currency">{}</span> {}', self.currency.resolve(record), text)

    def value(self, value: Decimal) -> Decimal:
        """Return the plain amount for exports."""
        return value


class NumberColumn(Column):
    """A count, a score or a number of days: right aligned with tabular numerals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["attrs"] = {part: {"class": "number"} for part in ("th", "td", "tf")}
        super().__init__(*args, **kwargs)


class DateColumn(Column):
    """A date as YYYY-MM-DD, or a moment as YYYY-MM-DD HH:MM in the company's time zone, in every language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["attrs"] = {part: {"class": "date"} for part in ("th", "td")}
        super().__init__(*args, **kwargs)

    def render(self, value: dt.date | dt.datetime) -> str:
        """Return the cell's text."""
        if isinstance(value, dt.datetime):
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        return f"{value:%Y-%m-%d}"


class StateColumn(Column):
    """A state field with choices as a badge: the stored code chooses the colour, its label is the text."""

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        """Return the cell's HTML."""
        code = Accessor(bound_column.accessor).resolve(record, quiet=True)
        return template_tags.state(str(code), value)

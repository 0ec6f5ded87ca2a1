"""The table of contract handlers: on its page, and as a sheet (P3.1 b)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.roles import Role
from creditrisk.dates import add_months
from creditrisk.tables import AmountColumn, BaseTable, Column, NumberColumn
from creditrisk.workbooks import AMOUNT_WIDTH, Cell, Table
from creditrisk.workbooks import Column as SheetColumn
from receivables.effectiveness import TENTH, percent
from supervision.selectors.handlers import MANAGER_FIELDS, RECENT_MONTHS, HandlerFigures

Row = dict[str, Any]


def handler_rows(found: HandlerFigures) -> list[Row]:
    """Return the handlers as the table shows and sorts them: ratios as percentages to a tenth."""
    return [
        {
            "role": str(Role(one.role).label),
            "role_code": one.role,
            "person": one.person.display_name,
            "person_pk": one.person.pk,
            "department": str(one.person.department or ""),
            "customers": one.customers,
            "performing": one.performing,
            "exposure": one.exposure_amount,
            "overdue": one.overdue_amount,
            "overdue_pct": percent(one.overdue_ratio),
            "change": percent(one.change_ratio),
            "dso": None if one.dso_days is None else one.dso_days.quantize(TENTH, ROUND_HALF_UP),
            "self_checks": percent(one.self_checks_ratio),
            "self_checks_of": (one.self_checks_done, one.self_checks_due),
            "reviews": percent(one.reviews_ratio),
            "reviews_of": (one.reviews_valid, one.reviews_needed),
            "approvals": percent(one.steps_ratio),
            "approvals_of": (one.steps_in_time, one.steps_timed),
            "promises": percent(one.promises_ratio),
            "promises_of": (one.promises_kept, one.promises_decided),
        }
        for one in found.rows
    ]


class ShareColumn(Column):
    """A percentage with the two counts it comes from, and a link to the list behind it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["attrs"] = {part: {"class": "number"} for part in ("th", "td")}
        super().__init__(*args, **kwargs)

    def render(self, value: Decimal, record: Row, bound_column: Any) -> SafeString:
        """Return the cell's HTML."""
        part, whole = record[f"{bound_column.name}_of"]
        return format_html('{} % <small class="muted">{}/{}</small>', value, part, whole)


class HandlerTable(BaseTable):
    """One line for each person and role; every column sorts."""

    person = Column(verbose_name=gettext_lazy("Name"))
    role = Column(verbose_name=gettext_lazy("Role"))
    customers = NumberColumn(verbose_name=gettext_lazy("Customers"))
    performing = NumberColumn(verbose_name=gettext_lazy("Contracts"))
    exposure = AmountColumn(verbose_name=gettext_lazy("Exposure"), dash_zero=True)
    overdue = AmountColumn(verbose_name=gettext_lazy("Overdue"), dash_zero=True)
    overdue_pct = NumberColumn(verbose_name=gettext_lazy("Overdue %"))
    change = NumberColumn(verbose_name=gettext_lazy("Change"))
    dso = NumberColumn(verbose_name=gettext_lazy("DSO"))
    self_checks = ShareColumn(verbose_name=gettext_lazy("Self-checks"))
    reviews = ShareColumn(verbose_name=gettext_lazy("Reviews in date"))
    approvals = ShareColumn(verbose_name=gettext_lazy("Approvals in time"))
    promises = ShareColumn(verbose_name=gettext_lazy("Promises kept"))

    class Meta:
        order_by = "-overdue"
        attrs = {"class": "table data-table handler-table"}
        empty_text = gettext_lazy("Nobody here handles contracts.")

    def __init__(self, *args: Any, as_of: Any, **kwargs: Any) -> None:
        self.as_of = as_of
        super().__init__(*args, **kwargs)

    def render_customers(self, value: int, record: Row) -> SafeString:
        query = {MANAGER_FIELDS[record["role_code"]]: record["person_pk"]}
        return _link(value, "customers:list", query)

    def render_exposure(self, value: Decimal, record: Row) -> SafeString:
        return _link(f"{value:,.2f}", "receivables:aging", self._aging(record))

    def render_overdue(self, value: Decimal, record: Row) -> SafeString:
        return _link(f"{value:,.2f}", "receivables:aging", {**self._aging(record), "sort": "-overdue"})

    def _aging(self, record: Row) -> dict[str, object]:
        of = f"{MANAGER_FIELDS[record['role_code']]}:{record['person_pk']}"
        return {"as_of": self.as_of, "in_base": "yes", "of": of}

    def render_change(self, value: Decimal) -> SafeString:
        tone = "worse" if value > 0 else "better" if value < 0 else "same"
        return format_html('<span class="move-{}">{}</span>', tone, f"{value:+}")

    def render_self_checks(self, value: Decimal, record: Row) -> SafeString:
        part, whole = record["self_checks_of"]
        query = {
            "role": record["role_code"],
            "person": record["person_pk"],
            "ends_from": add_months(self.as_of, -RECENT_MONTHS),
            "ends_to": self.as_of,
        }
        link = _link(f"{value} %", "supervision:self_checks", query)
        return format_html('{} <small class="muted">{}/{}</small>', link, part, whole)


def _link(text: object, name: str, query: dict[str, object]) -> SafeString:
    return format_html('<a href="{}?{}">{}</a>', reverse(name), urlencode(query), text)


def handler_sheet(found: HandlerFigures) -> Table:
    """Return the table as a sheet: percentages and counts in columns of their own."""
    heads = [
        _("Name"),
        _("Role"),
        _("Department"),
        _("Customers"),
        _("Contracts"),
        _("Exposure") + f" {found.base_currency}",
        _("Overdue") + f" {found.base_currency}",
        _("Overdue %"),
        _("Change"),
        _("DSO"),
        _("Self-checks done"),
        _("Self-checks due"),
        _("Reviews in date"),
        _("Reviews needed"),
        _("Approvals in time"),
        _("Approvals with a time"),
        _("Promises kept"),
        _("Promises decided"),
    ]
    return Table([SheetColumn(head, AMOUNT_WIDTH) for head in heads], _sheet_rows(found))


def _sheet_rows(found: HandlerFigures) -> Iterator[list[Cell]]:
    for row in handler_rows(found):
        yield [
            row["person"],
            row["role"],
            row["department"],
            row["customers"],
            row["performing"],
            row["exposure"],
            row["overdue"],
            row["overdue_pct"],
            row["change"],
            row["dso"],
            *row["self_checks_of"],
            *row["reviews_of"],
            *row["approvals_of"],
            *row["promises_of"],
        ]

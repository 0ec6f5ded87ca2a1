"""The effectiveness of collection as rows: on its page, and as the sheets of its downloads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk import template_tags
from creditrisk.tables import AmountColumn, BaseTable, Column, NumberColumn
from creditrisk.workbooks import AMOUNT_WIDTH, Cell, Table
from creditrisk.workbooks import Column as SheetColumn
from receivables.effectiveness import WINDOW_DAYS, IndexGap, Recovered, percent
from receivables.models import Stage
from receivables.selectors.effectiveness import Effectiveness, Figures, ManagerFigures, StageFigures

Row = dict[str, Any]
COMPARED_DAYS = 30
GAPS: dict[IndexGap, Promise] = {
    "no_report": gettext_lazy("no report as of a day in this month"),
    "no_report_before": gettext_lazy("no report as of a day in the month before"),
    "no_items": gettext_lazy("a month end has sums only: nobody knows what was invoiced"),
    "nothing_to_collect": gettext_lazy("nothing was to be collected"),
}
"""Why a month has no collection effectiveness index."""


def percent_text(ratio: Decimal | None) -> str:
    """Return a ratio as a percentage to a tenth, a dash where there is none."""
    value = percent(ratio)
    return "–" if value is None else f"{value} %"


def name_of(one: ManagerFigures, *, sees_all: bool = True) -> str:
    """Return who the figures are of, in the reader's language; `sees_all`: the reader sees every customer."""
    if one.is_group:
        return _("Whole group") if sees_all else _("All customers you see")
    return one.name or _("Without a customer service manager")


def index_rows(one: ManagerFigures) -> Iterator[Row]:
    """Yield the parts of the index by month and currency; a month without one says why."""
    for month, figures in one.months.items():
        if figures.gap:
            yield {"month": f"{month:%Y-%m}", "note": str(GAPS[figures.gap])}
        for part in figures.receivables:
            yield {
                "month": f"{month:%Y-%m}",
                "currency": part.currency,
                "opening": part.opening_amount,
                "invoiced": part.invoiced_amount,
                "closing": part.closing_amount,
                "current": part.current_amount,
                "index": percent(part.index_ratio),
                "note": str(GAPS["nothing_to_collect"]) if part.index_ratio is None else "",
            }


def recovered_rows(one: ManagerFigures) -> Iterator[Row]:
    """Yield what the notices recovered, by month, stage and currency."""
    for month, figures in one.months.items():
        for stage in figures.stages:
            yield {
                "month": f"{month:%Y-%m}",
                "stage": stage.stage,
                "currency": stage.currency,
                "issued": stage.notices.issued,
                "sent": stage.notices.sent,
                "demanded": stage.within[WINDOW_DAYS[0]].demanded_amount,
                **{f"within_{days}": recovered for days, recovered in stage.within.items()},
            }


def promise_rows(one: ManagerFigures) -> Iterator[Row]:
    """Yield the promises that reports decided, by month and currency."""
    for month, figures in one.months.items():
        for part in figures.promises:
            yield {
                "month": f"{month:%Y-%m}",
                "currency": part.currency,
                "kept": part.kept,
                "partly": part.partly,
                "broken": part.broken,
                "kept_percent": percent(part.kept_ratio),
                "promised": part.promised_amount,
                "paid": part.paid_amount,
                "paid_percent": percent(part.paid_ratio),
            }


def work_rows(one: ManagerFigures) -> Iterator[Row]:
    """Yield what was done, by month."""
    for month, figures in one.months.items():
        yield {
            "month": f"{month:%Y-%m}",
            "contacts": figures.contacts.contacts,
            "calls": figures.contacts.calls,
            "reached": figures.contacts.reached,
            **{stage: figures.notices_of(stage).issued for stage in Stage.values},
            "sent": figures.letters_sent,
        }


def manager_rows(found: Effectiveness, *, sees_all: bool) -> Iterator[Row]:
    """Yield each manager's figures over all the months, one row for each currency; the whole group first."""
    for one in (found.group, *found.managers):
        latest = _latest_index(one)
        letters = _recovered(one.whole, Stage.DUNNING_LETTER)
        demands = _recovered(one.whole, Stage.FINAL_DEMAND)
        promises = {part.currency: part for part in one.whole.promises}
        for place, currency in enumerate(sorted({*latest, *letters, *demands, *promises}) or [""]):
            month, index = latest.get(currency, ("", None))
            promised = promises.get(currency)
            yield {
                "pk": one.pk,
                "name": name_of(one, sees_all=sees_all),
                "is_group": one.is_group,
                "currency": currency,
                "index": index,
                "index_month": month,
                "letters": letters.get(currency),
                "demands": demands.get(currency),
                "kept_percent": percent(promised.kept_ratio) if promised else None,
                "decided": promised.decided if promised else 0,
                "contacts": one.whole.contacts.contacts if place == 0 else None,
                "sent": one.whole.letters_sent if place == 0 else None,
            }


def _latest_index(one: ManagerFigures) -> dict[str, tuple[str, Decimal | None]]:
    """Return currency → month and index of the latest month that has one."""
    found: dict[str, tuple[str, Decimal | None]] = {}
    for month, figures in one.months.items():
        for part in figures.receivables:
            if part.index_ratio is not None or part.currency not in found:
                found[part.currency] = f"{month:%Y-%m}", percent(part.index_ratio)
    return found


def _recovered(figures: Figures, stage: str) -> dict[str, Recovered]:
    return {one.currency: one.within[COMPARED_DAYS] for one in figures.stages if one.stage == stage}


class PercentColumn(NumberColumn):
    """A percentage."""

    def render(self, value: Decimal) -> str:
        """Return the cell's text."""
        return f"{value} %"


class RecoveredColumn(NumberColumn):
    """What was recovered: the share of what is known, and the amount below it."""

    def render(self, value: Recovered) -> SafeString:
        """Return the cell's HTML."""
        if value.ratio is None:
            return format_html('<span class="muted">{}</span>', _("not known yet"))
        amount = template_tags.amount(value.recovered_amount)
        if value.known_amount != value.demanded_amount:
            amount = _("%(amount)s of %(known)s known") % {
                "amount": amount,
                "known": template_tags.amount(value.known_amount),
            }
        return format_html('{}<br><span class="muted">{}</span>', percent_text(value.ratio), amount)


class MonthTable(BaseTable):
    """Rows by month; nothing is sorted anew."""

    month = Column(verbose_name=gettext_lazy("Month"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, orderable=False, **kwargs)


class IndexTable(MonthTable):
    """The collection effectiveness index with its parts."""

    currency = Column(verbose_name=gettext_lazy("Currency"))
    opening = AmountColumn(verbose_name=gettext_lazy("Opening receivables"))
    invoiced = AmountColumn(verbose_name=gettext_lazy("New invoices"))
    closing = AmountColumn(verbose_name=gettext_lazy("Closing receivables"))
    current = AmountColumn(verbose_name=gettext_lazy("Of it not due"))
    index = PercentColumn(verbose_name=gettext_lazy("CEI"))
    note = Column(verbose_name=gettext_lazy("Note"), default="")

    class Meta:
        empty_text = gettext_lazy("No month was chosen.")


class RecoveredTable(MonthTable):
    """What notices recovered."""

    stage = Column(verbose_name=gettext_lazy("Stage"))
    issued = NumberColumn(verbose_name=gettext_lazy("Notices"))
    demanded = AmountColumn(verbose_name=gettext_lazy("Demanded"), currency="currency")
    within_7 = RecoveredColumn(verbose_name=gettext_lazy("Within 7 days"))
    within_14 = RecoveredColumn(verbose_name=gettext_lazy("Within 14 days"))
    within_30 = RecoveredColumn(verbose_name=gettext_lazy("Within 30 days"))
    within_60 = RecoveredColumn(verbose_name=gettext_lazy("Within 60 days"))

    class Meta:
        empty_text = gettext_lazy("No notice was issued in these months.")

    def render_stage(self, value: str) -> str:
        """Return the stage as a badge."""
        return template_tags.state(value, Stage(value).label)


class PromiseTable(MonthTable):
    """Promises that reports decided."""

    currency = Column(verbose_name=gettext_lazy("Currency"))
    kept = NumberColumn(verbose_name=gettext_lazy("Kept"))
    partly = NumberColumn(verbose_name=gettext_lazy("Partly kept"))
    broken = NumberColumn(verbose_name=gettext_lazy("Broken"))
    kept_percent = PercentColumn(verbose_name=gettext_lazy("Kept, of all decided"))
    promised = AmountColumn(verbose_name=gettext_lazy("Promised"))
    paid = AmountColumn(verbose_name=gettext_lazy("Paid of it"))
    paid_percent = PercentColumn(verbose_name=gettext_lazy("Paid, of what was promised"))

    class Meta:
        empty_text = gettext_lazy("No promise was decided in these months.")


class WorkTable(MonthTable):
    """What was done to collect."""

    contacts = NumberColumn(verbose_name=gettext_lazy("Contacts made"))
    calls = NumberColumn(verbose_name=gettext_lazy("By phone"))
    reached = NumberColumn(verbose_name=gettext_lazy("Spoken with"))
    reminder = NumberColumn(verbose_name=gettext_lazy("Reminders"))
    dunning_letter = NumberColumn(verbose_name=gettext_lazy("Dunning letters"))
    final_demand = NumberColumn(verbose_name=gettext_lazy("Final demands"))
    sent = NumberColumn(verbose_name=gettext_lazy("Letters known to be sent"))


class ManagerTable(BaseTable):
    """Managers side by side, over all the months. `query` carries the months to a manager's own page."""

    name = Column(verbose_name=gettext_lazy("Customer service manager"))
    currency = Column(verbose_name=gettext_lazy("Currency"))
    index = NumberColumn(verbose_name=gettext_lazy("Latest CEI"))
    letters = RecoveredColumn(verbose_name=gettext_lazy("By letters, in 30 days"))
    demands = RecoveredColumn(verbose_name=gettext_lazy("By final demands, in 30 days"))
    kept_percent = PercentColumn(verbose_name=gettext_lazy("Promises kept"))
    contacts = NumberColumn(verbose_name=gettext_lazy("Contacts made"))
    sent = NumberColumn(verbose_name=gettext_lazy("Letters sent"))

    def __init__(self, *args: Any, query: str, **kwargs: Any) -> None:
        super().__init__(*args, orderable=False, **kwargs)
        self.query = query

    def render_name(self, value: str, record: Row) -> SafeString | str:
        """Return the name, with a link to a manager's own figures."""
        if record["pk"] is None:
            return format_html("<strong>{}</strong>", value) if record["is_group"] else value
        return format_html('<a href="?{}&amp;manager={}">{}</a>', self.query, record["pk"], value)

    def render_index(self, value: Decimal, record: Row) -> SafeString:
        """Return the index and its month."""
        return format_html('{} %<br><span class="muted">{}</span>', value, record["index_month"])


@dataclass(frozen=True)
class Sheet:
    """One table of the download: its name, the headers of its columns by key, and its rows for one manager."""

    title: Promise
    headers: dict[str, Promise]
    rows: Callable[[ManagerFigures], Iterable[Row]]


def _headers(table: type[BaseTable], **more: Promise) -> dict[str, Promise]:
    return {
        name: column.verbose_name
        for name, column in table.base_columns.items()
        if not name.startswith("within_")
    } | more


SHEETS = {
    "index": Sheet(gettext_lazy("CEI"), _headers(IndexTable), index_rows),
    "recovered": Sheet(
        gettext_lazy("Recovered"),
        _headers(
            RecoveredTable,
            currency=gettext_lazy("Currency"),
            sent=gettext_lazy("Known to be sent"),
        ),
        recovered_rows,
    ),
    "promises": Sheet(gettext_lazy("Promises"), _headers(PromiseTable), promise_rows),
    "work": Sheet(gettext_lazy("Work done"), _headers(WorkTable), work_rows),
}


def sheet_table(sheet: Sheet, people: Iterable[ManagerFigures], *, sees_all: bool) -> Table:
    """Return a table of the download: one line for each row of each of the people."""
    is_recovered = sheet.rows is recovered_rows
    columns = [SheetColumn(_("Customer service manager"))]
    columns += [SheetColumn(str(header), AMOUNT_WIDTH) for header in sheet.headers.values()]
    for days in WINDOW_DAYS if is_recovered else ():
        for header in (
            _("Known within %(days)s days"),
            _("Recovered within %(days)s days"),
            _("Recovered within %(days)s days, %%"),
        ):
            columns.append(SheetColumn(header % {"days": days}, AMOUNT_WIDTH))
    return Table(columns, _sheet_lines(sheet, people, sees_all=sees_all))


def _sheet_lines(sheet: Sheet, people: Iterable[ManagerFigures], *, sees_all: bool) -> Iterator[list[Cell]]:
    for one in people:
        for row in sheet.rows(one):
            line: list[Cell] = [name_of(one, sees_all=sees_all)]
            line += [_cell(name, row.get(name)) for name in sheet.headers]
            for days in WINDOW_DAYS:
                if recovered := row.get(f"within_{days}"):
                    line += [recovered.known_amount, recovered.recovered_amount, percent(recovered.ratio)]
            yield line


def _cell(name: str, value: Any) -> Cell:
    return str(Stage(value).label) if name == "stage" else value


def stages_of(figures: Figures, currency: str) -> list[StageFigures]:
    """Return the stages of one currency, in their order."""
    return [one for one in figures.stages if one.currency == currency]

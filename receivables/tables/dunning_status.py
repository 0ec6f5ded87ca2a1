"""Where dunning stands with one customer, item by item: the table of the page and its download."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk import template_tags
from creditrisk.tables import AmountColumn, BaseTable, Column, DateColumn, NumberColumn
from creditrisk.workbooks import AMOUNT_WIDTH, DATE_WIDTH, Cell, Table
from creditrisk.workbooks import Column as SheetColumn
from receivables.dunning_wording import wait_text
from receivables.models import Stage
from receivables.selectors.dunning_status import DunningStatus, EnteredStage, ItemStatus


def next_text(item: ItemStatus) -> str:
    """Return what a run would do with an item, or why it does nothing, in the reader's language."""
    if item.next_stage:
        return str(Stage(item.next_stage).label)
    return wait_text(item.waits) if item.waits else ""


def _entered_text(entered: EnteredStage) -> str:
    parts = (
        str(Stage(entered.stage).label),
        entered.notice.number,
        entered.notice.issued_on.isoformat(),
        str(entered.notice.delivery.label),
    )
    return " ".join(part for part in parts if part)


class ItemStatusTable(BaseTable):
    """The open items of the customer `number`."""

    document = Column(verbose_name=gettext_lazy("Document"))
    due_on = DateColumn(verbose_name=gettext_lazy("Due date"))
    days_overdue = NumberColumn(verbose_name=gettext_lazy("Days past due"))
    open_amount = AmountColumn(verbose_name=gettext_lazy("Open"), currency="currency")
    disputed_amount = AmountColumn(verbose_name=gettext_lazy("In dispute"), dash_zero=True)
    demanded_amount = AmountColumn(verbose_name=gettext_lazy("To be demanded"), dash_zero=True)
    stages = Column(verbose_name=gettext_lazy("Has entered"), orderable=False, default="–")
    next = Column(verbose_name=gettext_lazy("The run of the day"), orderable=False, empty_values=())

    class Meta:
        empty_text = gettext_lazy("No item of this customer is open.")

    def __init__(self, status: DunningStatus) -> None:
        self.number = status.customer.number
        super().__init__(list(status.items))

    def render_document(self, value: str, record: ItemStatus) -> SafeString:
        """Return the document with a link to its history."""
        key = {"document": value, "due_on": record.due_on.isoformat(), "currency": record.currency}
        url = f"{reverse('receivables:aging_item', args=[self.number])}?{urlencode(key)}"
        return format_html('<a href="{}">{}</a>', url, value or "–")

    def render_stages(self, value: tuple[EnteredStage, ...]) -> SafeString:
        """Return what it entered, by day, each with a link to its notice."""
        return format_html_join(
            "",
            '<div><a href="{}">{}</a></div>',
            ((entered.notice.get_absolute_url(), _entered_text(entered)) for entered in value),
        )

    def render_next(self, record: ItemStatus) -> SafeString | str:
        """Return the stage as a badge, or why there is none."""
        if not record.next_stage:
            return format_html('<span class="muted">{}</span>', next_text(record))
        badge = template_tags.state(record.next_stage, next_text(record))
        return format_html("{} {}", badge, _("after a release")) if record.by_person else badge


def status_sheet(status: DunningStatus) -> Table:
    """Return the items of the customer as a sheet."""
    columns = [
        SheetColumn(_("Document")),
        SheetColumn(_("Contract number")),
        SheetColumn(_("Due date"), DATE_WIDTH),
        SheetColumn(_("Days past due"), 10),
        SheetColumn(_("Currency"), 10),
        SheetColumn(_("Open"), AMOUNT_WIDTH),
        SheetColumn(_("In dispute"), AMOUNT_WIDTH),
        SheetColumn(_("To be demanded"), AMOUNT_WIDTH),
        SheetColumn(_("Has entered"), 40),
        SheetColumn(_("The run of the day"), 40),
    ]
    return Table(columns, _lines(status))


def _lines(status: DunningStatus) -> Iterator[list[Cell]]:
    for item in status.items:
        yield [
            *(item.document, item.contract_number, item.due_on, item.days_overdue, item.currency),
            *(item.open_amount, item.disputed_amount, item.demanded_amount),
            ", ".join(_entered_text(entered) for entered in item.stages),
            next_text(item),
        ]

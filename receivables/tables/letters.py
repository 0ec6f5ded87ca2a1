"""The lists of letters and of the items on one."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from creditrisk.tables import A, AmountColumn, BaseTable, Column, DateColumn, NumberColumn, StateColumn
from receivables.models import Delivery, DunnedItem, DunningNotice


class LetterTable(BaseTable):
    """Reminders, letters and final demands with what became of them."""

    customer = Column(
        verbose_name=_("Customer"),
        accessor="customer__name",
        linkify=("receivables:letter_detail", [A("pk")]),
        order_by=("customer__name", "-issued_on", "-pk"),
    )
    customer_number = Column(
        verbose_name=_("Number"),
        accessor="customer__number",
        order_by=("customer__number", "-issued_on", "-pk"),
    )
    stage = StateColumn(verbose_name=_("Stage"), order_by=("stage", "-issued_on", "-pk"))
    number = Column(verbose_name=_("Letter"), order_by=("number", "-pk"))
    issued_on = DateColumn(verbose_name=_("Issued on"), order_by=("issued_on", "pk"))
    total_amount = AmountColumn(
        verbose_name=_("Amount"), currency="currency", order_by=("total_amount", "-pk")
    )
    delivery = Column(verbose_name=_("State"), order_by=("delivery_state", "-issued_on", "-pk"))

    class Meta:
        model = DunningNotice
        fields = ("customer", "customer_number", "stage", "number", "issued_on", "total_amount", "delivery")
        order_by = "-issued_on"
        empty_text = _("No letter fits. Clear the filter.")

    def render_delivery(self, value: Delivery) -> str:
        """Return the badge of what became of the notice."""
        return format_html('<span class="state state-{}">{}</span>', value.value, value.label)


class PrintTable(LetterTable):
    """The letters of a batch in the order of printing, with where they go."""

    post_code = Column(verbose_name=_("Post code"), accessor="customer__postal_code", default="–")

    class Meta(LetterTable.Meta):
        fields = ("customer", "customer_number", "post_code", "stage", "number", "issued_on", "delivery")
        sequence = fields
        exclude = ("total_amount",)
        orderable = False
        order_by = ""  # as the batch comes


class LetterItemTable(BaseTable):
    """The items of one notice."""

    document = Column(verbose_name=_("Document"), order_by=("document", "due_on"))
    document_on = DateColumn(verbose_name=_("Document date"), order_by=("document_on", "pk"))
    due_on = DateColumn(verbose_name=_("Due date"), order_by=("due_on", "document"))
    days_overdue = NumberColumn(verbose_name=_("Days overdue"), order_by=("days_overdue", "document"))
    amount = AmountColumn(verbose_name=_("Open amount"), order_by=("amount", "pk"))
    damages_amount = AmountColumn(
        verbose_name=_("Liquidated damages"), dash_zero=True, order_by=("damages_amount", "pk")
    )

    class Meta:
        model = DunnedItem
        fields = ("document", "document_on", "due_on", "days_overdue", "amount", "damages_amount")
        order_by = "due_on"

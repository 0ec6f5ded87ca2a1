"""The lists of promises to pay and of the log of collection."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from creditrisk.tables import AmountColumn, BaseTable, Column, DateColumn, StateColumn
from receivables.models import CollectionContact, Promise


class PromiseTable(BaseTable):
    """Promises to pay with what became of them, the newest first."""

    number = Column(verbose_name=_("Number"), linkify=True, order_by=("number", "pk"))
    customer = Column(
        verbose_name=_("Customer"), accessor="customer__name", order_by=("customer__name", "pk")
    )
    customer_number = Column(
        verbose_name=_("Customer number"), accessor="customer__number", order_by=("customer__number", "pk")
    )
    state = StateColumn(verbose_name=_("State"), order_by=("state", "pk"))
    amount = AmountColumn(verbose_name=_("Promised"), currency="currency", order_by=("amount", "pk"))
    paid_amount = AmountColumn(verbose_name=_("Paid so far"), order_by=("paid_amount", "pk"))
    made_on = DateColumn(verbose_name=_("Promised on"), order_by=("made_on", "pk"))
    last_due_on = DateColumn(verbose_name=_("Last instalment on"), order_by=("last_due_on", "pk"))
    decided_on = DateColumn(verbose_name=_("Decided on"), order_by=("decided_on", "pk"))

    class Meta:
        model = Promise
        fields = (
            "number",
            "customer",
            "customer_number",
            "state",
            "amount",
            "paid_amount",
            "made_on",
            "last_due_on",
            "decided_on",
        )
        order_by = "-made_on"
        empty_text = _("No promise fits.")


class ContactTable(BaseTable):
    """Attempts to reach customers with what they led to, the newest first."""

    customer = Column(
        verbose_name=_("Customer"),
        accessor="customer__name",
        order_by=("customer__name", "-happened_on", "-pk"),
        linkify=lambda record: record.customer.get_absolute_url(),
    )
    customer_number = Column(
        verbose_name=_("Customer number"), accessor="customer__number", order_by=("customer__number", "-pk")
    )
    happened_on = DateColumn(verbose_name=_("On"), order_by=("happened_on", "pk"))
    way = Column(verbose_name=_("Way"), order_by=("way", "-pk"))
    result = StateColumn(verbose_name=_("Result"), order_by=("result", "-pk"))
    spoke_to = Column(verbose_name=_("Spoke to"), order_by=("spoke_to", "-pk"))
    note = Column(verbose_name=_("Note"), order_by=("note", "-pk"))
    led_to = Column(verbose_name=_("Led to"), empty_values=(), orderable=False)
    next_on = DateColumn(verbose_name=_("Next time on"), order_by=("next_on", "-pk"))
    by = Column(verbose_name=_("Recorded by"), order_by=("by__name", "-pk"))

    class Meta:
        model = CollectionContact
        fields = (
            "customer",
            "customer_number",
            "happened_on",
            "way",
            "result",
            "spoke_to",
            "note",
            "led_to",
            "next_on",
            "by",
        )
        order_by = "-happened_on"
        empty_text = _("Nothing is recorded that fits.")

    def render_led_to(self, record: CollectionContact) -> str:
        """Return a link to the promise or the dispute."""
        for about, text in ((record.promise, record.promise), (record.dispute, _("dispute"))):
            if about is not None:
                return format_html('<a href="{}">{}</a>', about.get_absolute_url(), text)
        return ""

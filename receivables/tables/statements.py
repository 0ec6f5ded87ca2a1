"""The statements of account that were issued."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk import template_tags
from creditrisk.tables import BaseTable, Column, DateColumn
from receivables.models import Answer, Statement
from receivables.tables.uploads import totals_html


class StatementTable(BaseTable):
    """Statements, the newest first, with what became of each."""

    number = Column(verbose_name=_("Number"), linkify=True)
    customer = Column(verbose_name=_("Customer"), order_by=("customer__name", "pk"))
    as_of = DateColumn(verbose_name=_("As-of date"), order_by=("as_of", "pk"))
    totals = Column(verbose_name=_("Balances"), orderable=False, attrs={"td": {"class": "amount"}})
    issued_on = DateColumn(verbose_name=_("Issued on"), order_by=("issued_on", "pk"))
    message = Column(verbose_name=_("Sent"), orderable=False, empty_values=())
    answer = Column(verbose_name=_("Answer"), order_by=("answer", "pk"), empty_values=())

    class Meta:
        model = Statement
        fields = ("number", "customer", "as_of", "totals", "issued_on", "message", "answer")
        order_by = "-issued_on"
        empty_text = _("No statement has been issued yet.")

    def render_totals(self, value: dict[str, str]) -> str:
        """Return one balance a line."""
        return totals_html(value)

    def render_message(self, record: Statement) -> str:
        """Return what became of its mail, or that it was printed."""
        if record.message is None:
            return str(_("printed"))
        return template_tags.state(record.message.state, record.message.get_state_display())

    def render_answer(self, record: Statement) -> str:
        """Return what the slip says; an empty one has not come back."""
        if not record.answer:
            return "–"
        tone = "approved" if record.answer == Answer.AGREES else "rejected"
        return template_tags.state(tone, record.get_answer_display())

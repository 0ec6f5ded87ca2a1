"""The list of early-warning cases, and how precise each kind of warning is."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from creditrisk import template_tags
from creditrisk.tables import BaseTable, Column, DateColumn, NumberColumn
from customers.models import WarningCase, WarningKind
from customers.portfolio_tables import OVERDUE, named_customer
from customers.warning_selectors import Precision
from customers.warning_wording import CLAUSES, sentence


class CaseTable(BaseTable):
    """The cases a person may see."""

    customer = Column(verbose_name=_("Customer"), order_by=("customer__name", "pk"))
    kind = Column(verbose_name=_("Kind"), order_by=("kind", "-pk"))
    told = Column(verbose_name=_("What warns"), empty_values=(), orderable=False)
    state = Column(verbose_name=_("State"), order_by=("state", "due_on", "pk"))
    raised_on = DateColumn(verbose_name=_("Raised"), order_by=("raised_on", "pk"))
    due_on = DateColumn(verbose_name=_("Due"), order_by=("due_on", "pk"))
    owner = Column(verbose_name=_("Owner"), order_by=("owner__name", "pk"), default=_("nobody"))
    outcome = Column(verbose_name=_("Outcome"), order_by=("outcome", "pk"))

    class Meta:
        model = WarningCase
        fields = ("customer", "kind", "told", "state", "raised_on", "due_on", "owner", "outcome")
        order_by = "due_on"
        empty_text = _("No case fits. Clear the filter, or raise a warning on a customer's page.")

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def render_customer(self, record: WarningCase) -> str:
        """Return the customer, linked to the case."""
        return named_customer(record.customer, record.get_absolute_url())

    def render_told(self, record: WarningCase) -> str:
        """Return what warns, in one sentence."""
        return sentence(record.kind, record.numbers, reason=record.reason)

    def render_state(self, record: WarningCase) -> str:
        """Return the state as a badge; an open case whose day has passed is overdue."""
        if record.is_overdue(on=self.today):
            return template_tags.state("overdue", OVERDUE)
        return template_tags.state(record.state, record.get_state_display())


class PrecisionTable(BaseTable):
    """What became of the warnings of each kind."""

    kind = Column(verbose_name=_("Kind"), orderable=False)
    raised = NumberColumn(verbose_name=_("Warnings raised"), orderable=False)
    open = NumberColumn(verbose_name=_("Still open"), orderable=False)
    escalated = NumberColumn(verbose_name=_("Escalated"), orderable=False)
    acted = NumberColumn(verbose_name=_("Acted"), orderable=False)
    lost = NumberColumn(verbose_name=_("Lost"), orderable=False)
    no_action = NumberColumn(verbose_name=_("No action"), orderable=False)
    false_alarm = NumberColumn(verbose_name=_("False"), orderable=False)
    acted_pct = NumberColumn(verbose_name=_("Led to action %"), orderable=False)
    false_pct = NumberColumn(verbose_name=_("False %"), orderable=False)
    days_to_close = NumberColumn(verbose_name=_("Median days"), orderable=False)

    class Meta:
        fields = (
            "kind",
            "raised",
            "open",
            "escalated",
            "acted",
            "lost",
            "no_action",
            "false_alarm",
            "acted_pct",
            "false_pct",
            "days_to_close",
        )
        empty_text = _("No early warning was raised in this time.")

    def __init__(self, *args: Any, query: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.query = query

    def render_kind(self, record: Precision) -> str:
        """Return the kind with its clause, linked to its cases."""
        return format_html(
            '<a href="{}">{}</a> <span class="muted">{}</span>',
            self.query.format(kind=record.kind),
            WarningKind(record.kind).label,
            CLAUSES[record.kind],
        )

    def render_days_to_close(self, value: float) -> str:
        """Return the days with a half where the median lies between two."""
        return f"{value:g}"

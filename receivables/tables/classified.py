"""The classified details of receivables."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from creditrisk import template_tags
from creditrisk.tables import BaseTable, Column, NumberColumn
from receivables.classification import DUE_DEPARTS, NO_CONTRACT, OVERDUE, UNUSUAL_TERM
from receivables.models import ClassifiedDetail

DEVIATION_LABELS = {
    OVERDUE: _("past the term"),
    DUE_DEPARTS: _("due on another day than the contract says"),
    UNUSUAL_TERM: _("not one of the usual terms"),
    NO_CONTRACT: _("no contract"),
}


class DetailTable(BaseTable):
    """One row per month and service manager."""

    month_on = Column(verbose_name=_("Month"), linkify=True, order_by=("month_on", "pk"))
    service_manager = Column(verbose_name=_("Service manager"), order_by=("service_manager__name", "pk"))
    report = Column(verbose_name=_("Report"), orderable=False)
    line_count = NumberColumn(verbose_name=_("Lines"), order_by=("line_count", "pk"))
    overdue_count = NumberColumn(verbose_name=_("Overdue"), order_by=("overdue_count", "pk"))
    deviation_count = NumberColumn(verbose_name=_("With deviations"), order_by=("deviation_count", "pk"))
    signed_at = Column(verbose_name=_("State"), order_by=("signed_at", "pk"), empty_values=())

    class Meta:
        model = ClassifiedDetail
        fields = (
            "month_on",
            "service_manager",
            "report",
            "line_count",
            "overdue_count",
            "deviation_count",
            "signed_at",
        )
        order_by = "-month_on"
        empty_text = _("No classified detail has been drawn up yet.")

    def render_month_on(self, value: dt.date) -> str:
        """Return the month."""
        return f"{value:%Y-%m}"

    def render_signed_at(self, value: dt.datetime | None) -> str:
        """Return whether it is signed."""
        return (
            template_tags.state("approved", _("signed"))
            if value
            else template_tags.state("draft", _("draft"))
        )

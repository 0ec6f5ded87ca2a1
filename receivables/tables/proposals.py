"""The list of proposals about cooperation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.tables import BaseTable, Column, DateColumn, StateColumn
from receivables.models import CooperationProposal


class ProposalTable(BaseTable):
    """Proposals to stop or resume cooperation, the newest first."""

    number = Column(verbose_name=_("Number"), linkify=True, order_by=("number", "pk"))
    customer = Column(
        verbose_name=_("Customer"), accessor="customer__name", order_by=("customer__name", "pk")
    )
    customer_number = Column(
        verbose_name=_("Customer number"), accessor="customer__number", order_by=("customer__number", "pk")
    )
    kind = Column(verbose_name=_("Proposal"), order_by=("kind", "pk"))
    state = StateColumn(verbose_name=_("State"), order_by=("state", "pk"))
    proposed_on = DateColumn(verbose_name=_("Proposed on"), order_by=("proposed_on", "pk"))
    proposed_by = Column(
        verbose_name=_("Proposed by"), order_by=("proposed_by__name", "pk"), default=_("the rules")
    )
    decided_on = DateColumn(verbose_name=_("Decided on"), order_by=("decided_on", "pk"))

    class Meta:
        model = CooperationProposal
        fields = (
            "number",
            "customer",
            "customer_number",
            "kind",
            "state",
            "proposed_on",
            "proposed_by",
            "decided_on",
        )
        order_by = "-proposed_on"
        empty_text = _("No proposal fits.")

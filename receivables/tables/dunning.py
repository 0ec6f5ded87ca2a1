"""The preview of a run, the releases, and the terms of customers."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from creditrisk import template_tags
from creditrisk.tables import A, AmountColumn, BaseTable, Column, DateColumn, NumberColumn, StateColumn
from receivables.models import DunningRelease, DunningTerms, Stage


class PreviewTable(BaseTable):
    """The notices that a run would write."""

    customer = Column(
        verbose_name=_("Customer"),
        linkify=("receivables:dunning_status", [A("customer_number")]),
        order_by=("customer", "customer_number"),
    )
    customer_number = Column(
        verbose_name=_("Number"), linkify=("receivables:aging_customer", [A("customer_number")])
    )
    stage = Column(verbose_name=_("Stage"), orderable=False)
    amount = AmountColumn(verbose_name=_("Amount"), currency="currency")
    items = NumberColumn(verbose_name=_("Items"), accessor="items")
    oldest_days = NumberColumn(verbose_name=_("Oldest, days past due"))
    has_address = Column(verbose_name=_("Goes by"), orderable=False)

    class Meta:
        fields = ("customer", "customer_number", "stage", "amount", "items", "oldest_days", "has_address")
        empty_text = _("Nothing is due on this day.")

    def render_stage(self, value: str) -> str:
        """Return the stage as a badge."""
        return template_tags.state(value, Stage(value).label)

    def render_has_address(self, value: bool) -> str:
        """Return how the notice reaches the customer."""
        return str(_("mail") if value else _("post"))


class ReleaseTable(BaseTable):
    """What people released."""

    on = DateColumn(verbose_name=_("Day"), order_by=("on", "pk"))
    stages = Column(verbose_name=_("Stages"), orderable=False)
    left_out = Column(verbose_name=_("Left out"), orderable=False)
    state = StateColumn(verbose_name=_("State"), order_by=("state", "pk"))
    notices = NumberColumn(verbose_name=_("Notices"), order_by=("notices", "pk"))
    released_by = Column(verbose_name=_("Released by"), order_by=("released_by__name", "pk"))
    released_at = DateColumn(verbose_name=_("Released at"), order_by=("released_at", "pk"))

    class Meta:
        model = DunningRelease
        fields = ("on", "stages", "left_out", "state", "notices", "released_by", "released_at")
        order_by = "-released_at"
        empty_text = _("Nothing was released by hand yet.")

    def render_stages(self, value: list[str]) -> str:
        """Return the stages by name."""
        return ", ".join(str(Stage(stage).label) for stage in value)

    def render_left_out(self, value: list[str]) -> str:
        """Return the numbers that were left out."""
        return ", ".join(value) or "–"

    def render_state(self, value: str, record: DunningRelease) -> str:
        """Return the state; a failed one with its error."""
        badge = template_tags.state(record.state, value)
        if not record.error:
            return badge
        return format_html('{} <span class="muted">{}</span>', badge, record.error)


class TermsTable(BaseTable):
    """The customers and contracts that are dunned differently."""

    customer = Column(
        verbose_name=_("Customer"),
        linkify=("receivables:dunning_terms", [A("customer__number")]),
        order_by=("customer__name", "pk"),
    )
    contract = Column(verbose_name=_("Contract"), order_by=("contract__number", "pk"), default="–")
    is_excluded = Column(verbose_name=_("Not dunned"), order_by=("is_excluded", "pk"))
    days = Column(verbose_name=_("Days of the stages"), orderable=False, empty_values=())
    minimum_amount = AmountColumn(verbose_name=_("Least amount"), order_by=("minimum_amount", "pk"))
    letter_interval_days = NumberColumn(verbose_name=_("Days between letters"))
    valid_to_on = DateColumn(verbose_name=_("Valid to"), order_by=("valid_to_on", "pk"))
    reason = Column(verbose_name=_("Reason"), orderable=False)

    class Meta:
        model = DunningTerms
        fields = (
            "customer",
            "contract",
            "is_excluded",
            "days",
            "minimum_amount",
            "letter_interval_days",
            "valid_to_on",
            "reason",
        )
        order_by = "customer"
        empty_text = _("Every customer is dunned as the policy says.")

    def render_is_excluded(self, value: bool) -> str:
        """Return yes or a dash."""
        return str(_("yes")) if value else "–"

    def render_days(self, record: DunningTerms) -> str:
        """Return the own first days of the stages; a dash for the policy's."""
        days = (record.reminder_from_day, record.letter_from_day, record.final_demand_from_day)
        return " / ".join("–" if day is None else str(day) for day in days)

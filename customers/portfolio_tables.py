"""Lists of visits, follow-ups, handovers, files to confirm, and of people whose customers go to others."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from creditrisk import template_tags
from creditrisk.accounts.models import User
from creditrisk.policy.schema import ReviewCycleRules
from creditrisk.tables import A, BaseTable, Column, DateColumn, NumberColumn, StateColumn
from customers.file_confirmation import standing_on
from customers.models import Customer, FollowUp, Handover, Visit

STANDINGS = {"overdue": _("overdue"), "due": _("due soon"), "confirmed": _("confirmed")}
OVERDUE = _("overdue")
UNBROKEN = {"td": {"class": "date"}}


def named_customer(customer: Customer, url: str) -> str:
    """Return the customer's name linked to `url`, with his number beside it."""
    return format_html(
        '<a href="{}">{}</a> <span class="muted">{}</span>', url, customer.name, customer.number
    )


class RiskColumn(Column):
    """A risk signal as a badge; nothing while the visit is not done."""

    def render(self, value: Any, record: Visit) -> str:
        """Return the cell's HTML."""
        return template_tags.state(f"risk_{record.risk_signal}", record.get_risk_signal_display())


class VisitTable(BaseTable):
    """The visits a person may see."""

    customer = Column(verbose_name=_("Customer"), order_by=("customer__name", "pk"))
    purpose = Column(verbose_name=_("Purpose"), order_by=("purpose", "pk"))
    state = Column(verbose_name=_("State"), order_by=("state", "-pk"))
    held_on = DateColumn(verbose_name=_("Day"), order_by=("held_on", "pk"))
    channel = Column(verbose_name=_("Channel"), order_by=("channel", "pk"))
    responsible = Column(verbose_name=_("Person"), order_by=("responsible__name", "pk"))
    risk_signal = RiskColumn(verbose_name=_("Risk signal"), order_by=("risk_signal", "pk"))
    open_follow_ups = NumberColumn(verbose_name=_("Open follow-ups"), order_by=("open_follow_ups", "pk"))

    class Meta:
        model = Visit
        fields = (
            "customer",
            "purpose",
            "state",
            "held_on",
            "channel",
            "responsible",
            "risk_signal",
            "open_follow_ups",
        )
        order_by = "-held_on"
        empty_text = _("No visit fits. Clear the filter, or plan a visit on a customer's page.")

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def render_customer(self, record: Visit) -> str:
        """Return the customer, linked to the visit."""
        return named_customer(record.customer, record.get_absolute_url())

    def render_state(self, record: Visit) -> str:
        """Return the state as a badge; a plan whose day has passed is overdue."""
        if record.is_overdue(on=self.today):
            return template_tags.state("overdue", OVERDUE)
        return template_tags.state(record.state, record.get_state_display())


class FollowUpTable(BaseTable):
    """What a person still has to do after visits."""

    customer = Column(
        verbose_name=_("Customer"), accessor="visit__customer", order_by=("visit__customer__name", "pk")
    )
    text = Column(verbose_name=_("What is to be done"), order_by=("text", "pk"))
    due_on = DateColumn(verbose_name=_("Due"), order_by=("due_on", "pk"))
    state = Column(verbose_name=_("State"), empty_values=(), orderable=False)

    class Meta:
        model = FollowUp
        fields = ("customer", "text", "due_on", "state")
        order_by = "due_on"
        prefix = "follow-ups-"
        empty_text = _("Nothing is left to be done after visits.")

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def render_customer(self, record: FollowUp) -> str:
        """Return the customer, linked to the visit that the follow-up comes from."""
        url = f"{record.visit.get_absolute_url()}#follow-up-{record.pk}"
        return named_customer(record.visit.customer, url)

    def render_state(self, record: FollowUp) -> str:
        """Return whether it is overdue or open, as a badge."""
        if record.is_overdue(on=self.today):
            return template_tags.state("overdue", OVERDUE)
        return template_tags.state("open", _("open"))


class HandoverTable(BaseTable):
    """The handovers a person may see."""

    customer = Column(verbose_name=_("Customer"), order_by=("customer__name", "pk"))
    state = StateColumn(verbose_name=_("State"), order_by=("state", "-pk"))
    proposed_by = Column(verbose_name=_("Proposed by"), order_by=("proposed_by__name", "pk"))
    recipient = Column(verbose_name=_("Customer service manager"), order_by=("recipient__name", "pk"))
    proposed_at = DateColumn(verbose_name=_("Proposed at"), order_by=("proposed_at", "pk"))
    decided_at = DateColumn(verbose_name=_("Decided at"), order_by=("decided_at", "pk"))

    class Meta:
        model = Handover
        fields = ("customer", "state", "proposed_by", "recipient", "proposed_at", "decided_at")
        order_by = "-proposed_at"
        empty_text = _("No handover fits. An account manager proposes one on his customer's page.")

    def render_customer(self, record: Handover) -> str:
        """Return the customer, linked to the handover."""
        return named_customer(record.customer, record.get_absolute_url())


class FileTable(BaseTable):
    """Customer files by when they have to be confirmed again (P4.3)."""

    name = Column(verbose_name=_("Customer"), order_by=("name", "number"))
    standing = Column(verbose_name=_("State"), empty_values=(), orderable=False)
    confirmation_due_on = DateColumn(
        verbose_name=_("To confirm by"), order_by=("confirmation_due_on", "number")
    )
    confirmed_on = DateColumn(verbose_name=_("Confirmed on"), order_by=("confirmed_on", "number"))
    reviewed_on = DateColumn(verbose_name=_("Last review"), order_by=("reviewed_on", "number"))
    account_manager = Column(verbose_name=_("Account manager"), order_by=("account_manager__name", "number"))
    service_manager = Column(verbose_name=_("Service manager"), order_by=("service_manager__name", "number"))

    class Meta:
        model = Customer
        fields = (
            "name",
            "standing",
            "confirmation_due_on",
            "confirmed_on",
            "reviewed_on",
            "account_manager",
            "service_manager",
        )
        order_by = "confirmation_due_on"
        empty_text = _("No file asks to be confirmed.")

    def __init__(self, *args: Any, today: dt.date, rules: ReviewCycleRules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.rules = rules

    def render_name(self, record: Customer) -> str:
        """Return the customer, linked to the page on which his file is confirmed."""
        return named_customer(record, reverse("portfolio:confirm", args=[record.number]))

    def render_standing(self, record: Any) -> str:
        """Return whether the file is overdue, due or confirmed, as a badge."""
        standing = standing_on(record.confirmation_due_on, on=self.today, rules=self.rules)
        return template_tags.state(standing, STANDINGS[standing])


class PeopleTable(BaseTable):
    """The people whose customers may be given to others."""

    name = Column(
        verbose_name=_("Person"), linkify=("portfolio:reassign", [A("pk")]), order_by=("name", "username")
    )
    department = Column(verbose_name=_("Department"), order_by=("department__name", "username"))
    is_active = Column(verbose_name=_("At work"), order_by=("is_active", "username"))
    managed_count = NumberColumn(verbose_name=_("As account manager"), order_by=("managed_count", "username"))
    serviced_count = NumberColumn(
        verbose_name=_("As service manager"), order_by=("serviced_count", "username")
    )
    handover_count = NumberColumn(
        verbose_name=_("Handovers waiting"), order_by=("handover_count", "username")
    )

    class Meta:
        model = User
        fields = (
            "name",
            "department",
            "is_active",
            "managed_count",
            "serviced_count",
            "handover_count",
        )
        order_by = ("is_active", "name")
        empty_text = _("Nobody in your department has customers.")

    def render_is_active(self, value: bool) -> str:
        """Return whether the person can still log in, as a badge: who has left comes first."""
        if value:
            return template_tags.state("active", _("yes"))
        return template_tags.state("closed", _("has left"))

"""Lists of contracts, disputes, self-checks, overrides and deposit entries."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from creditrisk.tables import AmountColumn, BaseTable, Column, DateColumn, StateColumn
from customers.models import Contract, ContractDispute, ContractOverride, Customer, DepositEntry, SelfCheck

UNBROKEN = {"td": {"class": "text-nowrap"}}


class CustomerLinkColumn(Column):
    """The customer's name, linked to his page, with his number beside it."""

    def render(self, value: Customer) -> str:
        """Return the cell's HTML."""
        return format_html(
            '<a href="{}">{}</a> <span class="muted">{}</span>',
            reverse("customers:detail", args=[value.number]),
            value.name,
            value.number,
        )


class ContractListTable(BaseTable):
    """The contracts a person may see. `today` marks terms that have run out."""

    number = Column(verbose_name=_("Contract number"), linkify=True, attrs=UNBROKEN, order_by=("number",))
    customer = CustomerLinkColumn(verbose_name=_("Customer"), order_by=("customer__name", "number"))
    state = StateColumn(verbose_name=_("State"), order_by=("state", "number"))
    service_type = Column(verbose_name=_("Service type"), order_by=("service_type", "number"))
    amount = AmountColumn(verbose_name=_("Amount"), currency="currency", order_by=("amount", "number"))
    signed_on = DateColumn(verbose_name=_("Signed on"), order_by=("signed_on", "number"))
    ends_on = DateColumn(verbose_name=_("Ends on"), order_by=("ends_on", "number"))
    handler = Column(verbose_name=_("Handler"), order_by=("handler__name", "number"))

    class Meta:
        model = Contract
        fields = (
            "number",
            "customer",
            "state",
            "service_type",
            "amount",
            "signed_on",
            "ends_on",
            "handler",
        )
        order_by = "-signed_on"
        empty_text = _("No contract fits. Clear the filter, or record a contract on a customer's page.")

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def render_ends_on(self, value: dt.date, record: Contract) -> str:
        """Return the end of the term; of a contract that still runs after it, marked."""
        if record.ended_on is None and value < self.today:
            return format_html(
                '<span class="overdue" title="{}">{}</span>',
                gettext("The term has run out."),
                f"{value:%Y-%m-%d}",
            )
        return f"{value:%Y-%m-%d}"


class DisputeTable(BaseTable):
    """The disputes a person may see."""

    subject = Column(verbose_name=_("Subject"), linkify=True, order_by=("subject", "pk"))
    contract = Column(
        verbose_name=_("Contract"), linkify=True, attrs=UNBROKEN, order_by=("contract__number", "pk")
    )
    customer = CustomerLinkColumn(
        verbose_name=_("Customer"),
        order_by=("customer__name", "pk"),
    )
    reason = Column(verbose_name=_("Reason"), order_by=("reason", "pk"))
    state = StateColumn(verbose_name=_("State"), order_by=("state", "pk"))
    disputed_amount = AmountColumn(
        verbose_name=_("Amount in dispute"),
        currency="currency",
        order_by=("disputed_amount", "pk"),
    )
    owner = Column(verbose_name=_("Owner"), order_by=("owner__name", "pk"))
    opened_on = DateColumn(verbose_name=_("Opened on"), order_by=("opened_on", "pk"))
    deadline_on = DateColumn(verbose_name=_("To be settled by"), order_by=("deadline_on", "pk"))
    closed_on = DateColumn(verbose_name=_("Closed on"), order_by=("closed_on", "pk"))

    class Meta:
        model = ContractDispute
        fields = (
            "subject",
            "contract",
            "customer",
            "reason",
            "state",
            "disputed_amount",
            "owner",
            "opened_on",
            "deadline_on",
            "closed_on",
        )
        order_by = "-opened_on"
        empty_text = _("No dispute fits.")


class SelfCheckTable(BaseTable):
    """A person's open self-checks, the first due first."""

    contract = Column(verbose_name=_("Contract"), attrs=UNBROKEN, order_by=("contract__number", "pk"))
    customer = CustomerLinkColumn(
        verbose_name=_("Customer"),
        accessor="contract__customer",
        order_by=("contract__customer__name", "pk"),
    )
    role = Column(verbose_name=_("As"), order_by=("role", "pk"))
    period_starts_on = DateColumn(verbose_name=_("Period from"), order_by=("period_starts_on", "pk"))
    period_ends_on = DateColumn(verbose_name=_("Due by"), order_by=("period_ends_on", "pk"))

    class Meta:
        model = SelfCheck
        fields = ("contract", "customer", "role", "period_starts_on", "period_ends_on")
        order_by = "period_ends_on"
        empty_text = _("No self-check waits for you.")

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def render_contract(self, value: Contract, record: SelfCheck) -> str:
        """Return the contract's number, linked to the task."""
        return format_html('<a href="{}">{}</a>', record.get_absolute_url(), value.number)

    def render_period_ends_on(self, value: dt.date, record: SelfCheck) -> str:
        """Return the day by which the answer is due; one that has passed is marked."""
        text = f"{value:%Y-%m-%d}"
        return format_html('<span class="overdue">{}</span>', text) if record.is_overdue(self.today) else text


class DoneSelfCheckTable(SelfCheckTable):
    """The self-checks of a person's customers that are answered, or lapsed."""

    state = StateColumn(verbose_name=_("State"), order_by=("state", "pk"))
    is_as_contracted = Column(verbose_name=_("As contracted"), order_by=("is_as_contracted", "pk"))
    done_by = Column(verbose_name=_("Done by"), order_by=("done_by__name", "pk"))
    done_on = DateColumn(verbose_name=_("Done on"), order_by=("done_on", "pk"))

    class Meta(SelfCheckTable.Meta):
        order_by = "-done_on"
        empty_text = _("No self-check is done yet.")

    def render_is_as_contracted(self, value: bool) -> str:
        """Return yes or no."""
        return gettext("yes") if value else gettext("no")


class OverrideTable(BaseTable):
    """The overrides a person may see, the latest first."""

    customer = Column(verbose_name=_("Customer"), order_by=("customer__name", "pk"))
    state = StateColumn(verbose_name=_("State"), order_by=("state", "pk"))
    requested_by = Column(verbose_name=_("Requested by"), order_by=("requested_by__name", "pk"))
    requested_at = DateColumn(verbose_name=_("Requested at"), order_by=("requested_at", "pk"))
    decided_by = Column(verbose_name=_("Decided by"), order_by=("decided_by__name", "pk"))
    valid_to_on = DateColumn(verbose_name=_("Valid to"), order_by=("valid_to_on", "pk"))
    used_by = Column(verbose_name=_("Contract"), linkify=True, order_by=("used_by__number", "pk"))

    class Meta:
        model = ContractOverride
        fields = (
            "customer",
            "state",
            "requested_by",
            "requested_at",
            "decided_by",
            "valid_to_on",
            "used_by",
        )
        order_by = "-requested_at"
        empty_text = _("No override was ever asked for.")

    def render_customer(self, value: Customer, record: ContractOverride) -> str:
        """Return the customer, linked to the override."""
        return format_html(
            '<a href="{}">{}</a> <span class="muted">{}</span>',
            record.get_absolute_url(),
            value.name,
            value.number,
        )


class DepositEntryTable(BaseTable):
    """A customer's deposit ledger. `reversible`: the entries that this person may reverse, by primary key."""

    happened_on = DateColumn(verbose_name=_("On"), order_by=("happened_on", "pk"))
    kind = StateColumn(verbose_name=_("Kind"), order_by=("kind", "pk"))
    contract = Column(
        verbose_name=_("Contract"),
        accessor="account__contract",
        linkify=True,
        attrs=UNBROKEN,
        orderable=False,
    )
    effect_amount = AmountColumn(
        verbose_name=_("Change"), currency="account__currency", order_by=("effect_amount", "pk")
    )
    balance_amount = AmountColumn(verbose_name=_("Balance"), currency="account__currency", orderable=False)
    why = Column(verbose_name=_("Why"), accessor="reason", orderable=False, empty_values=())
    by = Column(verbose_name=_("Recorded by"), order_by=("by__name", "pk"))
    undo = Column(verbose_name="", accessor="pk", orderable=False)

    class Meta:
        model = DepositEntry
        fields = (
            "happened_on",
            "kind",
            "contract",
            "effect_amount",
            "balance_amount",
            "why",
            "by",
            "undo",
        )
        empty_text = _("No deposit was received yet.")

    def __init__(self, *args: Any, reversible: frozenset[int] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reversible = reversible

    def render_effect_amount(self, value: Decimal, record: DepositEntry) -> str:
        """Return the change with its sign."""
        return format_html(
            '<span class="currency">{}</span> <span class="{}">{}</span>',
            record.account.currency,
            "negative" if value < 0 else "number",
            f"{value:+,.2f}",
        )

    def render_why(self, record: DepositEntry) -> str:
        """Return reference, reason and decision, and what a reversal undoes."""
        parts = [record.reference, record.reason, record.decision]
        if record.reverses is not None:
            undone = gettext("reverses the entry of %(date)s")
            parts.insert(0, undone % {"date": f"{record.reverses.happened_on:%Y-%m-%d}"})
        if hasattr(record, "reversed_by"):
            parts.append(gettext("reversed"))
        return " · ".join(filter(None, parts)) or "–"

    def render_undo(self, value: int, record: DepositEntry) -> str:
        """Return the link that undoes the entry, where this person may."""
        if value not in self.reversible:
            return ""
        address = reverse("customers:deposit_reverse", args=[record.account.customer.number, value])
        return format_html('<a href="{}">{}</a>', address, gettext("Reverse"))

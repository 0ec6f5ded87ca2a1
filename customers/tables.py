"""Lists of customers and contracts."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from creditrisk.tables import AmountColumn, BaseTable, Column, DateColumn, StateColumn
from customers.models import Contract, Customer

CUSTOMER_LIST = "customers:list"


class GradeColumn(Column):
    """A credit grade as a badge; a provisional one says so."""

    def render(self, value: str, record: Customer) -> str:
        """Return the cell's HTML."""
        badge = format_html('<span class="state grade state-{0}">{0}</span>', record.grade)
        if record.grade_is_provisional:
            return format_html('{} <span class="muted">{}</span>', badge, _("provisional"))
        return badge


class CustomerTable(BaseTable):
    """The customer list. Whoever sorts sorts by one of these columns, ties by number."""

    name = Column(verbose_name=_("Customer"), linkify=True, order_by=("name", "number"))
    number = Column(verbose_name=_("Number"))
    state = StateColumn(verbose_name=_("State"), order_by=("state", "number"))
    grade = GradeColumn(verbose_name=_("Grade"), order_by=("grade", "number"))
    credit_limit_amount = AmountColumn(
        verbose_name=_("Credit limit"),
        currency="credit_limit_currency",
        order_by=("credit_limit_amount", "number"),
    )
    account_manager = Column(verbose_name=_("Account manager"), order_by=("account_manager__name", "number"))
    service_manager = Column(verbose_name=_("Service manager"), order_by=("service_manager__name", "number"))
    reviewed_on = DateColumn(verbose_name=_("Last review"), order_by=("reviewed_on", "number"))

    class Meta:
        model = Customer
        fields = (
            "name",
            "number",
            "state",
            "grade",
            "credit_limit_amount",
            "account_manager",
            "service_manager",
            "reviewed_on",
        )
        order_by = "number"
        empty_text = _("No customer fits. Clear the filter, or open a new customer file.")

    def render_name(self, value: str, record: Customer) -> str:
        """Return the name, with the English one beside it where there is one."""
        if not record.name_en:
            return value
        return format_html('{} <span class="muted">{}</span>', value, record.name_en)


class ContractTable(BaseTable):
    """A customer's contracts on his page."""

    number = Column(verbose_name=_("Contract number"), linkify=True, attrs={"td": {"class": "text-nowrap"}})
    state = StateColumn(verbose_name=_("State"), order_by=("state", "number"))
    service_type = Column(verbose_name=_("Service type"), order_by=("service_type", "number"))
    amount = AmountColumn(verbose_name=_("Amount"), currency="currency", order_by=("amount", "number"))
    signed_on = DateColumn(verbose_name=_("Signed on"), order_by=("signed_on", "number"))
    ends_on = DateColumn(verbose_name=_("Ends on"), order_by=("ends_on", "number"))
    payment_term = Column(
        verbose_name=_("Payment term"), order_by=("payment_term_kind", "payment_term_days", "number")
    )
    handler = Column(verbose_name=_("Handler"), order_by=("handler__name", "number"))

    class Meta:
        model = Contract
        fields = (
            "number",
            "state",
            "service_type",
            "amount",
            "signed_on",
            "ends_on",
            "payment_term",
            "handler",
        )
        order_by = "-signed_on"
        prefix = "contracts-"
        empty_text = _("No contract yet.")

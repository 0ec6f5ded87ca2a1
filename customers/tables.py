"""Lists of customers and contracts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from creditrisk.tables import AmountColumn, BaseTable, Column, DateColumn, NumberColumn, StateColumn
from creditrisk.template_tags import state
from customers.models import Contract, Customer, Qualification
from customers.validity import days_left, validity

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

    READ = (
        *("number", "name", "name_en", "state", "grade", "grade_is_provisional", "reviewed_on"),
        *("credit_limit_amount", "credit_limit_currency"),
        *("account_manager__name", "account_manager__username"),
        *("service_manager__name", "service_manager__username"),
    )
    """The columns of the database that a row shows."""

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
        )
        order_by = "-signed_on"
        prefix = "contracts-"
        empty_text = _("No contract yet.")


VALIDITY_LABELS = {
    "valid": _("valid"),
    "ending": _("ends soon"),
    "expired": _("expired"),
    "not_yet_valid": _("not yet valid"),
    "retired": _("retired"),
}


def validity_badge(
    qualification: Qualification, *, today: dt.date, ending_within_days: int
) -> tuple[str, str]:
    """Return the code and the translated label of the qualification's state on the day of the page."""
    code = validity(
        valid_from_on=qualification.valid_from_on,
        valid_to_on=qualification.valid_to_on,
        is_retired=qualification.is_retired,
        on=today,
        ending_within_days=ending_within_days,
    )
    return code, str(VALIDITY_LABELS[code])


class QualificationTable(BaseTable):
    """What ends soon or has ended, the most urgent first. `today` and the days of the first reminder decide the
    states."""

    customer = Column(
        verbose_name=_("Customer"),
        accessor="customer__name",
        linkify=lambda record: f"{record.customer.get_absolute_url()}#qualifications",
        order_by=("customer__name", "valid_to_on", "pk"),
    )
    customer_number = Column(
        verbose_name=_("Customer number"),
        accessor="customer__number",
        order_by=("customer__number", "valid_to_on", "pk"),
    )
    kind = Column(verbose_name=_("Qualification"), order_by=("kind", "valid_to_on", "pk"))
    number = Column(verbose_name=_("Number"), order_by=("number", "pk"))
    valid_to_on = DateColumn(verbose_name=_("Valid to"), order_by=("valid_to_on", "customer__number", "pk"))
    days = NumberColumn(
        verbose_name=_("Days left"),
        accessor="valid_to_on",
        order_by=("valid_to_on", "customer__number", "pk"),
    )
    state = Column(verbose_name=_("State"), accessor="valid_to_on", orderable=False)
    account_manager = Column(
        verbose_name=_("Account manager"),
        accessor="customer__account_manager",
        order_by=("customer__account_manager__name", "valid_to_on", "pk"),
    )
    service_manager = Column(
        verbose_name=_("Service manager"),
        accessor="customer__service_manager",
        order_by=("customer__service_manager__name", "valid_to_on", "pk"),
    )

    class Meta:
        model = Qualification
        fields = (
            "customer",
            "customer_number",
            "kind",
            "number",
            "valid_to_on",
            "days",
            "state",
            "account_manager",
            "service_manager",
        )
        order_by = "valid_to_on"
        empty_text = _("Nothing ends in these days. Ask for more days, or clear the filter.")

    def __init__(self, *args: Any, today: dt.date, ending_within_days: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.ending_within_days = ending_within_days

    def render_kind(self, record: Qualification) -> str:
        """Return what the qualification is called."""
        return record.label

    def render_days(self, value: dt.date) -> str:
        """Return the days left; below zero it has expired."""
        return str(days_left(value, self.today))

    def render_state(self, record: Qualification) -> str:
        """Return the badge of the state on the day of the page."""
        return state(*validity_badge(record, today=self.today, ending_within_days=self.ending_within_days))

"""The lists behind the dashboard's figures, and those of the log of case reviews."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from creditrisk import template_tags
from creditrisk.accounts.roles import Role
from creditrisk.tables import A, AmountColumn, BaseTable, Column, DateColumn, NumberColumn, StateColumn
from creditrisk.workbooks import AMOUNT_WIDTH, Table
from creditrisk.workbooks import Column as SheetColumn
from customers.models import Customer, CustomerQuerySet, SelfCheck, SelfCheckState
from reviews.models import ApprovalStep
from supervision.models import CaseFollowUp, CaseReview

OVERDUE, OPEN, DONE = _("overdue"), _("open"), _("done")


class GradedCustomerTable(BaseTable):
    """Customers with their grades at two times and what they owe, in the company's currency."""

    number = Column(verbose_name=_("Number"))
    name = Column(linkify=True, verbose_name=_("Name"))
    grade_then = Column(verbose_name=_("A year before"))
    grade_now = Column(verbose_name=_("Grade"))
    exposure_amount = AmountColumn(verbose_name=_("Exposure"))
    overdue_amount = AmountColumn(verbose_name=_("Overdue"))

    class Meta:
        model = Customer
        fields = ("number", "name", "grade_then", "grade_now", "exposure_amount", "overdue_amount")
        order_by = "-exposure_amount"
        empty_text = _("No customer fits.")

    def __init__(self, *args: Any, as_of: dt.date, **kwargs: Any) -> None:
        self.as_of = as_of
        super().__init__(*args, **kwargs)

    def order_exposure_amount(
        self, queryset: CustomerQuerySet, is_descending: bool
    ) -> tuple[CustomerQuerySet, bool]:
        """Sort; who owes nothing comes last either way."""
        return _nulls_last(queryset, "exposure_amount", is_descending), True

    def order_overdue_amount(
        self, queryset: CustomerQuerySet, is_descending: bool
    ) -> tuple[CustomerQuerySet, bool]:
        """Sort; who owes nothing comes last either way."""
        return _nulls_last(queryset, "overdue_amount", is_descending), True

    def render_grade_then(self, value: str) -> SafeString:
        return _grade(value)

    def render_grade_now(self, value: str) -> SafeString:
        return _grade(value)

    def render_exposure_amount(self, value: Any, record: Customer) -> SafeString:
        url = f"{reverse('receivables:aging_customer', args=[record.number])}?as_of={self.as_of}"
        return format_html('<a href="{}">{}</a>', url, template_tags.amount(value))


def _nulls_last(queryset: CustomerQuerySet, field: str, is_descending: bool) -> CustomerQuerySet:
    key = F(field).desc(nulls_last=True) if is_descending else F(field).asc(nulls_last=True)
    ordered: CustomerQuerySet = queryset.order_by(key, "number")
    return ordered


def _grade(value: str) -> SafeString:
    return format_html('<span class="state grade state-{}">{}</span>', value, value)


class ApprovalTable(BaseTable):
    """Steps that wait for a decision."""

    review = Column(linkify=("reviews:detail", [A("review__number")]), verbose_name=_("Review"))
    customer = Column(
        accessor="review__customer",
        linkify=True,
        order_by="review__customer__number",
        verbose_name=_("Customer"),
    )
    role = Column(verbose_name=_("Role"))
    assignee = Column(verbose_name=_("Taken on by"))
    opened_at = DateColumn(verbose_name=_("Waiting since"))
    due_on = DateColumn(verbose_name=_("Due"))

    class Meta:
        model = ApprovalStep
        fields = ("review", "customer", "role", "assignee", "opened_at", "due_on")
        order_by = "opened_at"
        empty_text = _("Nothing waits for a decision.")

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def render_role(self, record: ApprovalStep) -> str:
        return str(Role(record.role).label)

    def render_due_on(self, value: dt.date) -> SafeString | str:
        return _day(value, is_late=value < self.today)


class SelfCheckTable(BaseTable):
    """Self-checks with who is asked, and what became of them."""

    contract = Column(linkify=("contracts:detail", [A("contract__pk")]), verbose_name=_("Contract"))
    customer = Column(
        accessor="contract__customer",
        linkify=True,
        order_by="contract__customer__number",
        verbose_name=_("Customer"),
    )
    role = Column(verbose_name=_("Role"))
    asked = Column(empty_values=(), orderable=False, verbose_name=_("Asked of"))
    period_ends_on = DateColumn(verbose_name=_("Period to"))
    state = StateColumn(verbose_name=_("State"))
    done_on = DateColumn(verbose_name=_("Done on"))

    class Meta:
        model = SelfCheck
        fields = ("contract", "customer", "role", "asked", "period_ends_on", "state", "done_on")
        order_by = "-period_ends_on"
        empty_text = _("No self-check fits.")

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def render_role(self, record: SelfCheck) -> str:
        return str(Role(record.role).label)

    def render_asked(self, record: SelfCheck) -> str:
        customer = record.contract.customer
        is_account_manager = record.role == Role.ACCOUNT_MANAGER
        manager = customer.account_manager if is_account_manager else customer.service_manager
        return str(manager or "–")

    def render_state(self, record: SelfCheck) -> SafeString:
        if record.is_overdue(self.today):
            return template_tags.state("overdue", OVERDUE)
        return template_tags.state(record.state, SelfCheckState(record.state).label)


class CaseReviewTable(BaseTable):
    """Meetings, the latest first."""

    number = Column(linkify=True, verbose_name=_("Number"))
    held_on = DateColumn(verbose_name=_("Held on"))
    title = Column(linkify=True, verbose_name=_("Title"))
    kind = Column(verbose_name=_("Kind"))
    state = StateColumn(verbose_name=_("State"))
    discussed = NumberColumn(verbose_name=_("Customers discussed"))
    open_follow_ups = NumberColumn(verbose_name=_("Open follow-ups"))

    class Meta:
        model = CaseReview
        fields = ("number", "held_on", "title", "kind", "state", "discussed", "open_follow_ups")
        order_by = "-held_on"
        empty_text = _("No case review yet.")


class CaseFollowUpTable(BaseTable):
    """What is to be done after meetings."""

    text = Column(verbose_name=_("What is to be done"), linkify=True)
    review = Column(accessor="review__title", order_by="review__held_on", verbose_name=_("Meeting"))
    customer = Column(linkify=True, order_by="customer__number", verbose_name=_("Customer"))
    responsible = Column(order_by="responsible__name", verbose_name=_("Person responsible"))
    due_on = DateColumn(verbose_name=_("Due"))
    state = Column(empty_values=(), orderable=False, verbose_name=_("State"))
    result = Column(orderable=False, verbose_name=_("Result"))

    class Meta:
        model = CaseFollowUp
        fields = ("text", "review", "customer", "responsible", "due_on", "state", "result")
        order_by = "due_on"
        empty_text = _("Nothing is to be done.")

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def render_due_on(self, value: dt.date, record: CaseFollowUp) -> SafeString | str:
        return _day(value, is_late=record.is_overdue(on=self.today))

    def render_state(self, record: CaseFollowUp) -> SafeString:
        if record.done_at:
            return template_tags.state("done", DONE)
        is_late = record.is_overdue(on=self.today)
        return template_tags.state("overdue" if is_late else "open", OVERDUE if is_late else OPEN)


def _day(value: dt.date, *, is_late: bool) -> SafeString | str:
    text = f"{value:%Y-%m-%d}"
    return format_html('<span class="overdue">{}</span>', text) if is_late else text


def graded_sheet(customers: Any, *, base_currency: str) -> Table:
    """Return the graded customers as a sheet."""
    heads = [
        _("Number"),
        _("Name"),
        _("A year before"),
        _("Grade"),
        _("Exposure") + f" {base_currency}",
        _("Overdue") + f" {base_currency}",
    ]
    rows = customers.values_list(
        "number", "name", "grade_then", "grade_now", "exposure_amount", "overdue_amount"
    )
    return Table([SheetColumn(str(head), AMOUNT_WIDTH) for head in heads], rows.iterator(chunk_size=2000))

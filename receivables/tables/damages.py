"""Liquidated damages by customer, and the lines of one customer's statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk import template_tags
from creditrisk.tables import A, BaseTable, Column, NumberColumn
from creditrisk.workbooks import AMOUNT_WIDTH, DATE_WIDTH, Cell, Table
from creditrisk.workbooks import Column as SheetColumn
from customers.models import Customer
from receivables.damages import exact
from receivables.letters.amounts import percentage
from receivables.selectors.damages import DamagesAccount, DamagesTotal, ItemDamages, Settlement

NOTHING = Decimal("0.00")
AMOUNT = {part: {"class": "amount"} for part in ("th", "td")}


def source_text(item: ItemDamages) -> str:
    """Return who set an item's rate and cap, in the reader's language."""
    told = []
    if item.terms.contract_number:
        told.append(_("contract %(number)s") % {"number": item.terms.contract_number})
    if item.terms.policy_version:
        told.append(_("policy %(version)s") % {"version": item.terms.policy_version})
    return ", ".join(told)


class DamagesTable(BaseTable):
    """Customers with what accrued, was settled and is left, one line a currency.

    `accounts` are those of all rows where they may be sorted by amount: damages are counted when they are shown, and of
    some customers at once only. Otherwise those of the page are put in once it is known which rows it shows. Amounts of
    the base currency are compared.
    """

    customer = Column(
        verbose_name=gettext_lazy("Customer"),
        accessor="name",
        linkify=("receivables:damages_customer", [A("number")]),
        order_by=("name", "pk"),
    )
    number = Column(verbose_name=gettext_lazy("Number"), order_by=("number",))
    service_manager = Column(
        verbose_name=gettext_lazy("Customer service manager"), order_by=("service_manager__name", "number")
    )
    accrued = Column(verbose_name=gettext_lazy("Accrued"), empty_values=(), attrs=AMOUNT)
    settled = Column(verbose_name=gettext_lazy("Settled"), empty_values=(), attrs=AMOUNT)
    balance = Column(verbose_name=gettext_lazy("Balance of damages"), empty_values=(), attrs=AMOUNT)
    waiting_waivers = NumberColumn(
        verbose_name=gettext_lazy("Waivers to decide"), order_by=("waiting_waivers", "number")
    )

    class Meta:
        model = Customer
        fields = (
            "customer",
            "number",
            "service_manager",
            "accrued",
            "settled",
            "balance",
            "waiting_waivers",
        )
        order_by = "-balance"
        empty_text = gettext_lazy("No customer was late.")

    def __init__(
        self,
        *args: Any,
        accounts: Mapping[int, DamagesAccount],
        base_currency: str,
        **kwargs: Any,
    ) -> None:
        self.accounts, self.base_currency = accounts, base_currency
        super().__init__(*args, **kwargs)

    def _lines(self, record: Customer, amount: str) -> str:
        account = self.accounts.get(record.pk)
        return format_html_join(
            "",
            '<div><span class="currency">{}</span> {}</div>',
            (
                (total.currency, template_tags.amount(getattr(total, amount)))
                for total in (account.totals if account else ())
            ),
        )

    def render_accrued(self, record: Customer) -> str:
        """Return what accrued."""
        return self._lines(record, "accrued_amount")

    def render_settled(self, record: Customer) -> str:
        """Return what was received, forfeited and waived."""
        return self._lines(record, "settled_amount")

    def render_balance(self, record: Customer) -> str:
        """Return what is left."""
        return self._lines(record, "balance_amount")

    def order_accrued(self, queryset: QuerySet[Customer], is_descending: bool) -> tuple[Any, bool]:
        """Order by what accrued."""
        return self._ordered(queryset, "accrued_amount", is_descending), True

    def order_settled(self, queryset: QuerySet[Customer], is_descending: bool) -> tuple[Any, bool]:
        """Order by what was settled."""
        return self._ordered(queryset, "settled_amount", is_descending), True

    def order_balance(self, queryset: QuerySet[Customer], is_descending: bool) -> tuple[Any, bool]:
        """Order by what is left."""
        return self._ordered(queryset, "balance_amount", is_descending), True

    def _ordered(self, queryset: QuerySet[Customer], amount: str, is_descending: bool) -> QuerySet[Customer]:
        if not self.accounts:
            return queryset.order_by("number")
        ranked = sorted(
            self.accounts.values(),
            key=lambda account: getattr(account.total_in(self.base_currency), amount),
            reverse=is_descending,
        )
        places = [When(pk=account.customer_pk, then=Value(place)) for place, account in enumerate(ranked)]
        order = Case(*places, default=Value(len(places)), output_field=IntegerField())
        return queryset.order_by(order, "number")


def damages_list_sheet(customers: Collection[Customer], accounts: Mapping[int, DamagesAccount]) -> Table:
    """Return the customers with their damages, one line for each currency."""
    columns = [
        SheetColumn(_("Customer number"), 16),
        SheetColumn(_("Customer"), 36),
        SheetColumn(_("Customer service manager")),
        SheetColumn(_("Currency"), 10),
        *(SheetColumn(label, AMOUNT_WIDTH) for label in _total_labels()),
    ]
    rows: Iterator[list[Cell]] = (
        [customer.number, customer.name, str(customer.service_manager or ""), total.currency, *amounts(total)]
        for customer in customers
        for total in accounts[customer.pk].totals
    )
    return Table(columns, rows)


def _total_labels() -> list[str]:
    return [
        _("Accrued"),
        _("Received"),
        _("Deposit forfeited"),
        _("Waived"),
        _("Balance of damages"),
        _("Settled beyond what accrued"),
    ]


def amounts(total: DamagesTotal) -> list[Decimal]:
    """Return accrued, received, forfeited, waived, balance and excess."""
    return [
        total.accrued_amount,
        total.received_amount,
        total.forfeited_amount,
        total.waived_amount,
        total.balance_amount,
        total.excess_amount,
    ]


def damages_sheet(account: DamagesAccount) -> Table:
    """Return one customer's statement: every period of every item, then what settled them, then the totals."""
    columns = [
        SheetColumn(_("What")),
        SheetColumn(_("Document")),
        SheetColumn(_("Due date"), DATE_WIDTH),
        SheetColumn(_("Rate a day"), 12),
        SheetColumn(_("Cap"), 10),
        SheetColumn(_("Terms of"), 28),
        SheetColumn(_("First day"), DATE_WIDTH),
        SheetColumn(_("Last day"), DATE_WIDTH),
        SheetColumn(_("Days"), 8),
        SheetColumn(_("Currency"), 10),
        SheetColumn(_("Balance"), AMOUNT_WIDTH),
        SheetColumn(_("Not rounded"), AMOUNT_WIDTH),
        SheetColumn(_("Liquidated damages"), AMOUNT_WIDTH),
    ]
    return Table(columns, _lines(account))


def _lines(account: DamagesAccount) -> Iterator[list[Cell]]:
    for item in account.items:
        facts: list[Cell] = [
            item.balances.document,
            item.balances.due_on,
            percentage(item.terms.daily_ratio),
            percentage(item.terms.cap_ratio),
            source_text(item),
        ]
        currency = item.balances.currency
        for period in item.damages.periods:
            yield [
                *(_("Period"), *facts, period.from_on, period.to_on, period.days, currency),
                *(period.balance_amount, exact(period.amount), None),
            ]
        yield [_("Item"), *facts, *[None] * 3, currency, *[None] * 2, item.damages.amount]
    for settlement in account.settlements:
        yield [settlement.label, *_settled(settlement), -settlement.amount]
    for total in account.totals:
        for label, amount in zip(_total_labels(), amounts(total), strict=True):
            yield [label, *[None] * 8, total.currency, None, None, amount]


def _settled(settlement: Settlement) -> list[Cell]:
    item = settlement.item
    document: str | None = item[1] if item else None
    due_on: dt.date | None = item[2] if item else None
    return [document, due_on, *[None] * 3, settlement.on, *[None] * 2, settlement.currency, None, None]


def period_cells(item: ItemDamages) -> list[tuple[str, str, int, str, str]]:
    """Return first day, last day, days, balance and unrounded amount of each period of an item, as a page shows it."""
    return [
        (
            period.from_on.isoformat(),
            period.to_on.isoformat(),
            period.days,
            template_tags.amount(period.balance_amount),
            exact(period.amount),
        )
        for period in item.damages.periods
    ]


def terms_text(item: ItemDamages) -> str:
    """Return an item's rate and cap, and where they come from."""
    return _("%(daily)s a day, at most %(cap)s (%(source)s)") % {
        "daily": percentage(item.terms.daily_ratio),
        "cap": percentage(item.terms.cap_ratio),
        "source": source_text(item),
    }

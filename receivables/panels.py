"""What receivables add to the customer's page: what is open, and the latest letters."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.dates import local_today
from customers.models import Customer
from customers.open_matters import OpenMatter
from customers.panels import Panel
from receivables.models import AgingSum
from receivables.selectors.damages import damages_account
from receivables.selectors.dunning import notices_of
from receivables.selectors.payables import position_of
from receivables.selectors.reports import report_for

SHOWN = 5


def receivables_panel(*, customer: Customer, user: User) -> Panel:
    """Return the customer's open and overdue amounts, what we owe him and the net exposure, by currency (P3.4)."""
    context = {"position": position_of(customer, on=local_today()), "customer": customer}
    return Panel(_("Receivables"), "receivables/_customer_receivables.html", context)


def letters_panel(*, customer: Customer, user: User) -> Panel:
    """Return the latest reminders and letters to the customer."""
    return Panel(
        _("Letters"),
        "receivables/_customer_letters.html",
        {"letters": list(notices_of(customer).select_related(None)[:SHOWN]), "customer": customer},
    )


def damages_panel(*, customer: Customer, user: User) -> Panel:
    """Return the customer's liquidated damages today, by currency (P5.2.3)."""
    context = {"account": damages_account(customer.pk, on=local_today()), "customer": customer}
    return Panel(_("Liquidated damages"), "receivables/_customer_damages.html", context)


def open_balances(*, customer: Customer, user: User, on: dt.date) -> list[OpenMatter]:
    """Return what the customer owes or is owed by currency, from the report that describes `on`."""
    report = report_for(on)
    if report is None:
        return []
    sums = AgingSum.objects.filter(report=report, customer=customer).exclude(total_amount=0)
    text = _("%(currency)s %(amount)s are open as of %(date)s; nobody is dunned whose file is closed.")
    url = reverse("receivables:aging_customer", args=[customer.number])
    return [
        OpenMatter(
            text % {"currency": row.currency, "amount": f"{row.total_amount:,.2f}", "date": report.as_of}, url
        )
        for row in sums.order_by("currency")
    ]

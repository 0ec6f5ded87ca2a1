"""The customer list as a file. Bank numbers are no part of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

from django.utils.translation import gettext as _

# Every list says what it was narrowed by; apps above have it from here.
from creditrisk.forms import filter_facts as filter_facts
from creditrisk.workbooks import AMOUNT_WIDTH, DATE_WIDTH, Cell, Column, workbook, write_facts, write_sheet
from customers.models import CustomerQuerySet

CHUNK = 2000


def customer_columns() -> list[Column]:
    """Return the columns of the file, in the reader's language."""
    return [
        Column(_("Customer number"), 16),
        Column(_("Name"), 36),
        Column(_("English name"), 36),
        Column(_("Unified social credit code"), 22),
        Column(_("Industry"), 24),
        Column(_("Post code"), 10),
        Column(_("Address"), 36),
        Column(_("State"), 12),
        Column(_("Grade"), 8),
        Column(_("Provisional"), 12),
        Column(_("Credit limit"), AMOUNT_WIDTH),
        Column(_("Currency of the limit"), 10),
        Column(_("Limit valid to"), DATE_WIDTH),
        Column(_("Payment term (days)"), 10),
        Column(_("Kind of payment term"), 22),
        Column(_("Currency"), 10),
        Column(_("Account manager")),
        Column(_("Department")),
        Column(_("Customer service manager")),
        Column(_("Last approved review"), DATE_WIDTH),
    ]


def customer_rows(customers: CustomerQuerySet) -> Iterator[list[Cell]]:
    """Yield a row per customer, in the order of the query; in chunks, so that many need no more memory than few."""
    wanted = customers.select_related("account_manager__department", "service_manager", "industry")
    for customer in wanted.iterator(chunk_size=CHUNK):
        manager = customer.account_manager
        yield [
            customer.number,
            customer.name,
            customer.name_en,
            customer.uscc,
            str(customer.industry or ""),
            customer.postal_code,
            customer.address,
            customer.get_state_display(),
            customer.grade,
            _("yes") if customer.grade_is_provisional else "",
            customer.credit_limit_amount,
            customer.credit_limit_currency,
            customer.credit_limit_valid_to_on,
            customer.payment_term_days,
            customer.get_payment_term_kind_display(),
            customer.currency,
            str(manager or ""),
            str(manager.department or "") if manager else "",
            str(customer.service_manager or ""),
            customer.reviewed_on,
        ]


def write_customers(
    file: IO[bytes], *, customers: CustomerQuerySet, facts: Iterable[tuple[str, str]]
) -> None:
    """Write the customers, and a second sheet that says by which filter they were chosen."""
    with workbook(file) as book:
        write_sheet(book, _("Customers"), customer_columns(), customer_rows(customers))
        write_facts(book, facts)

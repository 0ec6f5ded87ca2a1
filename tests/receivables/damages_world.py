"""Reports, ledgers and customers for tests of liquidated damages: small, with dates that are easy to count."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from customers.models import Customer
from receivables.models import FileKind, LedgerEntry, OpenItem, Report, ReportState
from receivables.selectors.damages import DamagesAccount, ItemDamages, damages_account
from receivables.services.partitions import partition_for
from tests.factories.reports import Line, create_report

DUE = dt.date(2026, 3, 1)


def day(number: int) -> dt.date:
    """Return the day so many days after the usual due date, 2026-03-01."""
    return DUE + dt.timedelta(days=number)


def reported(
    customer: Customer,
    number: int,
    *items: tuple[str, str],
    contract: str = "",
    currency: str = "CNY",
    due_on: dt.date = DUE,
    state: ReportState = ReportState.COMMITTED,
) -> Report:
    """Return a report as of `day(number)` with the customer's items: document and open amount."""
    lines = [Line(customer, due_on, amount, document, currency) for document, amount in items]
    report = create_report(as_of=day(number), lines=lines, state=state)
    if contract:
        renumber(report, contract)
    return report


def renumber(report: Report, contract: str) -> None:
    """Put a contract number on all lines of a report: lines are final, so they are written anew."""
    import pgtrigger

    with pgtrigger.ignore("receivables.OpenItem:open_items_are_final"):
        OpenItem.objects.filter(report=report).update(contract_number=contract)


def ledger(
    customer: Customer, number: int, *entries: tuple[str, int, str, bool], contract: str = ""
) -> Report:
    """Return a ledger as of `day(number)`: document, day booked, amount, whether it is a payment. What is open of it by
    then are its items, as an import makes them.
    """
    open_amounts: dict[str, Decimal] = {}
    for document, booked, amount, _is_payment in entries:
        if booked <= number:
            open_amounts[document] = open_amounts.get(document, Decimal()) + Decimal(amount)
    report = reported(
        customer,
        number,
        *((document, str(amount)) for document, amount in open_amounts.items() if amount),
        contract=contract,
    )
    Report.objects.filter(pk=report.pk).update(file_kind=FileKind.LEDGER)
    report.refresh_from_db()
    partition_for(LedgerEntry._meta.db_table, report.as_of)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            report=report,
            as_of=report.as_of,
            customer=customer,
            row_number=row,
            document=document,
            document_on=day(-30),
            due_on=DUE,
            currency="CNY",
            amount=Decimal(amount),
            booked_on=day(booked),
            is_payment=is_payment,
            contract_number=contract,
        )
        for row, (document, booked, amount, is_payment) in enumerate(entries, start=1)
    )
    return report


def account(customer: Customer, number: int) -> DamagesAccount:
    """Return the customer's damages as of `day(number)`."""
    return damages_account(customer.pk, on=day(number))


def periods(item: ItemDamages) -> list[tuple[int, int, str]]:
    """Return first and last day (counted from the due date) and balance of an item's periods."""
    return [
        ((period.from_on - DUE).days, (period.to_on - DUE).days, str(period.balance_amount))
        for period in item.damages.periods
    ]

"""Which customers have to do with liquidated damages, and the waivers and receipts of one (P5.2.3)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import RawSQL

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.models import Customer, DepositAccount, DepositEntry
from customers.selectors import matching
from receivables.models import (
    AgingSum,
    DamagesReceipt,
    DamagesWaiver,
    FileKind,
    LedgerEntry,
    OpenItem,
    WaiverState,
)
from receivables.selectors.reports import committed_reports, ledger_of


def late_customers(
    user: User, *, on: dt.date, search: str = "", is_waiting: bool = False
) -> QuerySet[Customer]:
    """Return the customers whom `user` may see and of whom an item was late by the day `on`, or something was received,
    forfeited or asked to be waived; each with `waiting_waivers`, how many requests wait for the group leader.

    `is_waiting` leaves those with such a request. At most two queries beside its own.
    """
    reports = [
        report
        for report in committed_reports().filter(as_of__lte=on)
        if report.file_kind != FileKind.AGED_TABLE
    ]
    ledgers = [report for report in reports if report.file_kind == FileKind.LEDGER]
    rebuilt = None if reports else ledger_of(on)
    if rebuilt is not None:
        ledgers = [rebuilt]
    params = (
        [report.pk for report in reports],
        [report.pk for report in reports[:1]],
        [report.as_of for report in reports[:1]],
        on,
        [report.pk for report in ledgers],
        [report.as_of for report in ledgers],
        on,
        on,
        rebuilt is not None,
    )
    visible: QuerySet[Customer] = Customer.objects.visible_to(user)
    if search:
        visible = visible.filter(matching(search))
    concerned = RawSQL(CONCERNED, params)  # noqa: S611 - our own SQL
    listed = visible.filter(pk__in=concerned).annotate(
        waiting_waivers=Count("damages_waivers", filter=Q(damages_waivers__state=WaiverState.ASKED))
    )
    if is_waiting:
        listed = listed.filter(waiting_waivers__gt=0)
    return listed.select_related("service_manager")


def waiver_list(user: User) -> QuerySet[DamagesWaiver]:
    """Return the waivers `user` may see, newest first, ready for a page of one."""
    visible: QuerySet[DamagesWaiver] = DamagesWaiver.objects.visible_to(user)
    return visible.select_related(
        "customer__account_manager__department", "customer__service_manager", "asked_by", "decided_by"
    )


def waivers_to_decide(user: User) -> QuerySet[DamagesWaiver]:
    """Return the requests that wait for this person: those of others, for a group leader (P3.1 a)."""
    asked = DamagesWaiver.objects.filter(state=WaiverState.ASKED)
    return asked.exclude(asked_by=user.pk) if user.has_role(Role.GROUP_LEADER) else asked.none()


def receipt_list(user: User) -> QuerySet[DamagesReceipt]:
    """Return the receipts `user` may see, newest first, ready to be reversed."""
    visible: QuerySet[DamagesReceipt] = DamagesReceipt.objects.visible_to(user)
    return visible.select_related("customer", "by", "reversed_by")


def waivers_of(customer: Customer) -> QuerySet[DamagesWaiver]:
    """Return a customer's waivers with the people concerned, newest first."""
    return DamagesWaiver.objects.filter(customer=customer).select_related("asked_by", "decided_by")


def receipts_of(customer: Customer) -> QuerySet[DamagesReceipt]:
    """Return a customer's receipts with who recorded them, newest first."""
    return DamagesReceipt.objects.filter(customer=customer).select_related("by", "customer")


CONCERNED = f"""
    SELECT customer_id FROM {AgingSum._meta.db_table}
        WHERE report_id = ANY(%s) AND 0 < ANY(debit_amounts[2:])
    UNION SELECT customer_id FROM {OpenItem._meta.db_table}
        WHERE report_id = ANY(%s) AND as_of = ANY(%s::date[]) AND open_amount > 0 AND due_on < %s
    UNION SELECT customer_id FROM {LedgerEntry._meta.db_table}
        WHERE report_id = ANY(%s) AND as_of = ANY(%s::date[]) AND due_on < %s AND booked_on <= %s
            AND (%s OR is_payment AND booked_on > due_on)
    UNION SELECT customer_id FROM {DamagesReceipt._meta.db_table}
    UNION SELECT customer_id FROM {DamagesWaiver._meta.db_table}
    UNION SELECT account.customer_id FROM {DepositEntry._meta.db_table} AS entry
        JOIN {DepositAccount._meta.db_table} AS account ON account.id = entry.account_id WHERE entry.kind = 'forfeited'
"""  # noqa: S608 - only names of ours are put into SQL

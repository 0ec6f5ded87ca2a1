"""What receivables put into a customer's dossier: the aged open items, the reminders and letters, the log of
collection and the promises to pay."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from customers.dossier import Choice, Column, Fact, Section, columns_of
from customers.models import Customer
from receivables.models import CollectionContact, DunningNotice, Promise
from receivables.selectors.aging import aging_report
from receivables.selectors.contacts import contacts_of
from receivables.selectors.damages import damages_account
from receivables.selectors.dunning import notices_of
from receivables.selectors.payables import position_of
from receivables.selectors.promises import promises_of

CONTACT = ("happened_on", "way", "result", "spoke_to", "note", "next_on")
PROMISE = ("number", "made_on", "currency", "amount", "last_due_on", "paid_amount", "decided_on")
NOTICE = ("number", "stage", "issued_on", "currency", "total_amount", "pay_by_on")


def receivables(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return what is open by currency and aging bucket, credits netted, in the report that describes the day."""
    report = aging_report(as_of=on, customers=Customer.objects.filter(pk=customer.pk))
    if report is None:
        return Section("receivables", _("Receivables"), facts=(Fact("report", _("Aging report"), None),))
    return Section(
        "receivables",
        _("Receivables"),
        facts=(
            Fact("report", _("Aging report"), report.report.number),
            Fact("as_of", _("As-of date"), report.report.as_of),
        ),
        columns=(
            Column("currency", _("Currency")),
            *(
                Column(bucket.key, label)
                for bucket, label in zip(report.buckets, report.bucket_labels(), strict=True)
            ),
            Column("overdue", _("Overdue")),
            Column("total", _("Total")),
        ),
        rows=tuple(
            (row.currency, *row.bucket_amounts(netted=True), row.overdue_amount, row.total_amount)
            for row in report.rows(sort="total")
        ),
    )


def payables(*, customer: Customer, person: User | None, on: dt.date) -> Section | None:
    """Return what we owe the customer beside the gross exposure, and the net one; None where no report of payables
    describes the day (P3.4).
    """
    position = position_of(customer, on=on)
    if position.payables is None:
        return None
    return Section(
        "payables",
        _("Payables and net exposure"),
        facts=(
            Fact("report", _("Report"), position.payables.number),
            Fact("as_of", _("As-of date"), position.payables.as_of),
        ),
        columns=(
            Column("currency", _("Currency")),
            Column("receivables", _("Receivables")),
            Column("payables", _("Payables")),
            Column("net", _("Net exposure")),
        ),
        rows=tuple(
            (row.currency, row.receivable_amount, row.payable_amount, row.net_amount)
            for row in position.exposures
        ),
    )


def liquidated_damages(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return what accrued on late items by currency, what settled it and what is left (P5.2.3)."""
    account = damages_account(customer.pk, on=on)
    return Section(
        "liquidated_damages",
        _("Liquidated damages"),
        columns=(
            Column("currency", _("Currency")),
            Column("accrued", _("Accrued")),
            Column("received", _("Received")),
            Column("forfeited", _("Deposit forfeited")),
            Column("waived", _("Waived")),
            Column("balance", _("Balance of damages")),
        ),
        rows=tuple(
            (
                total.currency,
                total.accrued_amount,
                total.received_amount,
                total.forfeited_amount,
                total.waived_amount,
                total.balance_amount,
            )
            for total in account.totals
        ),
    )


def letters(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the reminders, letters and final demands, newest first (P5.2.3)."""
    return Section(
        "letters",
        _("Letters"),
        columns=(*columns_of(DunningNotice, *NOTICE), Column("delivery", _("Delivery"))),
        rows=tuple(
            (
                notice.number,
                Choice(notice.stage, notice.get_stage_display()),
                notice.issued_on,
                notice.currency,
                notice.total_amount,
                notice.pay_by_on,
                Choice(notice.delivery.value, str(notice.delivery.label)),
            )
            for notice in notices_of(customer)
        ),
    )


def contacts(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the attempts to reach the customer, newest first (P5.2.3)."""
    return Section(
        "collection_log",
        _("Contact log"),
        columns=(*columns_of(CollectionContact, *CONTACT), Column("by", _("Recorded by"))),
        rows=tuple(
            (
                contact.happened_on,
                Choice(contact.way, contact.get_way_display()),
                Choice(contact.result, contact.get_result_display()),
                contact.spoke_to,
                contact.note,
                contact.next_on,
                contact.by.display_name,
            )
            for contact in contacts_of(customer)
        ),
    )


def promises(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the promises to pay with what became of them, newest first (P5.2.3)."""
    return Section(
        "promises",
        _("Promises to pay"),
        columns=(*columns_of(Promise, *PROMISE), Column("state", _("State"))),
        rows=tuple(
            (
                promise.number,
                promise.made_on,
                promise.currency,
                promise.amount,
                promise.last_due_on,
                promise.paid_amount,
                promise.decided_on,
                Choice(promise.state, promise.get_state_display()),
            )
            for promise in promises_of(customer)
        ),
    )

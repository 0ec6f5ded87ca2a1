"""Work list, promises and log of collection as Excel or csv: what the filter leaves, in the order of the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from creditrisk.workbooks import AMOUNT_WIDTH, DATE_WIDTH, Cell, Column, Table
from receivables.models import CollectionContact, Promise
from receivables.selectors.work_rows import WorkRow


def promises_table(promises: Iterable[Promise]) -> Table:
    """Return the promises to pay, one line each."""
    columns = [
        Column(_("Number"), 16),
        Column(_("Customer number"), 16),
        Column(_("Customer"), 36),
        Column(_("State"), 14),
        Column(_("Currency"), 10),
        Column(_("Promised"), AMOUNT_WIDTH),
        Column(_("Paid so far"), AMOUNT_WIDTH),
        Column(_("Promised on"), DATE_WIDTH),
        Column(_("Last instalment on"), DATE_WIDTH),
        Column(_("Promised by")),
        Column(_("Note"), 48),
        Column(_("Recorded by")),
        Column(_("Decided on"), DATE_WIDTH),
        Column(_("Decided by the report"), 16),
        Column(_("Reason of the withdrawal"), 48),
    ]
    rows: Iterator[list[Cell]] = (
        [
            promise.number,
            promise.customer.number,
            promise.customer.name,
            promise.get_state_display(),
            promise.currency,
            promise.amount,
            promise.paid_amount,
            promise.made_on,
            promise.last_due_on,
            promise.promised_by,
            promise.note,
            str(promise.recorded_by),
            promise.decided_on,
            promise.decided_by.number if promise.decided_by else None,
            promise.withdrawn_reason,
        ]
        for promise in promises
    )
    return Table(columns, rows)


def contacts_table(contacts: Iterable[CollectionContact]) -> Table:
    """Return the log of collection, one line for each entry."""
    columns = [
        Column(_("Customer number"), 16),
        Column(_("Customer"), 36),
        Column(_("On"), DATE_WIDTH),
        Column(_("Way"), 14),
        Column(_("Result"), 16),
        Column(_("Spoke to")),
        Column(_("Note"), 48),
        Column(_("Promise"), 16),
        Column(_("Dispute"), 36),
        Column(_("Next time on"), DATE_WIDTH),
        Column(_("Recorded by")),
    ]
    rows: Iterator[list[Cell]] = (
        [
            contact.customer.number,
            contact.customer.name,
            contact.happened_on,
            contact.get_way_display(),
            contact.get_result_display(),
            contact.spoke_to,
            contact.note,
            contact.promise.number if contact.promise else None,
            contact.dispute.subject if contact.dispute else None,
            contact.next_on,
            str(contact.by),
        ]
        for contact in contacts
    )
    return Table(columns, rows)


def work_table(rows: Iterable[WorkRow]) -> Table:
    """Return the work list, one line for each customer and currency, the most urgent first."""
    columns = [
        Column(_("Customer number"), 16),
        Column(_("Customer"), 36),
        Column(_("Grade"), 8),
        Column(_("Contact")),
        Column(_("Phone"), 20),
        Column(_("Currency"), 10),
        Column(_("Overdue"), AMOUNT_WIDTH),
        Column(_("Due soon"), AMOUNT_WIDTH),
        Column(_("Days overdue"), 10),
        Column(_("Stage"), 16),
        Column(_("Why"), 36),
        Column(_("Priority"), AMOUNT_WIDTH),
        Column(_("Last contact"), DATE_WIDTH),
        Column(_("Result"), 16),
        Column(_("Customer service manager")),
    ]
    return Table(columns, (line for row in rows for line in _work_lines(row)))


def _work_lines(row: WorkRow) -> Iterator[list[Cell]]:
    last = row.contacts[0] if row.contacts else None
    customer, weighed = row.customer, row.weighed
    for owed in weighed.owed:
        yield [
            customer.number,
            customer.name,
            customer.grade,
            row.person,
            row.phone,
            owed.currency,
            owed.overdue_amount,
            owed.soon_amount,
            weighed.priority.days,
            row.stage_label,
            ", ".join(str(reason.label) for reason in weighed.reasons),
            weighed.priority.value,
            last.happened_on if last else None,
            last.get_result_display() if last else None,
            str(customer.service_manager or customer.account_manager or ""),
        ]

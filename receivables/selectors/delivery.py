"""Reads of how letters go: to which addresses, their attempts, and those whose mail did not arrive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from creditrisk.notifications.models import OutboxMessage
from creditrisk.notifications.services import is_mail_address
from customers.models import Channel, Contact, ContactKind, Customer
from receivables.delivery_order import Addressee, Step, delivery_order
from receivables.models import DunningNotice

FOR_LETTERS = {"kind": ContactKind.FINANCE, "retired_at__isnull": True}


def attempts_of(notice: DunningNotice) -> list[OutboxMessage]:
    """Return the mails of a notice, the first attempt first. One query for each attempt before the last."""
    attempts: list[OutboxMessage] = []
    message = notice.message
    while message is not None:
        attempts.append(message)
        message = message.replaces
    return attempts[::-1]


def messages_of_posted_letters() -> QuerySet[DunningNotice, int]:
    """Return the primary keys of the mails whose letters a person posted meanwhile (see `NOTIFICATIONS_SETTLED`)."""
    posted = DunningNotice.objects.filter(posted_on__isnull=False, message__isnull=False)
    return posted.order_by().values_list("message", flat=True)


def letters_not_arrived() -> list[int]:
    """Return the primary keys of the notices whose last mail did not arrive and which nobody has posted yet, oldest
    first. Not those of a dry run: it says nothing about the customer's address.
    """
    notices = DunningNotice.objects.filter(
        message__state__in=OutboxMessage.NOT_ARRIVED,
        message__dry_run_to="",
        posted_on__isnull=True,
        to_post=False,
    )
    return list(notices.order_by("pk").values_list("pk", flat=True))


def steps_of(customer: Customer) -> tuple[Step, ...]:
    """Return the ways of this customer's letters, first to last; the last is by hand. One query.

    The main finance contact is what the customer's own columns say (docs/adr/0008), also where he has no row.
    """
    return _steps(customer, customer.contacts.filter(**FOR_LETTERS))


def _steps(customer: Customer, contacts: Iterable[Contact]) -> tuple[Step, ...]:
    addressees = [
        Addressee(
            name=contact.name,
            email=contact.email if is_mail_address(contact.email) else "",
            order=contact.letter_order,
            is_main=contact.is_main,
            prefers_post=contact.preferred_channel == Channel.POST,
        )
        for contact in contacts
    ]
    if not any(one.is_main for one in addressees) and is_mail_address(customer.finance_email):
        addressees.append(Addressee(customer.finance_contact, customer.finance_email, is_main=True))
    return delivery_order(addressees)


def first_addresses(customers: Iterable[Customer]) -> dict[int, str]:
    """Return the mail address that a letter to each customer (by primary key) goes to first; empty where it is to be
    posted. One query."""
    by_key = {customer.pk: customer for customer in customers}
    contacts: dict[int, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.filter(customer__in=by_key, **FOR_LETTERS):
        contacts[contact.customer_id].append(contact)
    return {pk: _steps(customer, contacts[pk])[0].address for pk, customer in by_key.items()}

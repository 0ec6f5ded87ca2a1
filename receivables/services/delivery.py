"""Who gets a notice and how, and to whom it goes where it did not arrive (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from creditrisk.notifications.models import OutboxMessage
from creditrisk.notifications.services import is_mail_address, notify, replace_message
from customers.models import Channel, Contact, ContactKind, Customer, CustomerState
from receivables.delivery_order import BY_HAND, Addressee, Outcome, Step, delivery_order, next_step
from receivables.models import DunningNotice
from receivables.selectors.delivery import attempts_of, letters_not_arrived

State = OutboxMessage.State
FOR_LETTERS = {"kind": ContactKind.FINANCE, "retired_at__isnull": True}
_OUTCOMES: dict[str, Outcome] = {State.FAILED: "failed", State.BOUNCED: "bounced"}


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


def fall_back_letters(*, now: dt.datetime) -> int:
    """Let every letter whose mail did not arrive go its next way; return how many did.

    Each in its own transaction: what a kill interrupts, the next call finds again.
    """
    return sum(_fall_back(pk, now=now) for pk in letters_not_arrived())


@transaction.atomic
def _fall_back(notice_pk: int, *, now: dt.datetime) -> bool:
    """Let one letter go its next way; return whether it did. The mail is locked first, as everywhere."""
    message = OutboxMessage.objects.select_for_update(of=("self",)).get(dunning_notice=notice_pk)
    notice = DunningNotice.objects.select_for_update().get(pk=notice_pk)
    is_settled = notice.posted_on is not None or notice.to_post or notice.message_id != message.pk
    if is_settled or message.dry_run_to or message.state not in _OUTCOMES:
        return False
    # Nobody is dunned anew whose file is closed.
    is_closed = notice.customer.state == CustomerState.CLOSED
    step = next_step(
        (BY_HAND,) if is_closed else steps_of(notice.customer),
        tried=[attempt.to for attempt in attempts_of(notice)],
        outcome=_OUTCOMES[message.state],
        days_since_issue=(timezone.localdate(now) - notice.issued_on).days,
        fall_back_days=notice.policy_version.policy.dunning.fall_back_days,
    )
    if step is not None and step.address:
        replace_message(message=message, to=step.address, now=now)
    else:
        _leave_to_post(notice)
    return True


def _leave_to_post(notice: DunningNotice) -> None:
    """Let the notice wait to be posted, and tell who looks after the customer."""
    notice.to_post = True
    notice.save()
    manager = notice.customer.service_manager or notice.customer.account_manager
    if manager is None:
        return
    notify(
        users=[manager],
        title=lazy(_please_post, str)(notice),
        url=notice.get_absolute_url(),
        key=f"letter-to-post:{notice.pk}",
    )


def _please_post(notice: DunningNotice) -> str:
    told = _("%(letter)s to %(customer)s did not arrive by mail: post it.")
    return told % {"letter": notice, "customer": notice.customer.name}

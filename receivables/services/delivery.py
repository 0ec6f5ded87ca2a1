"""Who gets a notice and how, and to whom it goes where it did not arrive (P5.2.3)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from creditrisk.notifications.models import OutboxMessage
from creditrisk.notifications.services import is_mail_address, notify, replace_message
from customers.models import Channel, ContactKind, Customer, CustomerState
from receivables.delivery_order import BY_HAND, Addressee, Outcome, Step, delivery_order, next_step
from receivables.models import DunningNotice
from receivables.selectors.delivery import attempts_of, letters_not_arrived

State = OutboxMessage.State
_OUTCOMES: dict[str, Outcome] = {State.FAILED: "failed", State.BOUNCED: "bounced"}


def steps_of(customer: Customer) -> tuple[Step, ...]:
    """Return the ways of this customer's letters, first to last; the last is by hand. One query.

    The main finance contact is what the customer's own columns say (docs/adr/0008), also where he has no row.
    """
    contacts = customer.contacts.filter(kind=ContactKind.FINANCE, retired_at__isnull=True)
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


def first_address(customer: Customer) -> str:
    """Return the mail address that a letter goes to first; empty where it is to be posted."""
    return steps_of(customer)[0].address


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

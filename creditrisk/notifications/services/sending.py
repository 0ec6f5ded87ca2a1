"""Sending what is queued. A mail is claimed first, so that no two senders take it, and recorded as soon as it
is accepted.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import time
from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from creditrisk.notifications.models import OutboxMessage

State = OutboxMessage.State

RETRY_MINUTES = (1, 5, 30, 120, 240)
MAX_ATTEMPTS = 22
"""With the pauses above a mail is tried for three days, as mail servers do, before it counts as failed."""
SENDING_LEASE = dt.timedelta(minutes=10)
"""Longer than the slowest conversation: a dozen answers, each within EMAIL_TIMEOUT."""
PASS_SECONDS = 600

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """How an attempt ended: sent, to be tried again, failed for good, or unknown. `is_unreachable`: no server
    answered.
    """

    state: OutboxMessage.State
    error: str = ""
    is_unreachable: bool = False


def claim_mail(*, now: dt.datetime) -> OutboxMessage | None:
    """Claim the next mail that is due at `now`; None where there is none. Nobody else gets it meanwhile."""
    due = Q(state=State.QUEUED) & (Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now))
    with transaction.atomic():
        message = OutboxMessage.objects.select_for_update(skip_locked=True).filter(due).order_by("pk").first()
        if message is not None:
            message.state = State.SENDING
            message.claimed_at = now
            message.attempts += 1
            message.save()
        return message


def deliver(message: OutboxMessage) -> Delivery:
    """Hand one claimed mail to the mail server, on a connection of its own, within EMAIL_TIMEOUT per answer.

    Only an answer of the server is certain. A connection that breaks in the conversation leaves open whether
    the mail was accepted: that is `unknown`.
    """
    try:
        email = _email(message)
        # Here, so that a head that cannot be written fails before the server hears of the mail.
        email.message()
    except (OSError, ValueError) as error:
        return Delivery(State.FAILED, _told(error))
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:
        return Delivery(State.QUEUED, _told(error), is_unreachable=True)
    try:
        connection.send_messages([email])
    except (OSError, ValueError) as error:
        return Delivery(_state_after(error), _told(error))
    finally:
        _close(connection)
    return Delivery(State.SENT)


def _email(message: OutboxMessage) -> EmailMessage:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    email = EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.to],
        reply_to=[message.reply_to] if message.reply_to else None,
        # The same at every attempt: the mail server's log and the reader's mailbox can tell a second copy.
        headers={"Message-ID": f"<outbox-{message.pk}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    if message.attachment:
        with message.attachment.open("rb") as file:
            email.attach(message.attachment_name or "attachment.pdf", file.read(), "application/pdf")
    return email


def _state_after(error: Exception) -> OutboxMessage.State:
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return State.UNKNOWN
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    else:
        # Without an answer of the server: what the mail holds cannot be sent (ValueError,
        # SMTPNotSupportedError), or the disk or network failed before anything went out (OSError).
        is_content = isinstance(error, ValueError | smtplib.SMTPException)
        return State.FAILED if is_content else State.QUEUED
    return State.QUEUED if 400 <= code < 500 else State.FAILED


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except OSError as error:
        logger.info("The mail server did not take leave: %s", error)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:1000]


@transaction.atomic
def record_delivery(*, message: OutboxMessage, delivery: Delivery, now: dt.datetime) -> OutboxMessage.State:
    """Record how the attempt that `message` was claimed for ended at `now`; return the mail's state.

    An attempt that outlived its lease still tells what it knows, unless a person has queued the mail again.
    """
    state, sent_at, again_at = delivery.state, None, None
    if state == State.SENT:
        sent_at = now
    elif state == State.QUEUED and message.attempts >= MAX_ATTEMPTS:
        state = State.FAILED
    elif state == State.QUEUED:
        pause = RETRY_MINUTES[min(message.attempts, len(RETRY_MINUTES)) - 1]
        again_at = now + dt.timedelta(minutes=pause)
    OutboxMessage.objects.filter(
        pk=message.pk, claimed_at=message.claimed_at, state__in=[State.SENDING, State.UNKNOWN]
    ).update(state=state, sent_at=sent_at, next_attempt_at=again_at, error=delivery.error)
    return state


def mark_ambiguous_mails(*, now: dt.datetime) -> int:
    """Return how many mails were claimed longer ago than the lease and never finished: they become `unknown`.

    The process died between the server's acceptance and our record; sending again could double the letter, so
    a person decides.
    """
    return OutboxMessage.objects.filter(state=State.SENDING, claimed_at__lt=now - SENDING_LEASE).update(
        state=State.UNKNOWN,
        error="The sender died before it could record whether the mail server took the mail.",
    )


def send_due_mails(*, now: dt.datetime | None = None) -> dict[str, int]:
    """Send every mail that is due; return how many ended in which state. `now` stands still where it is
    given.

    Stops after ten minutes, and when no server answers: the next pass goes on, and the other mails keep their
    attempts.
    """
    counts = {state.value: 0 for state in State}
    counts[State.UNKNOWN] = mark_ambiguous_mails(now=now or timezone.now())
    end = time.monotonic() + PASS_SECONDS
    while time.monotonic() < end and (message := claim_mail(now=now or timezone.now())):
        delivery = deliver(message)
        counts[record_delivery(message=message, delivery=delivery, now=now or timezone.now())] += 1
        if delivery.is_unreachable:
            break
    return {state: count for state, count in counts.items() if count}

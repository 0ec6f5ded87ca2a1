"""Telling people: in-app messages and mails. Both are recorded in the caller's transaction; mails leave after commit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.core.files.base import ContentFile
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.functional import Promise

from creditrisk.accounts.models import User
from creditrisk.notifications.models import Notification, OutboxMessage

MAX_ATTEMPTS = 5
RETRY_MINUTES = (1, 5, 30, 120)
SENDING_LEASE = dt.timedelta(minutes=5)


@transaction.atomic
def notify(*, users: Iterable[User], title: str | Promise, url: str, key: str) -> list[Notification]:
    """Tell each of `users` once, in his language: the bell in the page and, where he wants mails, a mail.

    `key` names the event; the mail of one event to one person is recorded once.
    """
    told = []
    for user in users:
        with translation.override(user.language or "en"):
            text = str(title)
        told.append(Notification(user=user, title=text, url=url))
        if user.email and user.mails_wanted:
            queue_mail(key=f"{key}:{user.pk}", to=user.email, subject=text, body=text, language=user.language or "en")
    return Notification.objects.bulk_create(told)


@transaction.atomic
def queue_mail(
    *,
    key: str,
    to: str,
    subject: str,
    body: str,
    language: str,
    attachment: bytes = b"",
    attachment_name: str = "",
    customer_number: str = "",
) -> OutboxMessage:
    """Record one mail and return it; the same `key` twice returns the first. It is sent after the commit."""
    message, created = OutboxMessage.objects.get_or_create(
        key=key,
        defaults={
            "to": to,
            "subject": " ".join(subject.split()),
            "body": body,
            "language": language,
            "attachment_name": attachment_name,
            "customer_number": customer_number,
        },
    )
    if created:
        if attachment:
            message.attachment.save(f"{message.pk}.pdf", ContentFile(attachment), save=True)
        transaction.on_commit(_wake_sender, robust=True)
    return message


def _wake_sender() -> None:
    # The broker may be down: the beat schedule wakes the sender anyway, so nothing is lost.
    from creditrisk.notifications.tasks import send_queued_mails

    send_queued_mails.delay()


def claim_mail(*, now: dt.datetime) -> OutboxMessage | None:
    """Claim the next mail that is due at `now` by a conditional update; None where there is none."""
    due = Q(state=OutboxMessage.State.QUEUED) & (Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now))
    with transaction.atomic():
        message = OutboxMessage.objects.select_for_update(skip_locked=True).filter(due).order_by("pk").first()
        if message is None:
            return None
        message.state = OutboxMessage.State.SENDING
        message.claimed_at = now
        message.attempts = F("attempts") + 1  # type: ignore[assignment]
        message.save()
        message.refresh_from_db()
        return message


def send_claimed_mail(*, message: OutboxMessage, now: dt.datetime) -> OutboxMessage.State:
    """Send one claimed mail and record its state: sent, queued again after a passing error, or failed for good."""
    email = EmailMessage(subject=message.subject, body=message.body, to=[message.to])
    if message.attachment:
        with message.attachment.open("rb") as file:
            email.attach(message.attachment_name, file.read(), "application/pdf")
    try:
        email.send()
    except (OSError, ValueError) as error:  # SMTPException is an OSError; ValueError is a malformed address or header
        permanent = isinstance(error, ValueError) or 500 <= getattr(error, "smtp_code", 0) < 600
        return _record_failure(message=message, error=error, permanent=permanent, now=now)
    OutboxMessage.objects.filter(pk=message.pk, state=OutboxMessage.State.SENDING).update(
        state=OutboxMessage.State.SENT, sent_at=now, error=""
    )
    return OutboxMessage.State.SENT


def _record_failure(
    *, message: OutboxMessage, error: Exception, permanent: bool, now: dt.datetime
) -> OutboxMessage.State:
    if permanent or message.attempts >= MAX_ATTEMPTS:
        state, again_at = OutboxMessage.State.FAILED, None
    else:
        minutes = RETRY_MINUTES[min(message.attempts, len(RETRY_MINUTES)) - 1]
        state, again_at = OutboxMessage.State.QUEUED, now + dt.timedelta(minutes=minutes)
    OutboxMessage.objects.filter(pk=message.pk, state=OutboxMessage.State.SENDING).update(
        state=state, error=str(error)[:1000], next_attempt_at=again_at
    )
    return state


def mark_ambiguous_mails(*, now: dt.datetime) -> int:
    """Return how many mails were claimed longer ago than the lease and never finished: they become `unknown`.

    The process died between the server's acceptance and our record; sending again could double the letter, so a
    person decides.
    """
    return OutboxMessage.objects.filter(
        state=OutboxMessage.State.SENDING, claimed_at__lt=now - SENDING_LEASE
    ).update(state=OutboxMessage.State.UNKNOWN)


def send_due_mails(*, now: dt.datetime | None = None) -> dict[str, int]:
    """Send every mail that is due; return how many ended in which state."""
    counts = {"unknown": mark_ambiguous_mails(now=now or timezone.now())}
    while message := claim_mail(now=now or timezone.now()):
        state = send_claimed_mail(message=message, now=now or timezone.now())
        counts[state] = counts.get(state, 0) + 1
    return counts


@transaction.atomic
def requeue_mail(*, message: OutboxMessage) -> OutboxMessage:
    """Queue a failed or unknown mail again, as a person decided; return it."""
    locked = OutboxMessage.objects.select_for_update().get(pk=message.pk)
    if locked.state in {OutboxMessage.State.FAILED, OutboxMessage.State.UNKNOWN}:
        locked.state = OutboxMessage.State.QUEUED
        locked.next_attempt_at = None
        locked.attempts = 0
        locked.save()
        transaction.on_commit(_wake_sender, robust=True)
    return locked


@transaction.atomic
def mark_read(*, user: User, now: dt.datetime) -> int:
    """Mark all of this person's notifications as read; return how many were unread."""
    return Notification.objects.filter(user=user, read_at__isnull=True).update(read_at=now)

"""The outbox: messages recorded in the transaction of what they tell."""

from __future__ import annotations

import logging
import threading
import time
import unicodedata

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from creditrisk.exceptions import InvalidInputError
from creditrisk.notifications.models import OutboxMessage, Robot

ADDRESS_MAX_LENGTH = 254
SUBJECT_MAX_LENGTH = 300
WAKE_DELAY_SECONDS = 1
BROKER_PAUSE_SECONDS = 30

logger = logging.getLogger(__name__)


def is_mail_address(text: str) -> bool:
    """Return whether `text` is one mail address and nothing else (no display name, no second address)."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= ADDRESS_MAX_LENGTH


def require_mail_address(text: str) -> None:
    """Raise InvalidInputError unless `text` is one mail address."""
    if not is_mail_address(text):
        raise InvalidInputError("mail.address", _("“%(address)s” is not a mail address.") % {"address": text})


@transaction.atomic
def queue_mail(
    *,
    key: str,
    to: str,
    subject: str,
    body: str,
    language: str,
    reply_to: str = "",
    attachment: bytes = b"",
    stored_attachment: str = "",
    attachment_name: str = "",
    customer_number: str = "",
) -> OutboxMessage:
    """Record one mail and return it; the same `key` twice returns the first. It is sent after the commit.

    A PDF goes along as `attachment`, or as `stored_attachment`, the name of a file that is in the storage
    already. Raises InvalidInputError where an address is none, or where something meant for the mail's head
    has control characters: a line break there would let a name add headers and recipients.
    """
    for address in (to, *filter(None, [reply_to])):
        require_mail_address(address)
    for text in (subject, attachment_name):
        if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in text):
            raise InvalidInputError(
                "mail.header",
                _("“%(text)s” cannot go into a mail’s head: take out line breaks and control characters.")
                % {"text": " ".join(text.split())},
            )
    message, created = OutboxMessage.objects.get_or_create(
        key=key,
        defaults={
            "to": to,
            "reply_to": reply_to,
            "subject": Truncator(subject).chars(SUBJECT_MAX_LENGTH),
            "body": body,
            "language": language,
            "attachment": stored_attachment,
            "attachment_name": attachment_name,
            "customer_number": customer_number,
        },
    )
    if created:
        if attachment:
            message.attachment.save(f"{message.pk}.pdf", ContentFile(attachment), save=True)
        transaction.on_commit(wake_sender)
    return message


@transaction.atomic
def queue_robot_message(*, key: str, robot: Robot, mention: str, text: str, language: str) -> OutboxMessage:
    """Record what `robot` is to say, naming `mention` (mobile or user ID) if given; the same `key` twice returns the
    first. It is sent after the commit.
    """
    message, created = OutboxMessage.objects.get_or_create(
        key=key,
        defaults={
            "channel": robot.kind,
            "robot": robot,
            "to": mention,
            "subject": Truncator(text).chars(SUBJECT_MAX_LENGTH),
            "body": text,
            "language": language,
        },
    )
    if created:
        transaction.on_commit(wake_sender)
    return message


class _Alarm:
    """When this process may wake the sender next: seldom enough that a run of thousands of mails does not pay
    for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._not_before = 0.0

    def may_ring(self) -> bool:
        with self._lock:
            if time.monotonic() < self._not_before:
                return False
            self._not_before = time.monotonic() + WAKE_DELAY_SECONDS
            return True

    def rest(self) -> None:
        with self._lock:
            self._not_before = time.monotonic() + BROKER_PAUSE_SECONDS


alarm = _Alarm()


def wake_sender() -> None:
    """Ask a worker to send what is queued, in a second: that one pass sees every mail of this second.

    The beat schedule wakes the sender anyway, so a broker that is down loses nothing: it is left alone for a
    while.
    """
    from creditrisk.notifications.tasks import send_queued_mails

    if not alarm.may_ring():
        return
    try:
        send_queued_mails.apply_async(countdown=WAKE_DELAY_SECONDS)
    except (OperationalError, OSError) as error:
        alarm.rest()
        logger.warning("The mail sender could not be woken; the schedule will do it: %s", error)


def move_mails(*, from_number: str, to_number: str) -> int:
    """Let the mails about the customer `from_number` be about `to_number` (two files became one); return how many.

    In the caller's transaction; he has checked the permission.
    """
    return OutboxMessage.objects.filter(customer_number=from_number).update(customer_number=to_number)

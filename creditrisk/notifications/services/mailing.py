"""Handing one mail to the mail server."""

from __future__ import annotations

import logging
import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import translation
from django.utils.translation import gettext as _

from creditrisk.notifications.models import OutboxMessage
from creditrisk.notifications.services.delivery import Delivery, told

State = OutboxMessage.State

logger = logging.getLogger(__name__)


def mail_domain() -> str:
    """Return the domain of our sender: it ends the Message-ID of every mail, and mail servers' reports name it."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def hand_over(message: OutboxMessage) -> Delivery:
    """Hand one claimed mail to the mail server, on a connection of its own, within EMAIL_TIMEOUT per answer.

    Only an answer of the server is certain. A connection that breaks in the conversation leaves open whether
    the mail was accepted: that is `unknown`.
    """
    try:
        email = _email(message)
        # Here, so that a head that cannot be written fails before the server hears of the mail.
        email.message()
    except (OSError, ValueError) as error:
        return Delivery(State.FAILED, told(error))
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:
        return Delivery(State.QUEUED, told(error), is_unreachable=True)
    try:
        connection.send_messages([email])
    except (OSError, ValueError) as error:
        return Delivery(state_after(error), told(error))
    finally:
        _close(connection)
    return Delivery(State.SENT)


def _email(message: OutboxMessage) -> EmailMessage:
    subject, body = message.subject, message.body
    if message.dry_run_to:
        subject = f"[{message.to}] {subject}"
        with translation.override(message.language):
            note = _("Dry run: without it this mail would have gone to %(address)s.")
        body = f"{note % {'address': message.to}}\n\n{body}"
    email = EmailMessage(
        subject=subject,
        body=body,
        to=[message.dry_run_to or message.to],
        reply_to=[message.reply_to] if message.reply_to else None,
        # The same at every attempt: the mail server's log and the reader's mailbox can tell a second copy.
        headers={"Message-ID": f"<outbox-{message.pk}@{mail_domain()}>", "Auto-Submitted": "auto-generated"},
    )
    if message.attachment:
        with message.attachment.open("rb") as file:
            email.attach(message.attachment_name or "attachment.pdf", file.read(), "application/pdf")
    return email


def state_after(error: Exception) -> OutboxMessage.State:
    """Return what an error in the conversation leaves the mail in."""
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

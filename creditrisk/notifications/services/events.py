"""The record of what happened to a message, written in the transaction of what it tells."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils.module_loading import import_string

from creditrisk.accounts.models import User
from creditrisk.notifications.models import OutboxEvent, OutboxMessage


def record_event(
    message: OutboxMessage,
    kind: OutboxEvent.Kind,
    *,
    at: dt.datetime,
    text: str = "",
    by: User | None = None,
    reference: str = "",
) -> OutboxEvent:
    """Keep that `kind` happened to `message` at `at`, with the address it was going to; return the event."""
    return OutboxEvent.objects.create(
        message=message,
        kind=kind,
        at=at,
        address=message.dry_run_to or message.to,
        text=text,
        by=by,
        reference=reference,
    )


def after_sending(*, now: dt.datetime) -> None:
    """Let the apps above look after what did not arrive (`NOTIFICATIONS_AFTER_SENDING`)."""
    for path in settings.NOTIFICATIONS_AFTER_SENDING:
        import_string(path)(now=now)

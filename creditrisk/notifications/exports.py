"""The outbox as Excel or csv: what the filter leaves, in the order of the list. No secret of a robot is part of it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.notifications.models import OutboxMessage
from creditrisk.workbooks import DATE_WIDTH, Cell, Column, Table


def outbox_lines(messages: Iterable[OutboxMessage]) -> Table:
    """Return the messages, one line each."""
    columns = [
        Column(_("Subject"), 48),
        Column(_("Channel"), 12),
        Column(_("To"), 30),
        Column(_("Customer"), 16),
        Column(_("State"), 16),
        Column(_("Attempts"), 10),
        Column(_("Recorded"), DATE_WIDTH),
        Column(_("Sent"), DATE_WIDTH),
        Column(_("Bounced on"), DATE_WIDTH),
        Column(_("Held until"), DATE_WIDTH),
        Column(_("Dry-run address"), 30),
        Column(_("Last error"), 60),
    ]
    return Table(columns, (_line(message) for message in messages))


def _line(message: OutboxMessage) -> list[Cell]:
    moments = (
        message.created_at,
        message.sent_at,
        message.bounced_at,
        message.next_attempt_at if message.is_held else None,
    )
    return [
        message.subject,
        message.get_channel_display(),
        message.to,
        message.customer_number,
        message.get_state_display(),
        message.attempts,
        *(timezone.localdate(moment) if moment else None for moment in moments),
        message.dry_run_to or None,
        message.error or None,
    ]

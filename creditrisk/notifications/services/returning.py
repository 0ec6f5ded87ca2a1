"""Mails that come back: a mail server's report, or a person's word, turns what was sent into `bounced`."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Literal

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.notifications.bounce_reports import BounceReport
from creditrisk.notifications.models import MessageChannel, OutboxEvent, OutboxMessage
from creditrisk.notifications.services.events import after_sending, record_event

Taken = Literal["bounced", "noted", "known"]
State = OutboxMessage.State
Kind = OutboxEvent.Kind
MAY_BOUNCE = frozenset({State.SENT, State.UNKNOWN})
"""A report about a mail of which nobody knew whether it was taken settles that: it was, and it came back."""


def record_bounce(
    message: OutboxMessage, *, text: str, now: dt.datetime, by: User | None = None, reference: str = ""
) -> None:
    """Let a locked mail be bounced at `now`; what its owner does about that follows after the commit."""
    message.state = State.BOUNCED
    message.bounced_at = now
    message.error = text
    message.save()
    record_event(message, Kind.BOUNCED, at=now, text=text, by=by, reference=reference)
    # The next pass of the sender does the same: a failure here loses nothing.
    transaction.on_commit(partial(after_sending, now=now), robust=True)


@transaction.atomic
def take_bounce_report(*, report: BounceReport, now: dt.datetime) -> Taken:
    """Take a mail server's report about a message of ours; the same report again is `known`.

    A mail that was sent, or of which that was unknown, becomes bounced; a delay, or a word about a mail that is in
    another state by now, is noted. Raises InvalidInputError where there is no such mail, ConflictError while it is
    being sent: our own record of it may come a moment later than the report.
    """
    message = (
        OutboxMessage.objects.select_for_update()
        .filter(pk=report.message, channel=MessageChannel.EMAIL)
        .first()
    )
    if message is None:
        raise InvalidInputError("bounce.no_such_mail", _("The report is about no mail of this outbox."))
    if message.events.filter(reference=report.reference).exists():
        return "known"
    if message.state == State.SENDING:
        raise ConflictError("bounce.too_early", _("The mail is being sent right now: report it again later."))
    if report.outcome == "bounced" and message.state in MAY_BOUNCE:
        record_bounce(message, text=report.text, now=now, reference=report.reference)
        return "bounced"
    kind = Kind.BOUNCED if report.outcome == "bounced" else Kind.DELAYED
    record_event(message, kind, at=now, text=report.text, reference=report.reference)
    return "noted"

"""What a person decides about a message that ended badly: again, to another address, or that it came back."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.notifications.models import OutboxEvent, OutboxMessage
from creditrisk.notifications.permissions import bounce_refusal, elsewhere_refusal, send_again_refusal
from creditrisk.notifications.services.events import record_event
from creditrisk.notifications.services.outbox import require_mail_address, wake_sender
from creditrisk.notifications.services.returning import record_bounce

Kind = OutboxEvent.Kind
State = OutboxMessage.State


def _locked(message: OutboxMessage) -> OutboxMessage:
    return OutboxMessage.objects.select_for_update().get(pk=message.pk)


@transaction.atomic
def requeue_mail(*, message: OutboxMessage, by: User, now: dt.datetime) -> OutboxMessage:
    """Queue a message that ended badly again, as a person decided at `now`; return it. Twice is once.

    Raises NotAllowedError for anybody but an administrator and those who look after the customer, ConflictError where
    another message went out in its place.
    """
    locked = _locked(message)
    require(send_again_refusal(by, locked))
    if locked.has_ended_badly:
        locked.state = State.QUEUED
        locked.next_attempt_at = locked.sent_at = locked.bounced_at = None
        locked.attempts = 0
        locked.requeued_at = now
        locked.requeued_by = by
        locked.save()
        record_event(locked, Kind.REQUEUED, at=now, by=by)
        transaction.on_commit(wake_sender)
    return locked


@transaction.atomic
def send_to_other_address(*, message: OutboxMessage, to: str, by: User, now: dt.datetime) -> OutboxMessage:
    """Send what a mail that ended badly says to the address `to` instead; return the new mail. Twice is once.

    Raises NotAllowedError (see `requeue_mail`), InvalidInputError where `to` is no address or the one it went to,
    ConflictError where another mail went out in its place or it did not end badly.
    """
    require_mail_address(to)
    locked = _locked(message)
    refusal = elsewhere_refusal(by, locked)
    if refusal is not None and refusal.code == "mail.replaced" and locked.replaced_by.to == to:
        return locked.replaced_by
    require(refusal)
    if to.casefold() == locked.to.casefold():
        raise InvalidInputError(
            "mail.same_address", _("It went to this address: send it again, or give another.")
        )
    return replace_message(message=locked, to=to, now=now, by=by)


@transaction.atomic
def replace_message(
    *, message: OutboxMessage, to: str, now: dt.datetime, by: User | None = None
) -> OutboxMessage:
    """Queue a copy of a locked mail to the address `to` in its place and return it; whatever it belongs to (a letter, a
    statement) points to the copy from now on. `by` is None where the order of a customer's addresses says so.

    The caller has checked that the mail ended badly. Raises ConflictError where it is replaced already: one message
    has one successor, so that there are never two on their way.
    """
    if message.is_replaced:
        raise ConflictError("mail.replaced", _("Another mail went out in its place already."))
    copy = OutboxMessage.objects.create(
        key=f"replaces:{message.pk}",
        replaces=message,
        to=to,
        subject=message.subject,
        body=message.body,
        language=message.language,
        reply_to=message.reply_to,
        attachment=message.attachment.name,
        attachment_name=message.attachment_name,
        customer_number=message.customer_number,
    )
    record_event(message, Kind.REPLACED, at=now, text=to, by=by)
    with acting(by):
        for relation in OutboxMessage._meta.related_objects:
            if relation.one_to_one and relation.related_model is not OutboxMessage:
                owners = relation.related_model._default_manager.filter(**{relation.field.name: message})
                owners.update(**{relation.field.name: copy})
    transaction.on_commit(wake_sender)
    return copy


@transaction.atomic
def mark_bounced(*, message: OutboxMessage, reason: str, by: User, now: dt.datetime) -> OutboxMessage:
    """Note at `now` that a mail came back, and why; return it. Twice is once.

    It no longer counts as sent. Raises NotAllowedError (see `requeue_mail`), ConflictError for a mail that is not
    known or thought to have been sent, InvalidInputError without a reason.
    """
    locked = _locked(message)
    if locked.state == State.BOUNCED:
        return locked
    require(bounce_refusal(by, locked))
    why = " ".join(reason.split())
    if not why:
        raise InvalidInputError("mail.reason_missing", _("Say why the mail came back."))
    record_bounce(locked, text=why, now=now, by=by)
    return locked

"""Sending what is queued. A message is claimed first, so that no two senders take it, and recorded as soon as it
is accepted.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from creditrisk.business_days.selectors import business_calendar
from creditrisk.notifications.models import OutboxEvent, OutboxMessage
from creditrisk.notifications.sending_hours import SendingHours
from creditrisk.notifications.services.delivery import Delivery
from creditrisk.notifications.services.events import after_sending, record_event
from creditrisk.notifications.services.mailing import hand_over
from creditrisk.notifications.services.robot_sending import call_robot

State = OutboxMessage.State
Kind = OutboxEvent.Kind

RETRY_MINUTES = (1, 5, 30, 120, 240)
MAX_ATTEMPTS = 22
"""With the pauses above a mail is tried for three days, as mail servers do, before it counts as failed."""
SENDING_LEASE = dt.timedelta(minutes=10)
"""Longer than the slowest conversation: a dozen answers, each within EMAIL_TIMEOUT."""
PASS_SECONDS = 600
TO_CUSTOMERS = ~Q(customer_number="")
_EVENTS = {State.QUEUED: Kind.POSTPONED, State.FAILED: Kind.FAILED, State.UNKNOWN: Kind.UNKNOWN}

logger = logging.getLogger(__name__)


def sending_hours() -> SendingHours | None:
    """Return when mails to customers may leave by the settings and the company's calendar; None: at any time."""
    opens, closes = settings.CREDITRISK_CUSTOMER_MAILS_FROM, settings.CREDITRISK_CUSTOMER_MAILS_UNTIL
    if opens is None or closes is None:
        return None
    zone = ZoneInfo(settings.TIME_ZONE)
    return SendingHours(opens, closes, zone, business_calendar().is_business_day)


def claim_mail(*, now: dt.datetime, left_out: Q | None = None) -> OutboxMessage | None:
    """Claim the next message that is due at `now` and not among those `left_out`; None where there is none. Nobody else
    gets it meanwhile.
    """
    due = Q(state=State.QUEUED) & (Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now))
    with transaction.atomic():
        messages = OutboxMessage.objects.select_for_update(skip_locked=True).filter(due)
        if left_out is not None:
            messages = messages.exclude(left_out)
        message = messages.order_by("pk").first()
        if message is not None:
            message.state = State.SENDING
            message.claimed_at = now
            message.attempts += 1
            is_tried_out = message.customer_number or not message.is_email
            message.dry_run_to = settings.CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO if is_tried_out else ""
            message.save()
        return message


def deliver(message: OutboxMessage, *, now: dt.datetime | None = None) -> Delivery:
    """Hand one claimed message to the mail server or let its robot say it; return how that ended.

    In a dry run no robot is called.
    """
    if message.is_email:
        return hand_over(message)
    if message.dry_run_to:
        logger.info("Dry run: robot %s is not called for message %s.", message.robot_id, message.pk)
        return Delivery(State.SENT)
    return call_robot(message, now=now or timezone.now())


@transaction.atomic
def record_delivery(*, message: OutboxMessage, delivery: Delivery, now: dt.datetime) -> OutboxMessage.State:
    """Record how the attempt that `message` was claimed for ended at `now`; return the message's state.

    An attempt that outlived its lease still tells what it knows, unless a person has queued the message again.
    """
    state, sent_at, again_at = delivery.state, None, None
    if state == State.SENT:
        sent_at = now
    elif state == State.QUEUED and message.attempts >= MAX_ATTEMPTS:
        state = State.FAILED
    elif state == State.QUEUED:
        pause = RETRY_MINUTES[min(message.attempts, len(RETRY_MINUTES)) - 1]
        again_at = now + dt.timedelta(minutes=pause)
    recorded = OutboxMessage.objects.filter(
        pk=message.pk, claimed_at=message.claimed_at, state__in=[State.SENDING, State.UNKNOWN]
    ).update(state=state, sent_at=sent_at, next_attempt_at=again_at, error=delivery.error)
    if recorded:
        sent = Kind.DRY_RUN if message.dry_run_to else Kind.SENT
        record_event(message, _EVENTS.get(state, sent), at=now, text=delivery.error)
    return state


@transaction.atomic
def mark_ambiguous_mails(*, now: dt.datetime) -> int:
    """Return how many messages were claimed longer ago than the lease and never finished: they become `unknown`.

    The process died between the server's acceptance and our record; sending again could double the letter, so
    a person decides.
    """
    abandoned = OutboxMessage.objects.select_for_update(skip_locked=True).filter(
        state=State.SENDING, claimed_at__lt=now - SENDING_LEASE
    )
    messages = list(abandoned)
    for message in messages:
        message.state = State.UNKNOWN
        message.error = "The sender died before it could record whether the message was taken."
        message.save()
        record_event(message, Kind.UNKNOWN, at=now, text=message.error)
    return len(messages)


def hold_customer_mails(*, until: dt.datetime) -> int:
    """Let the queued mails to customers wait `until` then; return how many did not wait so long before."""
    earlier = Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lt=until)
    return OutboxMessage.objects.filter(TO_CUSTOMERS, earlier, state=State.QUEUED).update(
        next_attempt_at=until
    )


def send_due_mails(*, now: dt.datetime | None = None) -> dict[str, int]:
    """Send every message that is due; return how many ended in which state, and how many to customers are `held` until
    their business hours. `now` stands still where it is given.

    Stops after ten minutes. Where no server answers, the other messages of that channel keep their attempts until the
    next pass; so do those of a robot that asks for a pause.
    """
    counts = {state.value: 0 for state in State} | {"held": 0}
    counts[State.UNKNOWN] = mark_ambiguous_mails(now=now or timezone.now())
    hours, left_out = sending_hours(), Q(pk__in=[])
    end = time.monotonic() + PASS_SECONDS
    while time.monotonic() < end:
        moment = now or timezone.now()
        opening = hours.next_opening(moment) if hours else moment
        if opening > moment:
            counts["held"] += hold_customer_mails(until=opening)
        message = claim_mail(now=moment, left_out=left_out | TO_CUSTOMERS if opening > moment else left_out)
        if message is None:
            break
        delivery = deliver(message)
        counts[record_delivery(message=message, delivery=delivery, now=now or timezone.now())] += 1
        if delivery.is_unreachable:
            left_out |= Q(channel=message.channel)
        elif delivery.is_too_many:
            left_out |= Q(robot=message.robot)
    after_sending(now=now or timezone.now())
    return {state: count for state, count in counts.items() if count}

"""What the schedule wakes."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from creditrisk.exceptions import ConflictError
from reviews.services import deadlines, digest

logger = logging.getLogger(__name__)


@shared_task
def catch_up_deadlines() -> None:
    """Speak of the day's deadlines if that is due and not done: woken often, it works once a business day."""
    try:
        deadlines.catch_up_deadlines(now=timezone.now())
    except ConflictError:
        logger.info("The deadlines are being spoken of by another process: nothing to do.")


@shared_task
def catch_up_digests() -> None:
    """Send the morning's mails if they are due and not sent: woken often, it works once a business day."""
    try:
        digest.catch_up_digests(now=timezone.now())
    except ConflictError:
        logger.info("The morning's mails are being sent by another process: nothing to do.")

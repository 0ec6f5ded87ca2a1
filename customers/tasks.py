"""What the schedule wakes."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from creditrisk.exceptions import ConflictError
from customers.services.qualification_reminders import catch_up_reminders

logger = logging.getLogger(__name__)


@shared_task
def catch_up_qualification_reminders() -> None:
    """Send the day's reminders if they are due and not sent: woken often, it works once a day."""
    try:
        catch_up_reminders(now=timezone.now())
    except ConflictError:
        logger.info("The reminders are being sent by another process: nothing to do.")

"""What the schedule wakes."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from creditrisk.exceptions import ConflictError
from customers.services import confirmation_job, self_check_job
from customers.services.qualification_reminders import catch_up_reminders

logger = logging.getLogger(__name__)


@shared_task
def catch_up_self_checks() -> None:
    """Open the day's self-checks of contracts if that is not done: woken often, it works once a day (P3.2.3)."""
    try:
        self_check_job.catch_up_self_checks(now=timezone.now())
    except ConflictError:
        logger.info("Self-checks are being opened by another process: nothing to do.")


@shared_task
def catch_up_confirmations() -> None:
    """Ask for the month's file confirmations if that is not done: woken often, it works once a month."""
    try:
        confirmation_job.catch_up_confirmations(now=timezone.now())
    except ConflictError:
        logger.info("File confirmations are being asked for by another process: nothing to do.")


@shared_task
def catch_up_qualification_reminders() -> None:
    """Send the day's reminders if they are due and not sent: woken often, it works once a day."""
    try:
        catch_up_reminders(now=timezone.now())
    except ConflictError:
        logger.info("The reminders are being sent by another process: nothing to do.")

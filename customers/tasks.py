"""What the schedule wakes."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from creditrisk.exceptions import ConflictError
from customers.services import confirmation_job

logger = logging.getLogger(__name__)


@shared_task
def catch_up_confirmations() -> None:
    """Ask for the month's file confirmations if that is not done: woken often, it works once a month."""
    try:
        confirmation_job.catch_up_confirmations(now=timezone.now())
    except ConflictError:
        logger.info("File confirmations are being asked for by another process: nothing to do.")

"""What the schedule wakes."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from creditrisk.exceptions import ConflictError
from receivables.services import dunning_job

logger = logging.getLogger(__name__)


@shared_task
def catch_up_dunning() -> None:
    """Run the day's dunning if it is due and not done: woken often, it works once a day."""
    try:
        dunning_job.catch_up_dunning(now=timezone.now())
    except ConflictError:
        logger.info("Dunning is being run by another process: nothing to do.")

"""What the schedule wakes for supervision."""

from __future__ import annotations

import logging

from celery import shared_task

from creditrisk.exceptions import ConflictError
from supervision.services.report_figures import compute_missing_figures

logger = logging.getLogger(__name__)


@shared_task
def compute_report_figures() -> None:
    """Compute what new reports invoiced: woken often, it works where a report came or was corrected."""
    try:
        compute_missing_figures()
    except ConflictError:
        logger.info("The figures of reports are being computed by another process: nothing to do.")

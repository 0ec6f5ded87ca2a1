"""What the schedule wakes."""

from __future__ import annotations

import datetime as dt
import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError
from receivables.models import DunningRelease, Report
from receivables.selectors.dunning_runs import waiting_releases
from receivables.selectors.reports import waiting_uploads
from receivables.services import dunning_job, dunning_release, uploads
from receivables.services.retention import drop_old_lines, lines_kept_from

logger = logging.getLogger(__name__)

FORGOTTEN_AFTER = dt.timedelta(minutes=1)
"""An upload that waits longer than this for its check has lost its task: the broker was down, or a worker died."""


@shared_task
def catch_up_dunning() -> None:
    """Run the day's dunning if it is due and not done: woken often, it works once a day."""
    try:
        dunning_job.catch_up_dunning(now=timezone.now())
    except ConflictError:
        logger.info("Dunning is being run by another process: nothing to do.")


@shared_task
def write_released_notices(pk: int) -> None:
    """Write the notices that a person released."""
    _write_released(DunningRelease.objects.get(pk=pk))


@shared_task
def write_waiting_releases() -> None:
    """Write the releases whose task was lost, or whose worker died; the database knows them."""
    for release in waiting_releases(before=timezone.now() - FORGOTTEN_AFTER):
        _write_released(release)


def _write_released(release: DunningRelease) -> None:
    try:
        dunning_release.write_released(release=release, today=local_today())
    except ConflictError:
        logger.info("Release %s waits: dunning is being run by another process.", release.pk)


@shared_task
def drop_lines() -> None:
    """Drop the lines that are older than they are to be kept; asked every day, it finds something once a month."""
    before = lines_kept_from(local_today(), months=settings.CREDITRISK_LINES_KEPT_MONTHS)
    if before is not None:
        drop_old_lines(before=before)


@shared_task
def check_upload(pk: int) -> None:
    """Check one large upload, and tell its uploader."""
    _check(Report.objects.get(pk=pk))


@shared_task
def check_waiting_uploads() -> None:
    """Check the uploads whose task was lost; the database knows them, whatever the broker forgot."""
    for report in waiting_uploads(before=timezone.now() - FORGOTTEN_AFTER):
        _check(report)


def _check(report: Report) -> None:
    try:
        uploads.check_report(report=report, by=None, announce=True)
    except ConflictError:
        logger.info("Upload %s is being checked by another process.", report.number)

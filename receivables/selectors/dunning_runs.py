"""The preview of a dunning run: what it would write, what waits and why; and the releases (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256

from django.db.models import QuerySet

from creditrisk.policy.models import PolicyVersion
from receivables.models import DunningRelease, ReleaseState, Report

UNFINISHED = (ReleaseState.QUEUED, ReleaseState.RUNNING)


def fingerprint_of(report: Report, version: PolicyVersion) -> str:
    """Return what a preview goes by, as a short code: another report or policy gives another one."""
    return sha256(f"{report.pk}:{version.pk}".encode()).hexdigest()[:16]


def release_list() -> QuerySet[DunningRelease]:
    """Return the releases, newest first."""
    return DunningRelease.objects.select_related("released_by", "report")


def waiting_releases(*, before: dt.datetime) -> QuerySet[DunningRelease]:
    """Return the releases that were asked for before a moment and are not finished, in order."""
    return DunningRelease.objects.filter(state__in=UNFINISHED, released_at__lt=before).order_by("released_at")

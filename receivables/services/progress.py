"""How far the check of a long file is, and the wish to stop it: beside the database, as the check is one transaction.

Both are kept in the cache for as long as a check can take; without it the page shows no progress, and a check ends by
itself.
"""

from __future__ import annotations

from django.core.cache import cache

from receivables.models import Report

KEPT_SECONDS = 600
MATCHING_PCT, STORING_PCT = 85, 95


class CheckStopped(Exception):  # noqa: N818 - somebody's wish, not a defect
    """Somebody asked for the check to be stopped."""


def note_progress(report: Report, pct: int) -> None:
    """Tell how far the check of an upload is, 0–100. Raises CheckStopped where somebody asked for it."""
    cache.set(_key(report), pct, KEPT_SECONDS)
    if cache.get(_stop_key(report)):
        raise CheckStopped


def ask_to_stop(report: Report) -> None:
    """Ask for the check of an upload to be stopped: it notices within a second."""
    cache.set(_stop_key(report), 1, KEPT_SECONDS)


def forget_progress(report: Report) -> None:
    """Forget what was told: the check is over."""
    cache.delete(_key(report))
    cache.delete(_stop_key(report))


def progress_of(report: Report) -> int:
    """Return how far the check of an upload is, 0–100; 0 where nothing is known."""
    return int(cache.get(_key(report)) or 0)


def _key(report: Report) -> str:
    return f"upload-progress:{report.pk}"


def _stop_key(report: Report) -> str:
    return f"upload-stop:{report.pk}"

"""Releasing the notices that a person looks at first: asked for on the page, written by a worker (P5.2.3)."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, require
from creditrisk.jobs.services import alone
from creditrisk.policy.schema import DUNNING_STAGES
from receivables.models import DunningNotice, DunningRelease, ReleaseState
from receivables.permissions import run_dunning_refusal
from receivables.selectors.dunning_runs import fingerprint_of
from receivables.services.dunning import prepare_run, run_dunning
from receivables.services.dunning_job import JOB

ERROR_MAX_LENGTH = 2000

logger = logging.getLogger(__name__)


@transaction.atomic
def release_notices(
    *,
    on: dt.date,
    stages: Collection[str],
    left_out: Collection[str],
    fingerprint: str,
    today: dt.date,
    by: User,
    submission_key: UUID | None = None,
) -> DunningRelease:
    """Ask for the notices of `stages` for the day `on`, without the customers `left_out` (numbers); return the release.
    A worker writes them. A form sent twice is one release.

    `fingerprint` is of the preview that the person saw. Raises NotAllowedError, InvalidInputError without a stage or
    report and for another day than `today`, ConflictError where the preview would be another one now.
    """
    require(run_dunning_refusal(by))
    if submission_key is not None:
        before: DunningRelease | None = DunningRelease.objects.filter(submission_key=submission_key).first()
        if before is not None:
            return before
    wanted = [stage for stage in DUNNING_STAGES if stage in stages]
    if not wanted:
        raise InvalidInputError("release.stages", _("Choose which notices are released."))
    if on != today:
        raise InvalidInputError(
            "release.day", _("Notices carry the day on which they leave: only today's are released.")
        )
    run = prepare_run(on=on, stages=wanted)
    if fingerprint != fingerprint_of(run.report, run.policy_version):
        raise ConflictError(
            "release.changed", _("Report or policy have changed since you looked: look at the preview again.")
        )
    return DunningRelease.objects.create(
        on=on,
        report=run.report,
        stages=wanted,
        left_out=sorted(left_out),
        released_by=by,
        submission_key=submission_key,
    )


def write_released(*, release: DunningRelease, today: dt.date) -> DunningRelease:
    """Write the notices of a release that waits, or that a killed worker left half done; return it.

    Each item and stage is written once, however often it is begun. One that `today` finds too late is refused: payments
    may have come since, and its letters would carry a day that is past. Raises ConflictError where dunning is being run
    by another process.
    """
    with alone(JOB):
        current = DunningRelease.objects.select_related("released_by").get(pk=release.pk)
        if current.state in (ReleaseState.DONE, ReleaseState.FAILED):
            return current
        if current.on != today:
            return _finish(
                current, ReleaseState.FAILED, error=_("The day it was released for is over: look at today's.")
            )
        _move(current, ReleaseState.RUNNING)
        try:
            result = run_dunning(
                on=current.on,
                by=current.released_by,
                stages=current.stages,
                left_out=current.left_out,
            )
        except BusinessError as refusal:
            logger.warning("Release %s was refused: %s", current.pk, refusal)
            return _finish(current, ReleaseState.FAILED, error=str(refusal))
        return _finish(
            current,
            ReleaseState.FAILED if result.errors else ReleaseState.DONE,
            error="\n".join(result.errors),
        )


@transaction.atomic
def _move(release: DunningRelease, state: ReleaseState) -> None:
    release.state = state
    release.save()


@transaction.atomic
def _finish(release: DunningRelease, state: ReleaseState, *, error: str) -> DunningRelease:
    release.state = state
    release.error = error[:ERROR_MAX_LENGTH]
    release.finished_at = timezone.now()
    written = DunningNotice.objects.filter(issued_on=release.on, stage__in=release.stages)
    release.notices = written.filter(created_at__gte=release.released_at).count()
    release.save()
    return release

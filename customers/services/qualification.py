"""Keeping the licences, certificates and ratings of a customer with their scans (Annex 1, P4.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError
from creditrisk.stored_files import describe_file, store_content
from customers.models import Customer, Qualification, QualificationKind, QualificationScan
from customers.services.rows import (
    changed_values,
    clean_row,
    lock_file,
    retire_row,
    save_changed,
    sent_before,
)

QUALIFICATION_FIELDS = ("kind", "name", "number", "issuer", "rating", "valid_from_on", "valid_to_on")
Scans = Iterable[tuple[str, bytes]]
"""Name and content of each file, one at a time: they may be large."""


@transaction.atomic
def add_qualification(
    *,
    customer: Customer,
    data: Mapping[str, object],
    scans: Scans = (),
    by: User,
    submission_key: UUID | None = None,
) -> Qualification:
    """Add a qualification with its scans and return it; a form sent twice gives the same one. `data`:
    `QUALIFICATION_FIELDS`.

    All or nothing. Raises NotAllowedError, or InvalidInputError where it ends before it begins, an `other` one has
    no name, or a scan is refused (`attachment.…`).
    """
    locked = lock_file(customer, by=by)
    if earlier := sent_before(Qualification, submission_key, customer=locked):
        return earlier
    qualification = Qualification(customer=locked, created_by=by, submission_key=submission_key)
    for field, value in clean_row(data, QUALIFICATION_FIELDS).items():
        setattr(qualification, field, value)
    _require_sound(qualification)
    with acting(by):
        qualification.save()
    _add_scans(qualification, scans, by=by)
    return qualification


@transaction.atomic
def update_qualification(
    *,
    qualification: Qualification,
    data: Mapping[str, object],
    scans: Scans = (),
    version: int,
    by: User,
) -> Qualification:
    """Change a qualification and add `scans` to it; return it, its version raised where a field changed.

    Raises NotAllowedError (not his customer, or it is retired), InvalidInputError (see `add_qualification`),
    ConflictError `row.changed`, which names who changed what since `version`.
    """
    lock_file(qualification.customer_id, by=by)
    stored = Qualification.objects.get(pk=qualification.pk)
    changed = changed_values(stored, clean_row(data, QUALIFICATION_FIELDS), version=version)
    if changed:
        for field, value in changed.items():
            setattr(stored, field, value)
        _require_sound(stored)
        save_changed(stored, changed, by=by)
    _add_scans(stored, scans, by=by)
    return stored


@transaction.atomic
def retire_qualification(*, qualification: Qualification, by: User, now: dt.datetime) -> Qualification:
    """Retire a qualification: it stays on record with its scans and is not reminded of. Twice is once.

    Raises NotAllowedError.
    """
    lock_file(qualification.customer_id, by=by)
    stored = Qualification.objects.get(pk=qualification.pk)
    if not stored.is_retired:
        retire_row(stored, by=by, now=now)
    return stored


@transaction.atomic
def remove_scan(*, scan: QualificationScan, by: User, now: dt.datetime) -> QualificationScan:
    """Take a scan off its qualification; the file stays stored. Twice is once. Raises NotAllowedError."""
    lock_file(scan.qualification.customer_id, by=by)
    stored = QualificationScan.objects.get(pk=scan.pk)
    if stored.removed_at is None:
        stored.removed_at = now
        stored.removed_by = by
        with acting(by):
            stored.save()
    return stored


def _add_scans(qualification: Qualification, scans: Scans, *, by: User) -> None:
    """Store each scan that is not there yet."""
    present = qualification.scans.filter(removed_at__isnull=True)
    known = set(present.values_list("name", "sha256"))
    for name, content in scans:
        described = describe_file(name=name, content=content)
        identity = (described["name"], described["sha256"])
        if identity in known:
            continue
        known.add(identity)
        if len(known) > settings.CREDITRISK_ATTACHMENTS_MAX_COUNT:
            reason = _("A qualification takes at most %(count)s files: remove one first.")
            raise InvalidInputError(
                "attachment.too_many", reason % {"count": settings.CREDITRISK_ATTACHMENTS_MAX_COUNT}
            )
        scan = QualificationScan(qualification=qualification, uploaded_by=by, **described)
        with acting(by):
            store_content(scan, content)
            scan.save()


def _require_sound(qualification: Qualification) -> None:
    if qualification.kind not in QualificationKind.values:
        raise InvalidInputError("qualification.kind", _("There is no such kind of qualification."))
    if qualification.kind == QualificationKind.OTHER and not qualification.name:
        raise InvalidInputError("qualification.name_missing", _("Say what kind of qualification it is."))
    begins, ends = qualification.valid_from_on, qualification.valid_to_on
    if begins is not None and ends is not None and ends < begins:
        raise InvalidInputError(
            "qualification.ends_before_start", _("It cannot end before it begins: compare the two dates.")
        )

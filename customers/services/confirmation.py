"""Confirming that a customer file is right (P4.3): who confirmed which sections, when, and what they said then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.policy.selectors import policy_version_on
from customers.file_confirmation import file_confirmed_on, latest_by_section, snapshot_hash, snapshot_of
from customers.models import Customer, FileConfirmation, FileSection
from customers.portfolio_permissions import confirm_refusal
from customers.services.versions import require_version
from customers.services.visit import lock_customer

NOTE_MAX_LENGTH = 500


@transaction.atomic
def confirm_file(
    *,
    customer: Customer,
    sections: Iterable[str],
    version: int,
    by: User,
    now: dt.datetime,
    note: str = "",
    submission_key: UUID | None = None,
) -> FileConfirmation:
    """Put on record that `by` found these sections of the file right; return the confirmation.

    `version` is the file's version he saw. The customer's `confirmed_on` becomes the oldest of the latest
    confirmations of all sections. A form sent twice gives one confirmation. Raises NotAllowedError (see
    `confirm_refusal`), InvalidInputError without a section, ConflictError `customer.changed`, which names who changed
    what meanwhile: nobody confirms what he has not seen.
    """
    locked = lock_customer(customer.pk)
    if submission_key is not None:
        same_form = FileConfirmation.objects.filter(submission_key=submission_key, customer=locked)
        sent_before: FileConfirmation | None = same_form.first()
        if sent_before is not None:
            return sent_before
    require(confirm_refusal(by, locked))
    chosen = [section.value for section in FileSection if section.value in set(sections)]
    if not chosen:
        raise InvalidInputError("confirmation.nothing", _("Tick at least one section that you checked."))
    require_version(locked, version)
    today = timezone.localdate(now)
    snapshot = snapshot_of(locked, chosen)
    confirmation = FileConfirmation.objects.create(
        customer=locked,
        sections=chosen,
        note=note.strip()[:NOTE_MAX_LENGTH],
        confirmed_on=today,
        confirmed_at=now,
        confirmed_by=by,
        file_version=locked.version,
        snapshot=snapshot,
        snapshot_sha256=snapshot_hash(snapshot),
        policy_version=policy_version_on(today),
        submission_key=submission_key,
    )
    given = locked.confirmations.values_list("sections", "confirmed_on")
    confirmed_on = file_confirmed_on(latest_by_section(given))
    if confirmed_on != locked.confirmed_on:
        locked.confirmed_on = confirmed_on
        with acting(by):
            locked.save()
    return confirmation

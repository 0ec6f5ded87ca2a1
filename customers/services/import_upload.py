"""A file of customers through the browser: taken in, then imported as a whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import require
from creditrisk.stored_files import describe_file, store_content
from customers.identity_permissions import import_refusal
from customers.import_rows import ImportResult, ImportRow
from customers.models import CustomerImport
from customers.services.customer_import import import_customers


@transaction.atomic
def take_import_file(
    *, name: str, content: bytes, mode: str, by: User, submission_key: UUID | None = None
) -> CustomerImport:
    """Keep a file, unread; return it. A form sent twice gives the same one.

    Raises NotAllowedError, or InvalidInputError where it is too large, empty or no table.
    """
    require(import_refusal(by, mode))
    if submission_key is not None:
        sent_before = CustomerImport.objects.filter(submission_key=submission_key, uploaded_by=by).first()
        if sent_before is not None:
            return sent_before
    stored = CustomerImport(
        mode=mode,
        uploaded_by=by,
        submission_key=submission_key,
        **describe_file(name=name, content=content),
    )
    store_content(stored, content)
    with acting(by):
        stored.save()
    return stored


@transaction.atomic
def import_stored_file(
    *, stored: CustomerImport, rows: Sequence[ImportRow], columns: Mapping[str, str], by: User
) -> ImportResult:
    """Import the customers of a kept file; return what was done. A second click finds it done.

    Raises NotAllowedError, ConflictError (see `import_customers`).
    """
    locked = CustomerImport.objects.select_for_update().get(pk=stored.pk, uploaded_by=by)
    require(import_refusal(by, locked.mode))
    if locked.imported_at is not None:
        return ImportResult(locked.inserted, locked.updated, locked.unchanged)
    result = import_customers(rows=rows, columns=columns, mode=locked.mode, by=by)
    if not result.errors:
        locked.inserted = result.inserted
        locked.updated = result.updated
        locked.unchanged = result.unchanged
        locked.imported_at = timezone.now()
        with acting(by):
            locked.save()
    return result

"""What adding, changing and retiring the rows of a customer file have in common."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import NotAllowedError, require
from customers.models import Customer
from customers.models.retirable import Retirable
from customers.permissions import edit_refusal
from customers.services.versions import require_row_version

Row = TypeVar("Row", bound=Retirable)


def lock_file(customer: Customer | int, *, by: User) -> Customer:
    """Return the customer locked, so that his rows change one after the other.

    Raises NotAllowedError for who does not keep the file, and where it is closed.
    """
    pk = customer if isinstance(customer, int) else customer.pk
    locked = Customer.objects.select_for_update().get(pk=pk)
    require(edit_refusal(by, locked))
    return locked


def sent_before(model: type[Row], submission_key: UUID | None, *, customer: Customer) -> Row | None:
    """Return the row that this form made when it was sent the first time."""
    if submission_key is None:
        return None
    return model._default_manager.filter(submission_key=submission_key, customer=customer).first()


def clean_row(data: Mapping[str, object], fields: tuple[str, ...]) -> dict[str, Any]:
    """Return `data` with no blank around text. Raises TypeError for a field that is none of `fields` (a programmer's
    mistake, not a person's)."""
    if unknown := set(data) - set(fields):
        raise TypeError(f"not a field of the row: {', '.join(sorted(unknown))}")
    return {key: value.strip() if isinstance(value, str) else value for key, value in data.items()}


def changed_values(row: Retirable, values: Mapping[str, Any], *, version: int) -> dict[str, Any]:
    """Return which of `values` differ from the stored `row`: nothing at the second click of the same form.

    Raises NotAllowedError where the row is retired, ConflictError where it has another `version` by now.
    """
    if row.is_retired:
        raise NotAllowedError(
            "row.retired", _("This is retired and kept for the record: it does not change.")
        )
    changed = {field: value for field, value in values.items() if getattr(row, field) != value}
    if changed:
        require_row_version(row, version)
    return changed


def save_changed(row: Retirable, changed: Mapping[str, Any], *, by: User) -> None:
    """Save `changed` values of a row as its next version."""
    for field, value in changed.items():
        setattr(row, field, value)
    row.version += 1
    with acting(by):
        row.save()


def retire_row(row: Retirable, *, by: User, now: dt.datetime, is_main: bool | None = None) -> None:
    """Retire a row that is not yet; `is_main` is set where the model has it."""
    row.retire(by=by, now=now)
    if is_main is not None:
        row.is_main = is_main  # type: ignore[attr-defined]
    with acting(by):
        row.save()

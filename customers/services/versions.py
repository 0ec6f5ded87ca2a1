"""Nobody overwrites unseen what somebody else changed meanwhile."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.audit.selectors import HistoryEntry, changes_since
from creditrisk.exceptions import ConflictError
from customers.models import Contract, Customer


def require_version(stored: Customer | Contract, version: int) -> None:
    """Raise ConflictError `customer.changed` or `contract.changed` unless what is locked still has the `version` the
    person saw.

    The message names who changed what since then, and when.
    """
    if stored.version == version:
        return
    changes = "; ".join(_told(entry) for entry in changes_since(stored, version=version))
    if isinstance(stored, Contract):
        code = "contract.changed"
        text = _(
            "The contract was changed while you had the form open: %(changes)s. Check it and save again."
        )
    else:
        code = "customer.changed"
        text = _(
            "The customer was changed while you had the form open: %(changes)s. Check it and save again."
        )
    raise ConflictError(code, text % {"changes": changes})


def require_row_version(row: models.Model, version: int) -> None:
    """Raise ConflictError `row.changed` unless a locked row of a customer file still has the `version` that the
    person saw. The message names who changed what since then, and when."""
    if getattr(row, "version") != version:  # noqa: B009 – every row of a file has one
        entries = changes_since(row, version=version)
        raise ConflictError(
            "row.changed",
            _("This was changed while you had the form open: %(changes)s. Check it and save again.")
            % {"changes": "; ".join(_told(entry) for entry in entries)},
        )


def _told(entry: HistoryEntry) -> str:
    return _("%(person)s, %(at)s: %(changes)s") % {
        "person": entry.person or _("the system"),
        "at": f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M}",
        "changes": ", ".join(f"{change.label}: {change.old} → {change.new}" for change in entry.changes),
    }

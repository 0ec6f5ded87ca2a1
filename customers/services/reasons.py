"""A decision is kept with its reason: who, when and why stay in the customer's history."""

from __future__ import annotations

from django.utils.translation import gettext as _

from creditrisk.exceptions import InvalidInputError

REASON_MAX_LENGTH = 500


def required_reason(reason: str) -> str:
    """Return the reason as it is kept. Raises InvalidInputError where there is none."""
    kept = reason.strip()[:REASON_MAX_LENGTH]
    if not kept:
        raise InvalidInputError("customer.reason_missing", _("Say why: the reason is kept in the history."))
    return kept

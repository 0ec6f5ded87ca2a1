"""Why the software itself moved a customer to another state, kept in nobody's language."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class StateReasonCode(models.TextChoices):
    """What moved the customer; the number of the review, letter or file is in `Customer.state_reason`."""

    REVIEW_WITHDRAWN = "review_withdrawn", _("review withdrawn")
    REVIEW_REJECTED = "review_rejected", _("review rejected")
    FINAL_DEMAND = "final_demand", _("final demand")
    COOPERATION_STOPPED = "cooperation_stopped", _("cooperation stopped")
    COOPERATION_RESUMED = "cooperation_resumed", _("cooperation resumed")
    MERGED = "merged", _("merged")


STATE_REASONS: dict[str, Promise] = {
    StateReasonCode.REVIEW_WITHDRAWN: _("Review %(number)s was withdrawn."),
    StateReasonCode.REVIEW_REJECTED: _("Review %(number)s was rejected."),
    StateReasonCode.FINAL_DEMAND: _("Final demand %(number)s (P5.2.3)"),
    StateReasonCode.COOPERATION_STOPPED: _("Cooperation was stopped by decision %(number)s (P5.2.4)."),
    StateReasonCode.COOPERATION_RESUMED: _("Cooperation goes on by decision %(number)s (P3.1)."),
    StateReasonCode.MERGED: _("Merged into the customer file %(number)s."),
}


def reason_text(code: str, reason: str) -> str:
    """Return the reason for a state as the reader's language words it; what a person typed, without a code, as
    typed.
    """
    return str(STATE_REASONS[code]) % {"number": reason} if code else reason

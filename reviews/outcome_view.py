"""What an approved review ended with, as its last decision logged it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from creditrisk.policy.wording import CONSEQUENCES
from customers.models import ServiceLevel
from reviews.models import Review, ReviewState
from reviews.paper_form import labels_of


def final_outcome(review: Review) -> dict[str, Any] | None:
    """Return the logged outcome with its labels; None where the review is not approved. Reads only what is loaded."""
    if review.state != ReviewState.APPROVED:
        return None
    last = max(review.decisions.all(), key=lambda decision: decision.sequence)
    outcome: dict[str, Any] | None = last.snapshot.get("outcome")
    return outcome and outcome | {
        "limit_amount": outcome["credit_limit_amount"] and Decimal(outcome["credit_limit_amount"]),
        "consequence_label": CONSEQUENCES[outcome["consequence"]],
        "service_level_label": outcome.get("service_level") and ServiceLevel(outcome["service_level"]).label,
        "kept_labels": labels_of(outcome.get("kept_fields", ())),
    }

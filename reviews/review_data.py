"""A whole review as data: for the command, and for whoever reads it by a program."""

from __future__ import annotations

import datetime as dt
from typing import Any

from creditrisk.audit.masking import MASKED_FIELDS, mask_number
from reviews.models import Review
from reviews.selectors import form_of


def review_data(review: Review) -> dict[str, Any]:
    """Return header, form, chain, steps, decisions with their hashes, and files, JSON-ready: moments in UTC, amounts as
    text, account numbers masked.
    """
    return {
        "number": review.number,
        "kind": review.kind,
        "year": review.year,
        "state": review.state,
        "round": review.round,
        "review_on": review.review_on.isoformat(),
        "customer": review.customer.number,
        "cites": review.cites and review.cites.number,
        "initiator": review.initiator.username,
        "policy_version": review.policy_version and review.policy_version.number,
        "submitted_at": _moment(review.submitted_at),
        "ended_at": _moment(review.ended_at),
        "form_version": review.form_version,
        "form": {name: _shown(name, value) for name, value in form_of(review).answers().items()},
        "chain": review.chain,
        "steps": [
            {
                "round": step.round,
                "stage": step.stage,
                "role": step.role,
                "state": step.state,
                "opened_at": _moment(step.opened_at),
                "decided_at": _moment(step.decided_at),
                "decided_by": step.decided_by and step.decided_by.username,
                "taken_on_by": step.assignee and step.assignee.username,
                "due_on": step.due_on and step.due_on.isoformat(),
            }
            for step in review.steps.select_related("decided_by", "assignee").order_by("round", "stage", "pk")
        ],
        "decisions": [
            {
                "sequence": decision.sequence,
                "round": decision.round,
                "kind": decision.kind,
                "role": decision.role,
                "by": decision.by.username,
                "on_behalf_of": decision.on_behalf_of and decision.on_behalf_of.username,
                "opinion": decision.opinion,
                "form_version": decision.form_version,
                "decided_at": _moment(decision.decided_at),
                "to": decision.snapshot.get("to", {}).get("username"),
                "outcome": decision.snapshot.get("outcome"),
                "previous_sha256": decision.previous_sha256,
                "sha256": decision.sha256,
            }
            for decision in review.decisions.select_related("by", "on_behalf_of").order_by("sequence")
        ],
        "copies": [copy.user.username for copy in review.copies.select_related("user")],
        "attachments": [
            {
                "category": file.category,
                "name": file.name,
                "size_bytes": file.size_bytes,
                "sha256": file.sha256,
                "removed_at": _moment(file.removed_at),
            }
            for file in review.attachments.order_by("pk")
        ],
    }


def _moment(at: dt.datetime | None) -> str | None:
    return None if at is None else at.astimezone(dt.UTC).isoformat()


def _shown(name: str, value: Any) -> Any:
    if name in MASKED_FIELDS:
        return mask_number(value)
    return value if value is None or isinstance(value, int | str | list | dict) else str(value)

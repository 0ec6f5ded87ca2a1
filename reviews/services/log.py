"""Writing the decision log, and checking that nobody has touched it since."""

from __future__ import annotations

import datetime as dt
from typing import Any

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from reviews.decision_log import (
    Entry,
    Fault,
    ImpossibleDecisionError,
    Replayed,
    broken_links,
    decision_hash,
    replay,
)
from reviews.models import ApprovalStep, Decision, DecisionKind, Review, ReviewKind, StepState
from reviews.selectors import form_of

STARTERS = {
    ReviewKind.NEW_CUSTOMER: Role.ACCOUNT_MANAGER,
    ReviewKind.ANNUAL: Role.SERVICE_MANAGER,
}
"""Who writes and hands in which form (P4.1, P4.2)."""


def record_decision(
    *,
    review: Review,
    kind: DecisionKind,
    by: User,
    now: dt.datetime,
    opinion: str = "",
    step: ApprovalStep | None = None,
    on_behalf_of: User | None = None,
    **more: dict[str, Any],
) -> Decision:
    """Append a decision on the locked review, with the whole form as it is now, and return it.

    `more` is kept in the snapshot by its names: the `outcome` of the last approval, and on a submission the
    customer's `file` as it was then, on a transfer or a question the person it went `to`.
    """
    last = review.decisions.order_by("-sequence").values("sequence", "sha256").first()
    decision = Decision(
        review=review,
        step=step,
        sequence=last["sequence"] + 1 if last else 1,
        round=review.round,
        kind=kind,
        role=_role(review, kind, step),
        by=by,
        on_behalf_of=on_behalf_of,
        opinion=opinion,
        form_version=review.form_version,
        snapshot=snapshot(review) | more,
        policy_version=review.policy_version,
        decided_at=now,
        previous_sha256=last["sha256"] if last else "",
    )
    decision.sha256 = decision_hash(_content(decision), decision.previous_sha256)
    decision.save(force_insert=True)
    return decision


def _role(review: Review, kind: DecisionKind, step: ApprovalStep | None) -> str:
    """Return as what the person acts; "" for a colleague who was asked: he signs for no role."""
    if kind == DecisionKind.ADVISE:
        return ""
    return step.role if step else STARTERS[ReviewKind(review.kind)].value


def snapshot(review: Review) -> dict[str, Any]:
    """Return the whole review as JSON-ready data: header, every answer of the form, attachments with their
    hashes, chain.
    """
    form = form_of(review)
    cites = {"cites": review.cites.number} if review.cites else {}
    return cites | {
        "number": review.number,
        "kind": review.kind,
        "review_on": review.review_on.isoformat(),
        "customer": review.customer.number,
        "initiator": {"username": review.initiator.username, "name": review.initiator.display_name},
        "form": {name: _plain(value) for name, value in form.answers().items()},
        "attachments": [
            {
                "id": file.pk,
                "category": file.category,
                "item": file.item,
                "version": file.version,
                "name": file.name,
                "sha256": file.sha256,
            }
            for file in review.attachments.filter(removed_at__isnull=True).order_by("pk")
        ],
        "chain": review.chain,
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str | list | dict) else str(value)


def _content(decision: Decision) -> dict[str, Any]:
    """Return what a decision's hash covers: everything but the hashes themselves. People count by key: names
    change.
    """
    content = {
        "review": decision.review.number,
        "sequence": decision.sequence,
        "round": decision.round,
        "kind": str(decision.kind),
        "stage": decision.step.stage if decision.step else None,
        "role": str(decision.role),
        "by": decision.by_id,
        "opinion": decision.opinion,
        "form_version": decision.form_version,
        "snapshot": decision.snapshot,
        "policy_version": decision.policy_version.number,
        "decided_at": decision.decided_at.astimezone(dt.UTC).isoformat(),
    }
    if decision.on_behalf_of_id is not None:
        content["on_behalf_of"] = decision.on_behalf_of_id
    return content


def verify_decisions(review: Review) -> list[Fault]:
    """Return what is wrong with a review's decision log; empty where every hash is right, none is missing,
    and the decisions lead exactly to the review's state, round and approved steps.
    """
    stored = Review.objects.get(pk=review.pk)
    decisions = list(stored.decisions.select_related("step", "policy_version", "review").order_by("sequence"))
    entries = [
        Entry(decision.sequence, _content(decision), decision.previous_sha256, decision.sha256)
        for decision in decisions
    ]
    return broken_links(entries) + _replay_faults(stored, decisions)


def _replay_faults(review: Review, decisions: list[Decision]) -> list[Fault]:
    steps = [_content(decision) | {"chain": decision.snapshot["chain"]} for decision in decisions]
    try:
        led_to = replay(steps)
    except ImpossibleDecisionError as error:
        return [Fault(len(decisions), str(error))]
    if led_to != _stored(review, stages=len(led_to.approved)):
        return [Fault(len(decisions), "the review's state is not what the decisions lead to")]
    return []


def _stored(review: Review, *, stages: int) -> Replayed:
    approved: list[set[str]] = [set() for _number in range(stages)]
    for step in review.steps.filter(round=review.round, state=StepState.APPROVED):
        approved[step.stage].add(step.role)
    return Replayed(review.state, review.round, tuple(frozenset(roles) for roles in approved))

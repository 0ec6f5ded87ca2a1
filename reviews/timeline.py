"""What reviews tell in a customer's timeline. A draft of somebody else stays out of it, as everywhere."""

from __future__ import annotations

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from customers.models import Customer
from customers.timeline import Entry, Span, about_it, day_entry
from reviews.adjustment_selectors import adjustments_of
from reviews.models import AdjustmentState, Decision, DecisionKind, ReviewState
from reviews.progress import APPEARANCE, signature
from reviews.selectors import reviews_of

RESULT_TONES = {ReviewState.APPROVED: "success", ReviewState.REJECTED: "danger"}


def results(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return what the reviews ended with."""
    return [
        Entry(
            at=review.ended_at,
            title=about_it(review.get_kind_display(), review.get_state_display()),
            about=review.number,
            url=review.get_absolute_url(),
            tone=RESULT_TONES.get(review.state, ""),
        )
        for review in span.newest(reviews_of(customer, person=person), "ended_at")
        if review.ended_at
    ]


def decisions(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return what was submitted and decided, with the opinions."""
    rows = Decision.objects.filter(review__in=reviews_of(customer, person=person).select_related(None))
    return [
        Entry(
            at=decision.decided_at,
            title=": ".join(filter(None, (decision.get_role_display(), decision.get_kind_display()))),
            person=signature(decision),
            text=decision.opinion,
            about=decision.review.number,
            url=decision.review.get_absolute_url(),
            tone=APPEARANCE[DecisionKind(decision.kind)][1],
        )
        for decision in span.newest(
            rows.select_related("review", "by", "on_behalf_of").defer("snapshot"), "decided_at"
        )
    ]


def started(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the reviews that were started."""
    return [
        Entry(
            at=review.created_at,
            title=about_it(review.get_kind_display(), _("started")),
            person=str(review.initiator),
            about=review.number,
            url=review.get_absolute_url(),
        )
        for review in span.newest(reviews_of(customer, person=person), "created_at")
    ]


ADJUSTMENT_TONES = {AdjustmentState.PROPOSED: "warning", AdjustmentState.CONFIRMED: "success"}


def adjustments(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the quarterly adjustments that gave or proposed another grade, by the day of their run."""
    changed = adjustments_of(customer).exclude(state=AdjustmentState.UNCHANGED)
    return [
        day_entry(
            adjustment.adjusted_on,
            about_it(f"{adjustment.old_grade} → {adjustment.new_grade}", adjustment.get_state_display()),
            person=str(adjustment.decided_by or ""),
            text=adjustment.reason,
            about=adjustment.quarter,
            url=adjustment.get_absolute_url(),
            tone=ADJUSTMENT_TONES.get(adjustment.state, "danger" if adjustment.is_downgrade else ""),
        )
        for adjustment in span.newest_days(changed, "adjusted_on")
    ]

"""What reviews tell in a customer's timeline. A draft of somebody else stays out of it, as everywhere."""

from __future__ import annotations

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from customers.models import Customer
from customers.timeline import Entry, Span, about_it
from reviews.models import Decision, DecisionKind, Review, ReviewState
from reviews.models.review import ReviewQuerySet
from reviews.progress import APPEARANCE

RESULT_TONES = {ReviewState.APPROVED: "success", ReviewState.REJECTED: "danger"}


def _seen(customer: Customer, person: User | None) -> ReviewQuerySet:
    """Return the customer's reviews that the person may see."""
    reviews: ReviewQuerySet = Review.objects.all() if person is None else Review.objects.visible_to(person)
    return reviews.filter(customer=customer).select_related("initiator")


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
        for review in span.newest(_seen(customer, person), "ended_at")
        if review.ended_at
    ]


def decisions(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return what was submitted and decided, with the opinions."""
    rows = Decision.objects.filter(review__in=_seen(customer, person).select_related(None))
    return [
        Entry(
            at=decision.decided_at,
            title=": ".join(filter(None, (decision.get_role_display(), decision.get_kind_display()))),
            person=str(decision.by),
            text=decision.opinion,
            about=decision.review.number,
            url=decision.review.get_absolute_url(),
            tone=APPEARANCE[DecisionKind(decision.kind)][1],
        )
        for decision in span.newest(rows.select_related("review", "by").defer("snapshot"), "decided_at")
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
        for review in span.newest(_seen(customer, person), "created_at")
    ]

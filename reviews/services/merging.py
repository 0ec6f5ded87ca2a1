"""Reviews of two files that become one: they move with the file, unless both are under review."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.exceptions import NotAllowedError
from creditrisk.lazy_text import filled
from customers.merging import Moved, Relation, move_unlike_rows
from customers.models import Customer
from reviews.models import OPEN_STATES, AdjustmentState, Review, ReviewKind


def lock_open_reviews(keep: Customer, drop: Customer) -> None:
    """Lock the open reviews of both: every decision locks its review before its customer."""
    open_reviews = Review.objects.filter(customer__in=[keep, drop], state__in=OPEN_STATES)
    list(open_reviews.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def both_under_review(keep: Customer, drop: Customer) -> NotAllowedError | None:
    """Return a refusal where both files have an open review of one kind: there can be one only (P4)."""
    kinds = [
        set(Review.objects.filter(customer=customer, state__in=OPEN_STATES).values_list("kind", flat=True))
        for customer in (keep, drop)
    ]
    if not kinds[0] & kinds[1]:
        return None
    return NotAllowedError(
        "merge.both_under_review",
        _("Both files have an open review of the same kind: end or withdraw one of them first."),
    )


def assessed_already(keep: Customer, drop: Customer) -> NotAllowedError | None:
    """Return a refusal where the file that is closed has an open annual review of a year that the other one has a
    review of: it would stay open on a closed file. Of approved ones the kept file's counts, the other stays where it
    is.
    """
    years = Review.objects.filter(customer=keep, kind=ReviewKind.ANNUAL).values("year")
    open_review = Review.objects.filter(customer=drop, state__in=OPEN_STATES, year__in=years).first()
    if open_review is None:
        return None
    reason = _("Review %(number)s is open for a year that the other file has a review of: withdraw it first.")
    return NotAllowedError("merge.assessed_already", filled(reason, number=open_review.number))


def move_adjustments(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Move the adjustments of grades of the quarters that the kept file has none of. What waits for a decision lapses:
    it is about the grade of the file that is closed.
    """
    waiting = relation.rows_of(drop).filter(state=AdjustmentState.PROPOSED)
    waiting.update(state=AdjustmentState.LAPSED)
    return move_unlike_rows("quarter")(relation, keep, drop)

"""Reviews of two files that become one: they move with the file, unless both are under review."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.exceptions import NotAllowedError
from customers.merging import Moved, Relation, move_unlike_rows
from customers.models import Customer
from reviews.models import OPEN_STATES, AdjustmentState, Review


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


def move_adjustments(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Move the adjustments of grades of the quarters that the kept file has none of. What waits for a decision lapses:
    it is about the grade of the file that is closed.
    """
    waiting = relation.rows_of(drop).filter(state=AdjustmentState.PROPOSED)
    waiting.update(state=AdjustmentState.LAPSED)
    return move_unlike_rows("quarter")(relation, keep, drop)

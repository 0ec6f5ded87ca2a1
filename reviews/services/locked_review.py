"""How every transition begins: lock the review's row first, then load what hangs on it, then see who asks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import ConflictError
from reviews.models import ApprovalStep, Review

OPINION_MAX_LENGTH = 5000


@dataclass(frozen=True)
class Done:
    """What a service did: the review as it is now, and whether the very same had been done before (a second
    click).
    """

    review: Review
    repeated: bool = False


def lock_review(review_id: int) -> Review:
    """Return the review, locked until the transaction ends, with customer and people loaded after the lock.

    Two parallel approvers write different steps; only the lock on their common row keeps one from missing the
    other.
    """
    Review.objects.select_for_update().only("pk").get(pk=review_id)
    return Review.objects.select_related(
        "customer__account_manager__department",
        "customer__service_manager__department",
        "initiator",
        "policy_version",
    ).get(pk=review_id)


def load_step(review: Review, step_id: int) -> ApprovalStep:
    """Return a step of the locked review, as stored now."""
    step: ApprovalStep = ApprovalStep.objects.select_related("decided_by", "assignee").get(
        pk=step_id, review=review
    )
    step.review = review
    return step


def person_now(user: User, now: dt.datetime | None = None) -> User:
    """Return the person with the roles he holds now: a role taken away counts from the next click on. With `now` he
    stands in for those whose deputy he is on that day, else for nobody.
    """
    person = User.objects.get(pk=user.pk)
    person.stands_in_for = person.stands_in_on(timezone.localdate(now)) if now else ()
    return person


def require_form_version(review: Review, seen_form_version: int) -> None:
    """Raise ConflictError where the form was changed after the person had opened it."""
    if review.form_version != seen_form_version:
        raise ConflictError(
            "review.form_changed",
            _("The form was changed since you opened it. Read it again, then decide."),
        )


def require_round(review: Review, seen_round: int) -> None:
    """Raise ConflictError where the review has gone into another round since the person opened it."""
    if review.round != seen_round:
        reason = _("The review is now in round %(round)s. Read it again, then decide.")
        raise ConflictError("review.round_changed", reason % {"round": review.round})

"""Sending a review to others to read (抄送)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from reviews.models import Review, ReviewCopy
from reviews.permissions import Action, require
from reviews.services.locked_review import lock_review, person_now
from reviews.services.messages import tell_copied


@transaction.atomic
def send_copies(*, review: Review, readers: Iterable[User], by: User, now: dt.datetime) -> list[ReviewCopy]:
    """Let `readers` read the review, whosever customer it is of, and tell them; return the new copies. Who has one, the
    sender himself and people who hold no role get none.

    Raises NotAllowedError (does not take part, or a draft), ConflictError where the review has ended.
    """
    locked = lock_review(review.pk)
    person = person_now(by, now)
    require(Action.SEND_COPY, user=person, review=locked)
    has_one = set(locked.copies.values_list("user", flat=True)) | {person.pk, locked.initiator_id}
    chosen = User.objects.filter(pk__in=[reader.pk for reader in readers]).exclude(pk__in=has_one)
    with acting(person):
        copies = [
            ReviewCopy.objects.create(review=locked, user=reader, by=person, sent_at=now)
            for reader in chosen.order_by("username")
            if reader.roles
        ]
    tell_copied(locked, copies)
    return copies

"""The log of case reviews and seminars: minutes, the customers discussed, signing off, addenda (P3.1 d)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.notifications.services import notify
from creditrisk.numbering.services import next_number
from creditrisk.stored_files import NamedContents, new_files, store_content
from creditrisk.turns import take_turn
from customers.models import Customer
from customers.services.messages import filled
from supervision.models import (
    CaseAddendum,
    CaseReview,
    CaseReviewCustomer,
    CaseReviewFile,
    CaseReviewKind,
)
from supervision.permissions import (
    addendum_refusal,
    change_review_refusal,
    close_review_refusal,
    hold_review_refusal,
)

INVITED = gettext_lazy("You take part in “%(title)s” on %(date)s.")
SIGNED = gettext_lazy("The minutes of “%(title)s” of %(date)s are signed off.")
ADDED = gettext_lazy("The minutes of “%(title)s” of %(date)s have an addendum.")


@dataclass(frozen=True)
class Minutes:
    """What the minutes of a meeting say, apart from the customers discussed."""

    kind: str
    held_on: dt.date
    title: str
    participants: Sequence[User] = ()
    minutes: str = ""


@transaction.atomic
def open_case_review(*, minutes: Minutes, by: User, submission_key: UUID | None = None) -> CaseReview:
    """Open the minutes of a case review or seminar; return it. A form sent twice is one; who takes part is told.

    Raises NotAllowedError for anybody but a leader, InvalidInputError without a title.
    """
    require(hold_review_refusal(by))
    if submission_key is not None:
        take_turn(f"submission:{submission_key}")
        sent_before: CaseReview | None = CaseReview.objects.filter(submission_key=submission_key).first()
        if sent_before is not None:
            return sent_before
    number = next_number(f"case-review-{minutes.held_on.year}")
    review = CaseReview(
        number=f"CR-{minutes.held_on.year}-{number:04d}", created_by=by, submission_key=submission_key
    )
    _write(review, minutes)
    with acting(by):
        review.save()
        review.participants.set(minutes.participants)
    _tell(review, minutes.participants, INVITED, key="invited", by=by)
    return review


@transaction.atomic
def change_case_review(*, review: CaseReview, minutes: Minutes, version: int, by: User) -> CaseReview:
    """Write the minutes anew; return the meeting. Who takes part newly is told. The same sent twice is once.

    Raises NotAllowedError, ConflictError where they are signed off or somebody changed them since `version`,
    InvalidInputError without a title.
    """
    locked = lock_review(review)
    known = {person.pk for person in locked.participants.all()}
    if locked.version == version + 1 and _says(locked, known, minutes):
        return locked  # the second click of the same form
    require(change_review_refusal(by, locked))
    if locked.version != version:
        raise _changed_meanwhile()
    _write(locked, minutes)
    locked.version += 1
    with acting(by):
        locked.save()
        locked.participants.set(minutes.participants)
    new = [person for person in minutes.participants if person.pk not in known]
    _tell(locked, new, INVITED, key="invited", by=by)
    return locked


def _changed_meanwhile() -> ConflictError:
    return ConflictError(
        "case_review.changed_meanwhile",
        _("Somebody changed these minutes meanwhile: copy what you wrote, reload the page and add it."),
    )


def lock_review(review: CaseReview) -> CaseReview:
    """Return the meeting, its row locked: the first lock of everything that hangs on it."""
    locked: CaseReview = CaseReview.objects.select_for_update().get(pk=review.pk)
    return locked


def raise_version(locked: CaseReview) -> None:
    """Count a change of what hangs on the locked meeting: the leader signs off what he has read, and nothing else."""
    locked.version += 1
    locked.save()


def _write(review: CaseReview, minutes: Minutes) -> None:
    title = " ".join(minutes.title.split())
    if not title:
        raise InvalidInputError("case_review.title_missing", _("Give the meeting a title."))
    review.kind = CaseReviewKind(minutes.kind)
    review.held_on = minutes.held_on
    review.title = title
    review.minutes = minutes.minutes.strip()


def _says(review: CaseReview, participants: set[int], minutes: Minutes) -> bool:
    said = (review.kind, review.held_on, review.title, review.minutes, participants)
    asked = (
        minutes.kind,
        minutes.held_on,
        " ".join(minutes.title.split()),
        minutes.minutes.strip(),
        {person.pk for person in minutes.participants},
    )
    return said == asked


@transaction.atomic
def discuss_customer(
    *, review: CaseReview, customer: Customer, point: str, by: User, version: int | None = None
) -> CaseReviewCustomer:
    """Note what was said about a customer; return it. Noted again the new words take the place of the old ones, where
    the minutes are still at the `version` that was read (None: nobody has read them).

    Raises NotAllowedError, ConflictError where the minutes are signed off or somebody else's words would be lost,
    InvalidInputError without a point.
    """
    locked = lock_review(review)
    point = point.strip()
    noted: CaseReviewCustomer | None = CaseReviewCustomer.objects.filter(
        review=locked, customer=customer
    ).first()
    if noted is not None and noted.point == point:
        return noted  # the second click of the same form
    require(change_review_refusal(by, locked))
    if not point:
        raise InvalidInputError("case_review.point_missing", _("Say what was said about the customer."))
    if noted is not None and locked.version != version:
        raise _changed_meanwhile()
    noted = noted or CaseReviewCustomer(review=locked, customer=customer)
    noted.point = point
    noted.added_by = by
    with acting(by):
        noted.save()
        raise_version(locked)
    return noted


@transaction.atomic
def leave_customer_out(*, review: CaseReview, customer: Customer, by: User) -> None:
    """Take what was noted about a customer out of minutes that are being written. Twice is once.

    Raises NotAllowedError, ConflictError where the minutes are signed off.
    """
    locked = lock_review(review)
    require(change_review_refusal(by, locked))
    with acting(by):
        for noted in CaseReviewCustomer.objects.filter(review=locked, customer=customer):
            noted.delete()
            raise_version(locked)


@transaction.atomic
def attach_case_review_files(*, review: CaseReview, files: NamedContents, by: User) -> int:
    """Add documents to a meeting whose minutes are being written; return how many are new (the same file twice is kept
    once).

    Raises NotAllowedError, ConflictError where the minutes are signed off, InvalidInputError for the first file that is
    not kept, or one too many: then none is added.
    """
    locked = lock_review(review)
    require(change_review_refusal(by, locked))
    reason = _("A meeting takes at most %(count)s files.")
    too_many = InvalidInputError(
        "case_review.too_many_files", reason % {"count": settings.CREDITRISK_ATTACHMENTS_MAX_COUNT}
    )
    added = new_files(files, known=set(locked.files.values_list("name", "sha256")), too_many=too_many)
    with acting(by):
        for described, content in added:
            file = CaseReviewFile(review=locked, uploaded_by=by, **described)
            store_content(file, content)
            file.save()
        if added:
            raise_version(locked)
    return len(added)


@transaction.atomic
def close_case_review(*, review: CaseReview, version: int, by: User, now: dt.datetime) -> CaseReview:
    """Sign the minutes off as they were read (`version`); return the meeting. Who took part is told. A second click
    changes nothing.

    Raises NotAllowedError for anybody but the group leader or who stands in for him, ConflictError where there are no
    minutes, or somebody changed them since.
    """
    locked = lock_review(review)
    if locked.is_closed and locked.closed_by_id == by.pk:
        return locked
    require(close_review_refusal(by, locked))
    if locked.version != version:
        raise ConflictError(
            "case_review.changed_meanwhile",
            _("Somebody changed these minutes meanwhile: read them again before you sign them off."),
        )
    locked.close()
    locked.closed_at, locked.closed_by = now, by
    with acting(by):
        locked.save()
    _tell(locked, locked.participants.all(), SIGNED, key="signed", by=by)
    return locked


@transaction.atomic
def add_addendum(
    *, review: CaseReview, text: str, by: User, now: dt.datetime, submission_key: UUID | None = None
) -> CaseAddendum:
    """Add to minutes that are signed off; return the addendum. Who took part is told. A form sent twice is one.

    Raises NotAllowedError, ConflictError where they are not signed off yet, InvalidInputError without a text.
    """
    locked = lock_review(review)
    if submission_key is not None:
        sent_before: CaseAddendum | None = CaseAddendum.objects.filter(
            submission_key=submission_key, review=locked
        ).first()
        if sent_before is not None:
            return sent_before
    require(addendum_refusal(by, locked))
    text = text.strip()
    if not text:
        raise InvalidInputError("case_review.addendum_missing", _("Say what is to be added."))
    with acting(by):
        addendum = CaseAddendum.objects.create(
            review=locked, text=text, added_at=now, added_by=by, submission_key=submission_key
        )
    _tell(locked, locked.participants.all(), ADDED, key=f"addendum:{addendum.pk}", by=by)
    return addendum


def _tell(review: CaseReview, people: Iterable[User], text: Promise, *, key: str, by: User) -> None:
    notify(
        users=[person for person in people if person.pk != by.pk],
        title=filled(text, title=review.title, date=f"{review.held_on:%Y-%m-%d}"),
        url=review.get_absolute_url(),
        key=f"case-review:{review.number}:{key}",
    )

"""Attaching files to a review's form and taking them off it again."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError
from creditrisk.stored_files import describe_file, store_content
from reviews.models import REVIEW_ITEMS, Attachment, AttachmentCategory, Review
from reviews.permissions import Action, require
from reviews.services.locked_review import lock_review, person_now


@transaction.atomic
def add_attachment(
    *, review: Review, by: User, name: str, content: bytes, category: str, item: str = ""
) -> Attachment:
    """Attach a file to the form and return it; the form's version rises. The same file twice is attached
    once; another one of the same name, category and review item is its next version, and the one before leaves the
    form and stays stored.

    The type is decided by the content, the path is the server's. Raises NotAllowedError, ConflictError where
    the form is locked, InvalidInputError where the file is too large, one too many, empty or of a type that
    is not allowed.
    """
    locked = lock_review(review.pk)
    person = person_now(by)
    require(Action.ATTACH, user=person, review=locked)
    described = describe_file(name=name, content=content)
    category = AttachmentCategory(category).value
    if item and item not in REVIEW_ITEMS:
        raise InvalidInputError("attachment.item", _("There is no such review item."))
    present = locked.attachments.filter(removed_at__isnull=True)
    before: Attachment | None = present.filter(category=category, item=item, name=described["name"]).first()
    if before is not None and before.sha256 == described["sha256"]:
        return before
    if before is None and present.count() >= settings.CREDITRISK_ATTACHMENTS_MAX_COUNT:
        reason = _("A review takes at most %(count)s files: remove one first.")
        raise InvalidInputError(
            "attachment.too_many", reason % {"count": settings.CREDITRISK_ATTACHMENTS_MAX_COUNT}
        )
    attachment = Attachment(
        review=locked,
        category=category,
        item=item,
        version=before.version + 1 if before else 1,
        uploaded_by=person,
        **described,
    )
    with acting(person):
        if before is not None:
            before.removed_at, before.removed_by = Now(), person
            before.save()
        store_content(attachment, content)
        attachment.save()
        _raise_form_version(locked)
    return attachment


@transaction.atomic
def remove_attachment(*, attachment: Attachment, by: User, now: dt.datetime) -> Attachment:
    """Take a file off the form; it stays stored, as an earlier round may have been decided on it. Twice is
    once.

    Raises NotAllowedError, ConflictError where the form is locked.
    """
    locked = lock_review(attachment.review_id)
    person = person_now(by)
    require(Action.REMOVE_ATTACHMENT, user=person, review=locked)
    stored = Attachment.objects.get(pk=attachment.pk)
    if stored.removed_at is None:
        stored.removed_at = now
        stored.removed_by = person
        with acting(person):
            stored.save()
            _raise_form_version(locked)
    return stored


def _raise_form_version(review: Review) -> None:
    review.form_version += 1
    review.save()

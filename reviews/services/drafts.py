"""Starting a review and writing its form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import NotAllowedError
from creditrisk.numbering.services import next_number
from creditrisk.stored_files import store_content
from customers.models import Customer
from reviews.models import ANSWER_FIELDS, Attachment, NewCustomerForm, Review, ReviewKind, ReviewState
from reviews.permissions import Action, refusal_to_copy, refusal_to_correct, refusal_to_create, require
from reviews.selectors import latest_approved, open_review_of
from reviews.services.locked_review import Done, lock_review, person_now, require_form_version

PREFILLED_FIELDS = (
    "name",
    "enterprise_type",
    "registered_capital_amount",
    "registered_capital_currency",
    "business_licence_number",
    "tax_registration_number",
    "organisation_code",
    "bank_name",
    "bank_account",
    "legal_representative",
    "person_in_charge",
    "finance_contact",
    "finance_phone",
    "business_contact",
    "business_phone",
    "currency",
    "payment_term_days",
)


@transaction.atomic
def start_review(*, customer: Customer, by: User, review_on: dt.date, copy_of: Review | None = None) -> Done:
    """Start the new-customer review of `customer` (P4.1) as a draft, filled in from his file, numbered by the
    year of `review_on`. A second click returns the same draft.

    `copy_of` is an earlier one of his that was rejected or withdrawn, or an approved one that is to be corrected: the
    new one cites it and takes over its answers and files, not what was decided. Raises NotAllowedError (not his account
    manager, no review needed, or nothing to copy), ConflictError where one is still open.
    """
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    person = person_now(by)
    found = open_review_of(locked)
    if found and found.initiator_id == person.pk and found.state == ReviewState.DRAFT:
        return Done(found, repeated=True)
    if copy_of is not None and copy_of.state == ReviewState.APPROVED:
        refused = refusal_to_correct(
            user=person, review=copy_of, open_review=found, latest=latest_approved(locked)
        )
    else:
        refused = refusal_to_create(user=person, customer=locked, open_review=found)
    if refused is not None:
        raise refused
    with acting(person):
        review = Review.objects.create(
            number=f"R-{review_on.year}-{next_number(f'review-{review_on.year}'):06d}",
            kind=ReviewKind.NEW_CUSTOMER,
            customer=locked,
            initiator=person,
            review_on=review_on,
            business_currency=locked.currency,
            cites=copy_of,
        )
        if copy_of is not None:
            _copy(copy_of, review, by=person)
        else:
            answers = {name: getattr(locked, name) for name in PREFILLED_FIELDS}
            NewCustomerForm.objects.create(review=review, uscc=locked.uscc or "", **answers)
    return Done(review)


def _copy(earlier: Review, review: Review, *, by: User) -> None:
    found = None if earlier.state == ReviewState.APPROVED else refusal_to_copy(user=by, review=earlier)
    if found is not None or earlier.customer_id != review.customer_id:
        raise found or NotAllowedError("review.copy_other", _("That review is of another customer."))
    form = NewCustomerForm.objects.create(
        review=review, **NewCustomerForm.objects.get(pk=earlier.pk).answers()
    )
    review.business_amount, review.business_currency = form.business
    review.save()
    for file in earlier.attachments.filter(removed_at__isnull=True).order_by("pk"):
        copied = Attachment(
            review=review,
            category=file.category,
            item=file.item,
            uploaded_by=by,
            name=file.name,
            size_bytes=file.size_bytes,
            content_type=file.content_type,
            sha256=file.sha256,
        )
        with file.file.open("rb") as content:
            store_content(copied, content.read())
        copied.save()


@transaction.atomic
def save_form(*, review: Review, by: User, answers: Mapping[str, Any], seen_form_version: int) -> Done:
    """Store answers of the form (some or all, cleaned, by field name); the form's version rises with every
    change.

    The same answers twice change nothing. Raises NotAllowedError, ConflictError where the form was changed
    since `seen_form_version`, TypeError for a field the form does not have.
    """
    unknown = set(answers) - set(ANSWER_FIELDS)
    if unknown:
        raise TypeError(f"not a field of the form: {', '.join(sorted(unknown))}")
    locked = lock_review(review.pk)
    person = person_now(by)
    require(Action.EDIT, user=person, review=locked)
    form = NewCustomerForm.objects.get(pk=locked.pk)
    changed = {name: value for name, value in answers.items() if getattr(form, name) != value}
    if not changed:
        return Done(locked, repeated=True)
    require_form_version(locked, seen_form_version)
    for name, value in changed.items():
        setattr(form, name, value)
    locked.form_version += 1
    locked.business_amount, locked.business_currency = form.business
    with acting(person):
        form.save()
        locked.save()
    return Done(locked)

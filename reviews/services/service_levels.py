"""The group leader re-confirms service levels from the year-end reviews: with his approval, or all of them in one
sitting (P3.1 f).
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError
from customers.models import ServiceLevel
from customers.services import set_service_level
from reviews.models import AnnualForm, Review, ReviewState, ServiceLevelConfirmation
from reviews.permissions import service_level_refusal
from reviews.selectors import latest_approved
from reviews.services.locked_review import Done, lock_review, person_now

REASON_MAX_LENGTH = 500


def confirm_service_level(review: Review, *, level: str, reason: str, by: User, now: dt.datetime) -> None:
    """Keep the service level that the group leader re-confirms for the locked annual review in approval; empty confirms
    the one he chose before, or the present one. It takes effect with the last approval.

    Raises InvalidInputError for a level that is none, or another than the present one without a reason.
    """
    form = AnnualForm.objects.get(pk=review.pk)
    present = review.customer.service_level
    chosen = level or form.service_level or present
    why = _reason(chosen, reason or (form.service_level_reason if not level else ""), present)
    form.service_level, form.service_level_reason = chosen, why
    form.save()
    _keep(review, old=present, level=chosen, reason=why, by=by, now=now)


def _reason(level: str, reason: str, present: str) -> str:
    if level not in ServiceLevel.values:
        raise InvalidInputError("service_level.unknown", _("There is no such service level."))
    if level == present:
        return ""
    if not reason.strip():
        raise InvalidInputError(
            "service_level.reason_missing", _("Say why you give another service level (P3.1 f).")
        )
    return reason.strip()[:REASON_MAX_LENGTH]


@transaction.atomic
def reconfirm_service_level(*, review: Review, level: str, reason: str, by: User, now: dt.datetime) -> Done:
    """Re-confirm the service level of one annual review in the leader's sitting (P3.1 f): while it is in approval the
    level waits for the last approval, after it the customer has it at once. The very same again changes nothing
    (`repeated`).

    Raises NotAllowedError (not the group leader, no annual review in approval or approved), ConflictError where a later
    review has assessed the customer, InvalidInputError for a level that is none, or for another than the present one
    without a reason.
    """
    locked = lock_review(review.pk)
    person = person_now(by)
    if refused := service_level_refusal(person, locked, latest=latest_approved(locked.customer)):
        raise refused
    kept = ServiceLevelConfirmation.objects.filter(review=locked).first()
    present = locked.customer.service_level
    # After the approval somebody may have set another level on the file: then this is no second click.
    is_so = locked.state == ReviewState.IN_APPROVAL or present == level
    same = kept is not None and (kept.level, kept.confirmed_by_id) == (level, person.pk)
    if kept is not None and same and is_so and reason.strip() in ("", kept.reason):
        return Done(locked, repeated=True)
    with acting(person):
        if locked.state == ReviewState.IN_APPROVAL:
            confirm_service_level(locked, level=level, reason=reason, by=person, now=now)
        else:
            why = _reason(level, reason, present)
            if level != present:
                customer = locked.customer
                set_service_level(
                    customer=customer, level=level, reason=why, version=customer.version, by=person
                )
            _keep(locked, old=present, level=level, reason=why, by=person, now=now)
    return Done(locked)


def _keep(review: Review, *, old: str, level: str, reason: str, by: User, now: dt.datetime) -> None:
    ServiceLevelConfirmation.objects.update_or_create(
        review=review,
        defaults={"old": old, "level": level, "reason": reason, "confirmed_by": by, "confirmed_at": now},
    )

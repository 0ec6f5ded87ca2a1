"""What the leaders decide about better grades that an adjustment proposes (P5.2.2): confirm, amend, refuse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import BusinessError, InvalidInputError, require
from creditrisk.notifications.services import notify
from customers.models import Customer, Grade
from customers.services import Regrade, regrade_customers
from customers.services.messages import filled
from reviews.adjustment_permissions import follow_adjustment_refusal, refuse_adjustment_refusal
from reviews.adjustment_selectors import adjustments_by_key, later_changes
from reviews.adjustment_wording import source_of
from reviews.models import AdjustmentState, GradeAdjustment

REASON_MAX_LENGTH = 500
DECIDED = gettext_lazy(
    "%(customer)s: the adjustment %(old)s → %(new)s of %(quarter)s was decided: %(state)s (P5.2.2)."
)
SEVERAL_DECIDED = gettext_lazy("Grade adjustments of your customers were decided: see which (P5.2.2).")

Decision = Literal["confirm", "amend", "refuse"]


@transaction.atomic
def confirm_adjustment(
    *, adjustment: GradeAdjustment, by: User, now: dt.datetime, batch: UUID | None = None
) -> GradeAdjustment:
    """Follow the proposal: the new grade is in force from the day of `now`; return the adjustment. Twice is once.

    The customer's managers are told; those of a `batch` once for all of it. Raises NotAllowedError (not a leader, the
    file is closed), ConflictError where it was decided, lapsed, or the customer was graded anew since.
    """
    locked = _locked(adjustment)
    if locked.state == AdjustmentState.CONFIRMED and locked.decided_by_id == by.pk:
        return locked  # the second click of the same form
    require(follow_adjustment_refusal(by, locked, later_changes=later_changes(locked)))
    locked.confirm()
    return _followed(locked, reason="", by=by, now=now, batch=batch)


@transaction.atomic
def amend_adjustment(
    *,
    adjustment: GradeAdjustment,
    grade: str,
    reason: str,
    by: User,
    now: dt.datetime,
    batch: UUID | None = None,
) -> GradeAdjustment:
    """Give another grade than the proposed one, for a reason; return the adjustment. Twice is once.

    The new score stands. Raises as `confirm_adjustment`, and InvalidInputError without a reason, for a grade that is
    none, for the proposed one (that is to confirm) and for the present one (that is to refuse).
    """
    locked = _locked(adjustment)
    reason = reason.strip()[:REASON_MAX_LENGTH]
    same = (AdjustmentState.AMENDED, by.pk, grade, reason)
    if (locked.state, locked.decided_by_id, locked.decided_grade, locked.reason) == same:
        return locked  # the second click of the same form
    require(follow_adjustment_refusal(by, locked, later_changes=later_changes(locked)))
    if grade not in Grade.values:
        raise InvalidInputError("adjustment.no_grade", _("Choose one of the grades A, B, C and D."))
    if grade == locked.new_grade:
        raise InvalidInputError("adjustment.as_proposed", _("This is the proposed grade: confirm it."))
    if grade == locked.old_grade:
        raise InvalidInputError("adjustment.as_before", _("This is the present grade: refuse the proposal."))
    _require_reason(reason)
    locked.amend()
    locked.decided_grade = grade
    return _followed(locked, reason=reason, by=by, now=now, batch=batch)


@transaction.atomic
def refuse_adjustment(
    *, adjustment: GradeAdjustment, reason: str, by: User, now: dt.datetime, batch: UUID | None = None
) -> GradeAdjustment:
    """Leave grade and score as they are, for a reason; return the adjustment. Twice is once.

    Raises NotAllowedError (not a leader), ConflictError where it was decided or has lapsed, InvalidInputError without a
    reason.
    """
    locked = _locked(adjustment)
    reason = reason.strip()[:REASON_MAX_LENGTH]
    same = (AdjustmentState.REFUSED, by.pk, reason)
    if (locked.state, locked.decided_by_id, locked.reason) == same:
        return locked  # the second click of the same form
    require(refuse_adjustment_refusal(by, locked))
    _require_reason(reason)
    locked.refuse()
    return _decided(locked, reason=reason, by=by, now=now, batch=batch)


@dataclass(frozen=True)
class Declined:
    """An adjustment that could not be decided as asked, and why."""

    adjustment: GradeAdjustment
    refusal: BusinessError


def decide_adjustments(
    *,
    keys: Sequence[int],
    decision: Decision,
    grade: str,
    reason: str,
    batch: UUID,
    by: User,
    now: dt.datetime,
) -> tuple[list[GradeAdjustment], list[Declined]]:
    """Decide several adjustments (primary keys) in the same way, each in a transaction of its own; return those that
    were decided and those that were not, by customer number. What `by` may not see is left out. `batch` names the form:
    each manager is told once for all of it.
    """
    decided, declined = [], []
    for adjustment in adjustments_by_key(by, keys):
        try:
            if decision == "confirm":
                done = confirm_adjustment(adjustment=adjustment, by=by, now=now, batch=batch)
            elif decision == "amend":
                done = amend_adjustment(
                    adjustment=adjustment, grade=grade, reason=reason, by=by, now=now, batch=batch
                )
            else:
                done = refuse_adjustment(adjustment=adjustment, reason=reason, by=by, now=now, batch=batch)
        except BusinessError as refusal:
            declined.append(Declined(adjustment, refusal))
        else:
            decided.append(done)
    return decided, declined


def _locked(adjustment: GradeAdjustment) -> GradeAdjustment:
    """Return the adjustment as stored now, its customer locked first: the run and every review lock him too."""
    customer = (
        Customer.objects.select_for_update(of=("self",))
        .select_related("account_manager", "service_manager")
        .get(pk=adjustment.customer_id)
    )
    locked: GradeAdjustment = (
        GradeAdjustment.objects.select_for_update(of=("self",))
        .select_related("decided_by", "policy_version")
        .get(pk=adjustment.pk)
    )
    locked.customer = customer
    return locked


def _require_reason(reason: str) -> None:
    if not reason:
        raise InvalidInputError("adjustment.reason_missing", _("Give the reason of the decision."))


def _followed(
    locked: GradeAdjustment, *, reason: str, by: User, now: dt.datetime, batch: UUID | None
) -> GradeAdjustment:
    grade = locked.decided_grade or locked.new_grade
    changes = regrade_customers(
        regrades=[Regrade(locked.customer_id, locked.old_grade, grade, reason)],
        effective_on=timezone.localdate(now),
        source=source_of(locked.quarter),
        by=by,
        policy_version=locked.policy_version,
    )
    locked.grade_change = changes[locked.customer_id]
    return _decided(locked, reason=reason, by=by, now=now, batch=batch)


def _decided(
    locked: GradeAdjustment, *, reason: str, by: User, now: dt.datetime, batch: UUID | None
) -> GradeAdjustment:
    locked.reason, locked.decided_at, locked.decided_by = reason, now, by
    with acting(by):
        locked.save()
    _tell(locked, by=by, batch=batch)
    return locked


def _tell(locked: GradeAdjustment, *, by: User, batch: UUID | None) -> None:
    customer = locked.customer
    people = {
        person.pk: person
        for person in (customer.account_manager, customer.service_manager)
        if person is not None and person.pk != by.pk
    }
    if batch is not None:
        notify(
            users=people.values(),
            title=SEVERAL_DECIDED,
            url=f"{reverse('reviews:adjustment_list')}?quarter={locked.quarter}",
            key=f"grades:decided:{batch}",
        )
        return
    text = filled(
        DECIDED,
        customer=customer.name,
        old=locked.old_grade,
        new=locked.decided_grade or locked.new_grade,
        quarter=locked.quarter,
        state=AdjustmentState(locked.state).label,
    )
    notify(
        users=people.values(),
        title=text,
        url=locked.get_absolute_url(),
        key=f"adjustment:{locked.pk}:decided",
    )

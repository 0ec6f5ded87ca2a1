"""Who decides the adjustments of grades that wait, and when one can no longer be followed (P5.2.2, P3.1)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import ConflictError, NotAllowedError, Refusal
from customers.models import CustomerState, GradeChange
from reviews.models import DECIDERS, AdjustmentState, GradeAdjustment


def refuse_adjustment_refusal(user: User, adjustment: GradeAdjustment) -> Refusal:
    """P5.2.2: the deputy leader or the group leader decides, once. A proposal that is out of date can be refused."""
    if not user.has_role(*DECIDERS):
        return NotAllowedError(
            "adjustment.leaders_only",
            _("Only the deputy leader and the group leader decide adjustments of grades (P5.2.2)."),
        )
    if adjustment.state == AdjustmentState.PROPOSED:
        return None
    if adjustment.decided_by is not None:
        reason = _("%(name)s has decided this adjustment already: %(state)s.")
        return ConflictError(
            "adjustment.decided",
            reason % {"name": adjustment.decided_by.display_name, "state": adjustment.get_state_display()},
        )
    reason = _("This adjustment does not wait for a decision: %(state)s.")
    return ConflictError("adjustment.not_waiting", reason % {"state": adjustment.get_state_display()})


def follow_adjustment_refusal(
    user: User, adjustment: GradeAdjustment, *, later_changes: Sequence[GradeChange]
) -> Refusal:
    """Why a proposal cannot be confirmed or amended. `later_changes` are the grades given since it was made: a review
    that has judged the customer meanwhile knows more than the quarter did.
    """
    refused = refuse_adjustment_refusal(user, adjustment)
    if refused is not None:
        return refused
    customer = adjustment.customer
    if customer.state == CustomerState.CLOSED:
        return NotAllowedError("customer.closed", _("The customer file is closed."))
    if later_changes or customer.grade != adjustment.old_grade:
        changes = ", ".join(
            f"{change.effective_on.isoformat()} {change.old or '–'} → {change.new} ({change.source})"
            for change in later_changes
        )
        reason = _("The customer was graded anew since this was proposed: %(changes)s. Refuse it.")
        return ConflictError(
            "adjustment.stale",
            reason % {"changes": changes or f"{adjustment.old_grade} → {customer.grade}"},
        )
    return None

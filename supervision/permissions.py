"""Who may supervise, and who may write the log of case reviews (P3.1, P3.3, P3.4). None means yes.

The refusal is what the page shows on the disabled button and what the service raises: they cannot differ.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from creditrisk.exceptions import ConflictError, NotAllowedError, Refusal
from supervision.models import CaseFollowUp, CaseReview

LEADERS = (Role.GROUP_LEADER, Role.DEPUTY_LEADER)
MANAGERS = (Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)


def dashboard_refusal(user: User) -> Refusal:
    """P3.1, P3.3, P3.4: leaders, supervising departments, the general manager and finance watch all customers; the head
    of a department watches those of its managers. A manager has his own figures in the table of handlers.
    """
    if user.has_role(*SEES_ALL_CUSTOMERS, Role.DEPARTMENT_MANAGER):
        return None
    return NotAllowedError(
        "supervision.not_allowed",
        _(
            "The dashboard is for leaders, department managers and the supervising departments (P3.1, P3.3, P3.4)."
        ),
    )


def handlers_refusal(user: User) -> Refusal:
    """P3.1 b: whoever supervises reads the table of contract handlers; a manager his own lines of it."""
    if user.has_role(*MANAGERS):
        return None
    return dashboard_refusal(user)


def hold_review_refusal(user: User) -> Refusal:
    """P3.1 d: the leader and his deputy organise seminars and case reviews."""
    if user.has_role(*LEADERS):
        return None
    return NotAllowedError(
        "case_review.leaders_only",
        _("Case reviews are held by the group leader and the deputy leader (P3.1 d)."),
    )


def change_review_refusal(user: User, review: CaseReview) -> Refusal:
    """P3.1 d: the two leaders write the minutes, until they are signed off."""
    refusal = hold_review_refusal(user)
    if refusal is None and review.is_closed:
        return ConflictError(
            "case_review.closed", _("The minutes are signed off: add what is to be corrected as an addendum.")
        )
    return refusal


def close_review_refusal(user: User, review: CaseReview) -> Refusal:
    """P3.1 d: the group leader signs the minutes off, or who stands in for him, once they say something."""
    if not any(person.has_role(Role.GROUP_LEADER) for person in (user, *user.stands_in_for)):
        return NotAllowedError(
            "case_review.sign_off_not_allowed", _("The group leader signs the minutes off (P3.1 d).")
        )
    if review.is_closed:
        return ConflictError("case_review.closed_already", _("The minutes are signed off already."))
    if not review.minutes.strip():
        return ConflictError("case_review.no_minutes", _("There are no minutes to sign off yet."))
    return None


def addendum_refusal(user: User, review: CaseReview) -> Refusal:
    """P3.1 d: the two leaders correct signed minutes by addenda."""
    refusal = hold_review_refusal(user)
    if refusal is None and not review.is_closed:
        return ConflictError(
            "case_review.open",
            _("The minutes are not signed off yet: change them instead of adding to them."),
        )
    return refusal


def complete_follow_up_refusal(user: User, follow_up: CaseFollowUp) -> Refusal:
    """P3.1 d: who is responsible ticks a follow-up off, or a leader; also after the minutes are signed off."""
    if user.has_role(*LEADERS) or (user.pk == follow_up.responsible_id and user.roles):
        return None
    return NotAllowedError(
        "case_follow_up.not_yours", _("The person responsible or a leader ticks this off (P3.1 d).")
    )

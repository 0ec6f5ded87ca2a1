"""Who may do what with visits, handovers, confirmations and whole portfolios. None means yes; a refusal says why not.

A conflict (ConflictError) is a refusal of what was possible a moment ago.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, NotAllowedError, Refusal
from customers.models import Customer, CustomerState, FollowUp, Handover, HandoverState, Visit, VisitState
from customers.permissions import is_account_manager_of, is_service_manager_of
from customers.portfolio_selectors import REASSIGNS_EVERYBODY


def manages(user: User, customer: Customer) -> bool:
    """Return whether `user` is the customer's account manager or service manager and still holds the role."""
    return is_account_manager_of(user, customer) or is_service_manager_of(user, customer)


def _closed_refusal(customer: Customer) -> Refusal:
    if customer.state == CustomerState.CLOSED:
        return NotAllowedError("customer.closed", _("The customer file is closed."))
    return None


def visit_refusal(user: User, customer: Customer) -> Refusal:
    """P5.1.3: the customer's account manager and service manager plan and record visits."""
    if not manages(user, customer):
        return NotAllowedError(
            "visit.not_allowed",
            _("Only the customer's account manager and service manager plan and record visits (P5.1.3)."),
        )
    return _closed_refusal(customer)


def settle_visit_refusal(user: User, visit: Visit) -> Refusal:
    """P5.1.3: a planned visit is recorded or cancelled by those who manage the customer."""
    refusal = visit_refusal(user, visit.customer)
    if refusal is None and visit.state != VisitState.PLANNED:
        reason = _("This visit is no longer planned: it is %(state)s.") % {"state": visit.get_state_display()}
        return ConflictError("visit.not_planned", reason)
    return refusal


def follow_up_refusal(user: User, visit: Visit) -> Refusal:
    """P5.1.3: what follows from a visit is noted once it was made."""
    refusal = visit_refusal(user, visit.customer)
    if refusal is None and visit.state != VisitState.DONE:
        return NotAllowedError("follow_up.not_done", _("Record the visit first: follow-ups come from it."))
    return refusal


def attach_refusal(user: User, visit: Visit) -> Refusal:
    """P5.1.3: photos and documents are added by those who manage the customer."""
    refusal = visit_refusal(user, visit.customer)
    if refusal is None and visit.state == VisitState.CANCELLED:
        return NotAllowedError("visit.cancelled", _("This visit was cancelled."))
    return refusal


def complete_refusal(user: User, follow_up: FollowUp) -> Refusal:
    """The person responsible ticks a follow-up off, or those who manage the customer."""
    responsible = follow_up.responsible_id == user.pk and bool(user.roles)
    if responsible or manages(user, follow_up.visit.customer):
        return None
    return NotAllowedError(
        "follow_up.not_yours",
        _("Only the person responsible and those who manage the customer complete this follow-up."),
    )


def propose_refusal(user: User, customer: Customer, *, open_handover: Handover | None) -> Refusal:
    """P3.2.2: the account manager hands his customer over; one proposal at a time."""
    if not is_account_manager_of(user, customer):
        return NotAllowedError(
            "handover.not_allowed", _("Only the customer's account manager hands him over (P3.2.2).")
        )
    if open_handover is not None:
        reason = _("A handover to %(person)s is open: it must be decided or withdrawn first.") % {
            "person": open_handover.recipient
        }
        return ConflictError("handover.open", reason)
    return _closed_refusal(customer)


def decide_handover_refusal(user: User, handover: Handover) -> Refusal:
    """P3.2.2: the service manager whom the handover is addressed to accepts or declines it."""
    if handover.recipient_id != user.pk or not user.has_role(Role.SERVICE_MANAGER):
        return NotAllowedError(
            "handover.not_yours", _("Only the service manager whom it is addressed to decides this handover.")
        )
    return _open_refusal(handover)


def accept_refusal(user: User, handover: Handover) -> Refusal:
    """P3.2.2: a handover is accepted from the customer's own account manager."""
    refusal = decide_handover_refusal(user, handover)
    if refusal is None and not is_account_manager_of(handover.proposed_by, handover.customer):
        reason = _(
            "%(person)s no longer manages this customer: decline, and his account manager may propose it anew."
        ) % {"person": handover.proposed_by}
        return ConflictError("handover.proposer_gone", reason)
    return refusal


def withdraw_handover_refusal(user: User, handover: Handover) -> Refusal:
    """The account manager who proposed a handover takes it back, or his successor."""
    proposed_it = handover.proposed_by_id == user.pk and user.has_role(Role.ACCOUNT_MANAGER)
    if not (proposed_it or is_account_manager_of(user, handover.customer)):
        return NotAllowedError(
            "handover.not_proposer",
            _("Only who proposed the handover and the customer's account manager withdraw it."),
        )
    return _open_refusal(handover)


def _open_refusal(handover: Handover) -> Refusal:
    if handover.state == HandoverState.PROPOSED:
        return None
    reason = _("This handover is already %(state)s.") % {"state": handover.get_state_display()}
    return ConflictError("handover.ended", reason)


def reassign_refusal(user: User, person: User) -> Refusal:
    """P3: leaders and administrators give anybody's customers to successors, a department manager those of his people.

    That holds for all of a person's customers, also for those whose account manager sits in another department: the
    work of who leaves goes to others of his own department.
    """
    if user.has_role(*REASSIGNS_EVERYBODY):
        return None
    if (
        user.has_role(Role.DEPARTMENT_MANAGER)
        and person.department is not None
        and person.department.head_id == user.pk
    ):
        return None
    return NotAllowedError(
        "reassignment.not_allowed",
        _("Only the department's head, a leader or an administrator gives somebody's customers to others."),
    )


def reassign_anybody_refusal(user: User) -> Refusal:
    """Return why `user` has no business on the page that reassigns portfolios."""
    if user.has_role(*REASSIGNS_EVERYBODY, Role.DEPARTMENT_MANAGER):
        return None
    return NotAllowedError(
        "reassignment.not_allowed",
        _("Only the department's head, a leader or an administrator gives somebody's customers to others."),
    )


def assign_refusal(user: User) -> Refusal:
    """P3: leaders and heads of departments give customers of the list to other managers. Administrators see no
    customers: they pass on what a leaver leaves (`reassign_refusal`).
    """
    if user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.DEPARTMENT_MANAGER):
        return None
    return NotAllowedError(
        "portfolio.not_allowed",
        _("Only the department's head, a leader or an administrator changes who manages a customer."),
    )


def confirm_refusal(user: User, customer: Customer) -> Refusal:
    """P4.3: the customer's account manager and service manager confirm that his file is right."""
    if not manages(user, customer):
        return NotAllowedError(
            "confirmation.not_allowed",
            _("Only the customer's account manager and service manager confirm the file (P4.3)."),
        )
    return _closed_refusal(customer)

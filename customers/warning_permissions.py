"""Who may do what with cases of early warning, and in which state. None means yes; a refusal says why not.

P5.1: the customer service manager follows a warning up, the account manager with him; leaders watch over all of them
(P3.1), the head of the department over those of his people.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, NotAllowedError, Refusal
from customers.models import CaseState, Customer, CustomerState, WarningCase
from customers.permissions import is_department_head_of
from customers.portfolio_permissions import manages

LEADERS = (Role.GROUP_LEADER, Role.DEPUTY_LEADER)


def raise_refusal(user: User, customer: Customer) -> Refusal:
    """P5.1: who collects information about a customer warns of him: his two managers, and the leaders."""
    if not (manages(user, customer) or user.has_role(*LEADERS)):
        return NotAllowedError(
            "warning.raise_not_allowed",
            _("Only the customer's account manager, service manager and the leaders raise a warning (P5.1)."),
        )
    if customer.state == CustomerState.CLOSED:
        return NotAllowedError("customer.closed", _("The customer file is closed."))
    return None


def work_refusal(user: User, case: WarningCase) -> Refusal:
    """P5.1.3: a case is followed up and closed by its owner, by those who manage the customer, and by the leaders."""
    is_owner = case.owner_id == user.pk and bool(user.roles)
    if not (is_owner or manages(user, case.customer) or user.has_role(*LEADERS)):
        return NotAllowedError(
            "warning.not_yours",
            _("Only the case's owner, the customer's managers and the leaders work on it (P5.1.3)."),
        )
    return _closed_refusal(case)


def direct_refusal(user: User, case: WarningCase) -> Refusal:
    """P3.1: who works on a case and until when is decided by the leaders and the head of the department. The owner does
    not put off his own due date."""
    if not (user.has_role(*LEADERS) or is_department_head_of(user, case.customer)):
        return NotAllowedError(
            "warning.direct_not_allowed",
            _("Only the leaders and the department's head reassign a case or change its due date (P3.1)."),
        )
    return _closed_refusal(case)


def _closed_refusal(case: WarningCase) -> Refusal:
    if case.state == CaseState.OPEN:
        return None
    closed_on: dt.date | None = case.closed_on
    reason = _("This case was closed on %(date)s.") % {"date": closed_on}
    return ConflictError("warning.closed", reason)

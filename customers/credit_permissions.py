"""Who may freeze a customer, set his temporary limit and service level, and say which group he belongs to.

None means yes; a refusal says why not (see `customers.permissions`).
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import NotAllowedError
from customers.models import Customer, CustomerState
from customers.permissions import Refusal, is_account_manager_of, is_service_manager_of

FREEZES = (Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.PLANNING_FINANCE)


def freeze_refusal(user: User, customer: Customer) -> Refusal:
    """P3.1 (a), P3.4: a leader or planning & finance blocks new business, whatever the customer's state is."""
    return _freezer_refusal(user) or (
        NotAllowedError("customer.frozen", _("The customer is frozen already."))
        if customer.is_frozen
        else _closed_refusal(customer)
    )


def unfreeze_refusal(user: User, customer: Customer) -> Refusal:
    """P3.1 (a), P3.4: who may freeze may unfreeze."""
    return _freezer_refusal(user) or (
        None
        if customer.is_frozen
        else NotAllowedError("customer.not_frozen", _("The customer is not frozen."))
    )


def temporary_limit_refusal(user: User, customer: Customer) -> Refusal:
    """P3.1 (a), P3.4: the group leader or planning & finance grants and ends a temporary limit."""
    if not user.has_role(Role.GROUP_LEADER, Role.PLANNING_FINANCE):
        return NotAllowedError(
            "limit.not_allowed",
            _("Only the group leader and planning & finance grant a temporary limit (P3.1, P3.4)."),
        )
    return _closed_refusal(customer)


def end_temporary_limit_refusal(user: User, customer: Customer) -> Refusal:
    """As for granting; there must be one to end."""
    return temporary_limit_refusal(user, customer) or (
        NotAllowedError("limit.none", _("There is no temporary limit to end."))
        if customer.temporary_limit_amount is None
        else None
    )


def service_level_refusal(user: User, customer: Customer) -> Refusal:
    """P3.1 (f): the group leader confirms each customer's service level."""
    if not user.has_role(Role.GROUP_LEADER):
        return NotAllowedError(
            "service_level.not_allowed", _("Only the group leader sets the service level (P3.1).")
        )
    return _closed_refusal(customer)


def parent_refusal(user: User, customer: Customer) -> Refusal:
    """P5.1, P3.1 (a): who keeps the customer's data, and the leaders, say which company is above him. A parent that
    somebody does not see he does not take away.
    """
    if user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER):
        return _closed_refusal(customer)
    if not (is_account_manager_of(user, customer) or is_service_manager_of(user, customer)):
        return NotAllowedError(
            "group.not_allowed",
            _("Only the customer's account manager, his service manager and the leaders change his group."),
        )
    if customer.parent_id and not Customer.objects.visible_to(user).filter(pk=customer.parent_id).exists():
        return NotAllowedError(
            "group.parent_hidden",
            _("The parent company is another's customer: a leader of the group changes this."),
        )
    return _closed_refusal(customer)


def _freezer_refusal(user: User) -> Refusal:
    if user.has_role(*FREEZES):
        return None
    return NotAllowedError(
        "customer.freeze_not_allowed",
        _("Only a leader or planning & finance freezes and unfreezes a customer (P3.1, P3.4)."),
    )


def _closed_refusal(customer: Customer) -> Refusal:
    if customer.state == CustomerState.CLOSED:
        return NotAllowedError("customer.closed", _("The customer file is closed."))
    return None

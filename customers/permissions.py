"""Who may do what with a customer file, and in which state. None means yes; a refusal says why not.

The refusal is what the page shows on the disabled button and what the service raises: they cannot differ.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.dates import add_months
from creditrisk.exceptions import NotAllowedError
from creditrisk.policy.schema import Policy
from customers.merging import app_refusal
from customers.models import Customer, CustomerState, Grade, ImportMode

Refusal = NotAllowedError | None

SEES_BANK_ACCOUNTS = (
    Role.GROUP_LEADER,
    Role.DEPUTY_LEADER,
    Role.PLANNING_FINANCE,
    Role.GENERAL_MANAGER,
    Role.FINANCE_CLERK,
)


def require(refusal: Refusal) -> None:
    """Raise `refusal` if there is one."""
    if refusal is not None:
        raise refusal


def is_account_manager_of(user: User, customer: Customer) -> bool:
    """Return whether `user` is this customer's account manager and still holds the role."""
    return customer.account_manager_id == user.pk and user.has_role(Role.ACCOUNT_MANAGER)


def is_service_manager_of(user: User, customer: Customer) -> bool:
    """Return whether `user` is this customer's service manager and still holds the role."""
    return customer.service_manager_id == user.pk and user.has_role(Role.SERVICE_MANAGER)


def is_department_head_of(user: User, customer: Customer) -> bool:
    """Return whether `user` heads the department of this customer's account manager (P3)."""
    manager = customer.account_manager
    department = manager.department if manager else None
    return department is not None and department.head_id == user.pk and user.has_role(Role.DEPARTMENT_MANAGER)


def may_see_bank_account(user: User, customer: Customer) -> bool:
    """Return whether the detail page shows `user` the whole account number; everything else masks it."""
    members = is_account_manager_of(user, customer) or is_service_manager_of(user, customer)
    return members or user.has_role(*SEES_BANK_ACCOUNTS)


def create_refusal(user: User) -> Refusal:
    """P4.1: the account manager builds the customer file."""
    if user.has_role(Role.ACCOUNT_MANAGER):
        return None
    return NotAllowedError(
        "customer.create_not_allowed", _("Only an account manager opens a customer file (P4.1).")
    )


def edit_refusal(user: User, customer: Customer) -> Refusal:
    """P3.2, P5.1: the customer's account manager and service manager keep his data up to date."""
    if not (is_account_manager_of(user, customer) or is_service_manager_of(user, customer)):
        return NotAllowedError(
            "customer.edit_not_allowed",
            _("Only the customer's account manager and service manager change the file (P5.1)."),
        )
    if customer.state == CustomerState.CLOSED:
        return NotAllowedError("customer.closed", _("The customer file is closed."))
    return None


def alias_refusal(user: User, customer: Customer) -> Refusal:
    """P3.2, P3.4: the customer's two managers and the finance clerk, who meets the aliases in his files, keep them."""
    managers = is_account_manager_of(user, customer) or is_service_manager_of(user, customer)
    if not (managers or user.has_role(Role.FINANCE_CLERK)):
        return NotAllowedError(
            "alias.not_allowed",
            _("Only the customer's account manager, his service manager and the finance clerk keep aliases."),
        )
    if customer.state == CustomerState.CLOSED:
        return NotAllowedError("customer.closed", _("The customer file is closed."))
    return None


def contract_refusal(user: User, customer: Customer, *, signed_on: dt.date, policy: Policy) -> Refusal:
    """P4.1 and "New customers and credit limits": whether a contract signed on `signed_on` may be recorded.

    Without an approved review there is no contract; a suspended or closed customer, grade D and a review
    older than `policy.review_cycle.review_valid_months` put new business on hold.
    """
    if not (is_account_manager_of(user, customer) or is_service_manager_of(user, customer)):
        return NotAllowedError(
            "contract.not_allowed",
            _("Only the customer's account manager and service manager record contracts (P3.2)."),
        )
    return business_refusal(customer, on=signed_on, policy=policy)


def business_refusal(customer: Customer, *, on: dt.date, policy: Policy) -> Refusal:
    """Return why this customer gets no new business on `on`, whoever asks; None where he does."""
    if customer.state == CustomerState.CLOSED:
        return NotAllowedError("customer.closed", _("The customer file is closed."))
    if customer.state == CustomerState.SUSPENDED:
        return NotAllowedError(
            "contract.suspended", _("The customer is suspended: cooperation has stopped (P5.2.3).")
        )
    if customer.reviewed_on is None:
        return NotAllowedError(
            "contract.no_review",
            _("No contract before the customer's review is approved (P4.1): start the review first."),
        )
    if customer.grade == Grade.D:
        return NotAllowedError("contract.grade_d", _("Grade D: cooperation is declined (Annex 2)."))
    if on > add_months(customer.reviewed_on, policy.review_cycle.review_valid_months):
        return NotAllowedError(
            "contract.review_expired",
            _("The customer's review has expired: a new review comes first (P4.2)."),
        )
    return None


def account_manager_refusal(user: User, customer: Customer) -> Refusal:
    """P3: the head of the department, the leaders and administrators give a customer to another account
    manager."""
    if user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.ADMINISTRATOR):
        return None
    if is_department_head_of(user, customer):
        return None
    return NotAllowedError(
        "portfolio.not_allowed",
        _("Only the department's head, a leader or an administrator changes who manages a customer."),
    )


def service_manager_refusal(user: User, customer: Customer) -> Refusal:
    """P3.2 (2): the account manager hands his customer over to a service manager; so may those above him."""
    if is_account_manager_of(user, customer):
        return None
    return account_manager_refusal(user, customer)


def suspend_refusal(user: User, customer: Customer) -> Refusal:
    """P5.2.3, P3.1 (a): a leader stops cooperation by hand (the dunning run does it by the rules)."""
    if not user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER):
        return NotAllowedError(
            "customer.suspend_not_allowed", _("Only a leader of the group stops cooperation (P3.1).")
        )
    if customer.state in {CustomerState.SUSPENDED, CustomerState.CLOSED}:
        return NotAllowedError(
            "customer.not_cooperating", _("Cooperation with this customer has already stopped.")
        )
    return None


def reinstate_refusal(user: User, customer: Customer) -> Refusal:
    """P3.1 (a): the group leader decides that cooperation goes on."""
    if not user.has_role(Role.GROUP_LEADER):
        return NotAllowedError(
            "customer.reinstate_not_allowed", _("Only the group leader lifts a suspension (P3.1).")
        )
    if customer.state != CustomerState.SUSPENDED:
        return NotAllowedError("customer.not_suspended", _("The customer is not suspended."))
    return None


def merging_refusal(user: User) -> Refusal:
    """An administrator merges files: he looks after the data and owns none of the customers."""
    if user.has_role(Role.ADMINISTRATOR):
        return None
    return NotAllowedError("merge.not_allowed", _("Only an administrator merges customer files."))


def merge_refusal(user: User, *, keep: Customer, drop: Customer) -> Refusal:
    """Return why `drop` cannot be merged into `keep`; None where it can.

    The file with the review is kept (P4.1: its state, grade and limit are those that were approved).
    """
    if refused := merging_refusal(user):
        return refused
    if keep.pk == drop.pk:
        return NotAllowedError("merge.same_file", _("These are not two files but one."))
    if drop.merged_into_id is not None:
        return NotAllowedError("merge.merged_before", _("This file was merged before."))
    if keep.state == CustomerState.CLOSED:
        return NotAllowedError("merge.keep_closed", _("The file to keep is closed: choose one that is not."))
    if drop.pk == getattr(keep, "parent_id", None) or keep.pk == getattr(drop, "parent_id", None):
        return NotAllowedError(
            "merge.group",
            _("One of the two is the parent company of the other: they are two companies. Part them first."),
        )
    new = {CustomerState.PROSPECT, CustomerState.IN_REVIEW}
    is_less = keep.state in new and drop.state not in {*new, CustomerState.CLOSED}
    if is_less or (keep.reviewed_on is None and drop.reviewed_on is not None):
        return NotAllowedError(
            "merge.other_way_round",
            _("Only the other file has been reviewed or taken over: merge the other way round (P4.1)."),
        )
    return app_refusal(keep, drop)


def import_refusal(user: User | None, mode: str) -> Refusal:
    """P3.1, P4.1: leaders and administrators import in bulk; an account manager opens files of his own that way.

    None is the command on the server itself.
    """
    if user is None or user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.ADMINISTRATOR):
        return None
    if not user.has_role(Role.ACCOUNT_MANAGER):
        return NotAllowedError(
            "import.not_allowed", _("Only leaders, administrators and account managers import customers.")
        )
    if mode != ImportMode.INSERT:
        return NotAllowedError(
            "import.new_only",
            _("An account manager imports new customers only: he edits the others one by one."),
        )
    return None


def imports_for_others(user: User | None) -> bool:
    """Return whether who imports may give the customers to others: an account manager imports his own."""
    return user is None or user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.ADMINISTRATOR)

"""Who may do what with a customer file, and in which state. None means yes; a refusal says why not.

The refusal is what the page shows on the disabled button and what the service raises: they cannot differ.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from creditrisk.exceptions import NotAllowedError
from creditrisk.policy.schema import Policy
from customers.credit_check import check_credit
from customers.credit_facts import credit_facts
from customers.models import ContractOverride, Customer, CustomerState

Refusal = NotAllowedError | None

SEES_BANK_ACCOUNTS = (
    Role.GROUP_LEADER,
    Role.DEPUTY_LEADER,
    Role.PLANNING_FINANCE,
    Role.GENERAL_MANAGER,
    Role.FINANCE_CLERK,
)


def is_account_manager_of(user: User, customer: Customer) -> bool:
    """Return whether `user` is this customer's account manager and still holds the role."""
    return customer.account_manager_id == user.pk and user.has_role(Role.ACCOUNT_MANAGER)


def is_service_manager_of(user: User, customer: Customer) -> bool:
    """Return whether `user` is this customer's service manager and still holds the role."""
    return customer.service_manager_id == user.pk and user.has_role(Role.SERVICE_MANAGER)


def is_department_head_of(user: User, customer: Customer) -> bool:
    """Return whether `user` heads the department of this customer's account manager (P3)."""
    return _heads_department_of(user, customer.account_manager)


def _heads_department_of(user: User, manager: User | None) -> bool:
    department = manager.department if manager else None
    return department is not None and department.head_id == user.pk and user.has_role(Role.DEPARTMENT_MANAGER)


def sees_customer(user: User, customer: Customer) -> bool:
    """Return whether `user` may see this customer: the rule of `CustomerQuerySet.visible_to`, for one who is
    loaded with both managers and their departments already.
    """
    if user.has_role(*SEES_ALL_CUSTOMERS):
        return True
    if is_account_manager_of(user, customer) or is_service_manager_of(user, customer):
        return True
    return is_department_head_of(user, customer) or _heads_department_of(user, customer.service_manager)


def may_see_bank_account(user: User, customer: Customer) -> bool:
    """Return whether `user` may read the customer's whole account number: his managers, the leaders and
    finance, who deal with his payments.

    Pages, lists, exports, histories and the administration mask it for everybody; these may have it shown, one
    at a time and on record (`show_account_number`). The form of a review adds those who decide on it (see
    `reviews.permissions.may_see_bank_account`).
    """
    members = is_account_manager_of(user, customer) or is_service_manager_of(user, customer)
    return members or user.has_role(*SEES_BANK_ACCOUNTS)


def bank_account_refusal(user: User, customer: Customer) -> Refusal:
    """P3.4, P5.2: the managers of the customer, the leaders and finance work with account numbers; for everybody
    else they stay masked."""
    if may_see_bank_account(user, customer):
        return None
    return NotAllowedError(
        "bank_account.masked",
        _("Only the customer's managers, the leaders and finance see whole account numbers."),
    )


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


def contract_refusal(
    user: User,
    customer: Customer,
    *,
    signed_on: dt.date,
    policy: Policy,
    override: ContractOverride | None = None,
) -> Refusal:
    """P4.1 and "New customers and credit limits": whether a contract signed on `signed_on` may be recorded.

    Without an approved review there is no contract; what puts new business on hold is in
    `customers.credit_check`. `override` is what the group leader granted (P3.1 a): it counts where it lifts every
    one of these refusals.
    """
    refusal = manage_contracts_refusal(user, customer)
    if refusal is not None:
        return refusal
    refusals = business_refusals(customer, on=signed_on, policy=policy)
    if override is not None and override.lifts([refusal.code for refusal in refusals], on=signed_on):
        return None
    return next(iter(refusals), None)


def manage_contracts_refusal(user: User, customer: Customer) -> Refusal:
    """P3.2: the customer's account manager and service manager record his contracts and run them."""
    if is_account_manager_of(user, customer) or is_service_manager_of(user, customer):
        return None
    return NotAllowedError(
        "contract.not_allowed",
        _("Only the customer's account manager and service manager record contracts (P3.2)."),
    )


def business_refusal(customer: Customer, *, on: dt.date, policy: Policy) -> Refusal:
    """Return why this customer gets no new business on `on`, whoever asks; None where he does."""
    return next(iter(business_refusals(customer, on=on, policy=policy)), None)


def business_refusals(customer: Customer, *, on: dt.date, policy: Policy) -> list[NotAllowedError]:
    """Return every reason why this customer gets no new business on `on`, the weightiest first.

    It is the rule of the credit check (`customers.credit_check`), asked without an amount: what is open counts, what
    a contract may bring later does not.
    """
    decision = check_credit(credit_facts(customer, on=on), request=None, on=on, policy=policy)
    return [NotAllowedError(refusal_code(reason.code), reason.text) for reason in decision.reasons]


def refusal_code(reason_code: str) -> str:
    """Return the code of the refusal that a reason of the credit check becomes."""
    return "customer.closed" if reason_code == "closed" else f"contract.{reason_code}"


REFUSAL_TEXTS = {
    "customer.closed": _("The customer file is closed."),
    "contract.suspended": _("The customer is suspended: cooperation has stopped (P5.2.3)."),
    "contract.frozen": _("The customer is frozen."),
    "contract.no_review": _(
        "No contract before the customer's review is approved (P4.1): start the review first."
    ),
    "contract.grade_d": _("Grade D: cooperation is declined (Annex 2)."),
    "contract.review_expired": _("The customer's review has expired: a new review comes first (P4.2)."),
    "contract.past_due": _("An item is too long past due."),
    "contract.over_limit": _("The exposure lies above the credit limit."),
    "contract.no_limit": _("There is something open and no credit limit."),
    "contract.limit_expired": _("There is something open and the credit limit has expired."),
    "contract.other_currency": _("Something is open in another currency than the limit."),
    "contract.group_over_limit": _("The exposure of the group lies above its limit."),
    "contract.group_limit_expired": _("There is something open and the limit of the group has expired."),
    "contract.group_other_currency": _("Something of the group is open in another currency than its limit."),
}
"""What each refusal of new business says in short, by its code, where the amounts of a day do not matter."""


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


def watch_refusal(user: User, customer: Customer) -> Refusal:
    """P5.1: the service manager, the head of the department and the leaders put a customer on watch."""
    return _watcher_refusal(user, customer) or (
        None
        if customer.state == CustomerState.ACTIVE
        else NotAllowedError("customer.not_active", _("Only an active customer is put on watch."))
    )


def end_watch_refusal(user: User, customer: Customer) -> Refusal:
    """P5.1: who may put a customer on watch may end it."""
    return _watcher_refusal(user, customer) or (
        None
        if customer.state == CustomerState.WATCH
        else NotAllowedError("customer.not_on_watch", _("The customer is not on watch."))
    )


def _watcher_refusal(user: User, customer: Customer) -> Refusal:
    if (
        user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER)
        or is_service_manager_of(user, customer)
        or is_department_head_of(user, customer)
    ):
        return None
    return NotAllowedError(
        "customer.watch_not_allowed",
        _(
            "Only the customer's service manager, the department's head and the leaders watch a customer (P5.1)."
        ),
    )


def close_refusal(user: User, customer: Customer) -> Refusal:
    """P3.1 (a): a leader closes a file, unless a review of the customer runs."""
    if not user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER):
        return NotAllowedError(
            "customer.close_not_allowed", _("Only a leader of the group closes a customer file (P3.1).")
        )
    if customer.state == CustomerState.CLOSED:
        return NotAllowedError("customer.closed", _("The customer file is closed."))
    if customer.state == CustomerState.IN_REVIEW:
        return NotAllowedError(
            "customer.review_runs", _("A review of this customer runs: it is decided or withdrawn first.")
        )
    return None


def reopen_refusal(user: User, customer: Customer) -> Refusal:
    """P3.1 (a): the group leader decides that a closed customer may come back."""
    if not user.has_role(Role.GROUP_LEADER):
        return NotAllowedError(
            "customer.reopen_not_allowed", _("Only the group leader reopens a customer file (P3.1).")
        )
    if customer.state != CustomerState.CLOSED:
        return NotAllowedError("customer.not_closed", _("The customer file is not closed."))
    if customer.merged_into_id is not None:
        return NotAllowedError(
            "customer.merged",
            _("The file was merged into another one of the same customer: go on with that."),
        )
    return None

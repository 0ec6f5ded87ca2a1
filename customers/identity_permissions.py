"""Who may say which customer a name, a row of a file or a second file is: aliases, imports, merges.

None means yes; a refusal says why not (see `customers.permissions`).
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import NotAllowedError
from customers.groups import chain_above
from customers.merging import app_refusal
from customers.models import Customer, CustomerState, ImportMode
from customers.permissions import Refusal, is_account_manager_of, is_service_manager_of


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
    if drop.pk in chain_above(keep) or keep.pk in chain_above(drop):
        return NotAllowedError(
            "merge.group",
            _("One of the two stands above the other in a group: they are two companies. Part them first."),
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

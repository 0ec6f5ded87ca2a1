"""Who may record and waive liquidated damages, and in which state (P5.2.3). None means yes; a refusal says why not, on
the disabled button and from the service alike.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, NotAllowedError, Refusal
from customers.models import Customer
from customers.permissions import is_account_manager_of, is_department_head_of, is_service_manager_of
from receivables.models import DamagesReceipt, DamagesWaiver, WaiverState
from receivables.permissions import UPLOADERS


def receipt_refusal(user: User, _customer: Customer) -> Refusal:
    """P3.4: finance records what was received."""
    if user.has_role(*UPLOADERS):
        return None
    return NotAllowedError(
        "damages.receipt_not_allowed", _("Only finance records what was received for damages (P3.4).")
    )


def reverse_receipt_refusal(user: User, receipt: DamagesReceipt) -> Refusal:
    """Who may record a receipt may reverse it, once; a reversal itself is not reversed."""
    refusal = receipt_refusal(user, receipt.customer)
    if refusal is not None:
        return refusal
    if receipt.reverses_id is not None:
        return ConflictError("damages.is_reversal", _("A reversal is not reversed: record the receipt anew."))
    if hasattr(receipt, "reversed_by"):
        return ConflictError("damages.reversed", _("This receipt is reversed already."))
    return None


def ask_waiver_refusal(user: User, customer: Customer) -> Refusal:
    """P3.2, P5.2.3: the customer's managers and the head of the account manager's department ask for a waiver."""
    if (
        is_account_manager_of(user, customer)
        or is_service_manager_of(user, customer)
        or is_department_head_of(user, customer)
    ):
        return None
    return NotAllowedError(
        "waiver.ask_not_allowed",
        _("Only the customer's managers and the department manager ask for a waiver of damages."),
    )


def decide_waiver_refusal(user: User, waiver: DamagesWaiver) -> Refusal:
    """P3.1 (a): the group leader decides, up to any amount, on what he did not ask for himself."""
    if not user.has_role(Role.GROUP_LEADER):
        return NotAllowedError("waiver.leader_only", _("Only the group leader waives damages (P3.1)."))
    if waiver.asked_by_id == user.pk:
        return NotAllowedError("waiver.own", _("Nobody decides on what he asked for himself."))
    return _ended(waiver)


def withdraw_waiver_refusal(user: User, waiver: DamagesWaiver) -> Refusal:
    """Who asked for a waiver takes it back, as long as nothing is decided."""
    if waiver.asked_by_id != user.pk:
        return NotAllowedError(
            "waiver.withdraw_not_allowed", _("Only who asked for the waiver takes it back.")
        )
    return _ended(waiver)


def _ended(waiver: DamagesWaiver) -> Refusal:
    if waiver.state == WaiverState.ASKED:
        return None
    return ConflictError("waiver.ended", _("This waiver does not wait for a decision any more."))

"""Who may do what with contracts, overrides, disputes and deposits, and in which state. None means yes; a refusal
says why not, on the disabled button and from the service alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import NotAllowedError
from customers.models import (
    Contract,
    ContractDispute,
    ContractFile,
    ContractOverride,
    ContractState,
    Customer,
    CustomerState,
    DepositEntry,
    DepositKind,
    DisputeState,
    OverrideState,
    SelfCheck,
    SelfCheckState,
)
from customers.models.contract import ENDED_STATES
from customers.models.contract_dispute import DISPUTE_OWNERS
from customers.permissions import (
    Refusal,
    is_account_manager_of,
    is_service_manager_of,
    manage_contracts_refusal,
)

DEPOSIT_KEEPERS = (Role.FINANCE_CLERK, Role.PLANNING_FINANCE)
FORFEITS_DEPOSITS = (Role.GROUP_LEADER, Role.PLANNING_FINANCE)


# Contracts --------------------------------------------------------------------------------------------


def draft_refusal(user: User, customer: Customer) -> Refusal:
    """P3.2: a draft may be written before the review is approved; signing it may not come before (P4.1)."""
    refusal = manage_contracts_refusal(user, customer)
    if refusal is None and customer.state == CustomerState.CLOSED:
        return NotAllowedError("customer.closed", _("The customer file is closed."))
    return refusal


def edit_contract_refusal(user: User, contract: Contract) -> Refusal:
    """P3.2: what was agreed is changed in a draft alone; handler and notes as long as the contract runs."""
    refusal = manage_contracts_refusal(user, contract.customer)
    if refusal is None and contract.state in ENDED_STATES:
        return NotAllowedError("contract.ended", _("The contract has ended: it is not changed any more."))
    return refusal


class Step(StrEnum):
    """A contract's way to its next state."""

    SIGN = "sign"
    START = "start"
    FINISH = "finish"
    TERMINATE = "terminate"


STEP_FROM: Mapping[Step, frozenset[str]] = {
    Step.SIGN: frozenset({ContractState.DRAFT}),
    Step.START: frozenset({ContractState.SIGNED}),
    Step.FINISH: frozenset({ContractState.PERFORMING}),
    Step.TERMINATE: frozenset({ContractState.DRAFT, ContractState.SIGNED, ContractState.PERFORMING}),
}


def step_refusal(user: User, contract: Contract, step: Step, *, has_open_dispute: bool = False) -> Refusal:
    """P3.2: the two managers take the contract from state to state; a leader may terminate it too (P3.1 a).

    A contract with an open dispute is not finished. Whether the customer gets a contract at all is asked
    besides, before signing (`permissions.contract_refusal`).
    """
    is_leader = user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER)
    if not (step == Step.TERMINATE and is_leader):
        refusal = manage_contracts_refusal(user, contract.customer)
        if refusal is not None:
            return refusal
    if contract.state not in STEP_FROM[step]:
        return NotAllowedError(f"contract.not_{step.value}", WRONG_STATE[step])
    if step == Step.FINISH and has_open_dispute:
        return NotAllowedError(
            "contract.open_dispute", _("A dispute about this contract is open: it comes first (P3.3).")
        )
    return None


WRONG_STATE = {
    Step.SIGN: _("Only a draft is signed."),
    Step.START: _("Performance begins once the contract is signed."),
    Step.FINISH: _("Only a contract that is being performed can be finished."),
    Step.TERMINATE: _("The contract has ended already."),
}


def log_refusal(user: User, contract: Contract) -> Refusal:
    """P3.2.2: the tracked record of performance is kept by the two managers, from the signature on."""
    refusal = manage_contracts_refusal(user, contract.customer)
    if refusal is None and contract.state == ContractState.DRAFT:
        return NotAllowedError("contract.log_draft", _("There is no performance before the signature."))
    return refusal


def attach_refusal(user: User, contract: Contract) -> Refusal:
    """P3.2: the two managers keep the contract's files, also after its end."""
    return manage_contracts_refusal(user, contract.customer)


def remove_file_refusal(user: User, stored: ContractFile) -> Refusal:
    """The files of the log stay with it, and those of an ended contract as they are."""
    refusal = edit_contract_refusal(user, stored.contract)
    if refusal is None and stored.entry_id is not None:
        return NotAllowedError("contract.log_file", _("The files of the performance log stay with it."))
    return refusal


def self_check_refusal(user: User, self_check: SelfCheck) -> Refusal:
    """P3.2.3: the manager answers himself; a self-check is answered once."""
    customer = self_check.contract.customer
    is_asked = (
        is_account_manager_of(user, customer)
        if self_check.role == Role.ACCOUNT_MANAGER
        else is_service_manager_of(user, customer)
    )
    if not is_asked:
        return NotAllowedError(
            "self_check.not_asked",
            _("This self-check is done by: %(role)s.") % {"role": self_check.get_role_display()},
        )
    if self_check.state != SelfCheckState.OPEN:
        return NotAllowedError("self_check.not_open", _("This self-check is not open any more."))
    return None


# Overrides --------------------------------------------------------------------------------------------


def request_override_refusal(
    user: User, customer: Customer, *, is_refused: bool, open_override: ContractOverride | None
) -> Refusal:
    """P3.1 (a): the account manager asks, where the policy refuses a contract (`is_refused`) and he has not
    asked already."""
    if not is_account_manager_of(user, customer):
        return NotAllowedError(
            "override.not_allowed", _("Only the customer's account manager asks for an override.")
        )
    if not is_refused:
        return NotAllowedError(
            "override.not_needed", _("This customer gets contracts: there is nothing to override.")
        )
    if open_override is not None:
        return NotAllowedError(
            "override.open", _("There is an override already: use it, or withdraw it first.")
        )
    return None


def decide_override_refusal(user: User, override: ContractOverride) -> Refusal:
    """P3.1 (a): the group leader decides, on what he did not ask for himself."""
    if not user.has_role(Role.GROUP_LEADER):
        return NotAllowedError(
            "override.leader_only", _("Only the group leader grants or refuses an override (P3.1).")
        )
    if override.requested_by_id == user.pk:
        return NotAllowedError("override.own", _("Nobody decides on what he asked for himself."))
    if override.state != OverrideState.REQUESTED:
        return NotAllowedError("override.decided", _("This override does not wait for a decision."))
    return None


def withdraw_override_refusal(user: User, override: ContractOverride) -> Refusal:
    """The account manager takes his request back, the group leader what he granted, as long as it is not used."""
    is_leader = user.has_role(Role.GROUP_LEADER) and override.state != OverrideState.REQUESTED
    if not (is_leader or is_account_manager_of(user, override.customer)):
        return NotAllowedError(
            "override.withdraw_not_allowed",
            _("Only the customer's account manager, or the group leader who granted it, takes it back."),
        )
    if override.state not in {OverrideState.REQUESTED, OverrideState.GRANTED}:
        return NotAllowedError("override.ended", _("This override has ended."))
    return None


# Disputes ---------------------------------------------------------------------------------------------


def open_dispute_refusal(user: User, contract: Contract) -> Refusal:
    """P3.3: the two managers bring a dispute about a signed contract to legal affairs or general management."""
    refusal = manage_contracts_refusal(user, contract.customer)
    if refusal is None and contract.state == ContractState.DRAFT:
        return NotAllowedError("dispute.draft", _("There is nothing to dispute before the signature."))
    return refusal


def open_item_dispute_refusal(user: User, customer: Customer) -> Refusal:
    """P3.3: the two managers bring a dispute about items to legal affairs or general management."""
    return manage_contracts_refusal(user, customer)


def note_dispute_refusal(user: User, dispute: ContractDispute) -> Refusal:
    """P3.3: the managers and the supporting departments keep the dispute's log while it is open."""
    if not (_works_on_disputes(user) or manage_contracts_refusal(user, dispute.customer) is None):
        return NotAllowedError(
            "dispute.not_allowed",
            _(
                "Only the customer's managers, legal affairs and general management work on this dispute (P3.3)."
            ),
        )
    return _closed_dispute(dispute)


def lead_dispute_refusal(user: User, dispute: ContractDispute) -> Refusal:
    """P3.3: the supporting departments resolve a dispute, or give it to somebody else of theirs."""
    if not _works_on_disputes(user):
        return NotAllowedError(
            "dispute.owner_only", _("Only legal affairs and general management lead disputes (P3.3).")
        )
    return _closed_dispute(dispute)


def withdraw_dispute_refusal(user: User, dispute: ContractDispute) -> Refusal:
    """The managers, who brought it, take a dispute back."""
    if manage_contracts_refusal(user, dispute.customer) is not None:
        return NotAllowedError(
            "dispute.withdraw_not_allowed", _("Only the customer's managers take a dispute back.")
        )
    return _closed_dispute(dispute)


def _works_on_disputes(user: User) -> bool:
    return user.has_role(*DISPUTE_OWNERS)


def _closed_dispute(dispute: ContractDispute) -> Refusal:
    if dispute.state == DisputeState.OPEN:
        return None
    return NotAllowedError("dispute.closed", _("The dispute is closed."))


# Deposits ---------------------------------------------------------------------------------------------


def keep_deposits_refusal(user: User, _customer: Customer) -> Refusal:
    """P3.4: finance records what was received and returned."""
    if user.has_role(*DEPOSIT_KEEPERS):
        return None
    return NotAllowedError("deposit.not_allowed", _("Only finance records deposits (P3.4)."))


def forfeit_deposit_refusal(user: User, _customer: Customer) -> Refusal:
    """P5.2.3: a deposit becomes liquidated damages by a decision of the group leader or planning & finance."""
    if user.has_role(*FORFEITS_DEPOSITS):
        return None
    return NotAllowedError(
        "deposit.forfeit_not_allowed",
        _("Only the group leader and planning & finance turn a deposit into liquidated damages (P5.2.3)."),
    )


def reverse_deposit_refusal(user: User, entry: DepositEntry) -> Refusal:
    """Who may record an entry may reverse it, once; a reversal itself is not reversed."""
    may: Callable[[User, Customer], Refusal] = (
        forfeit_deposit_refusal if entry.kind == DepositKind.FORFEITED else keep_deposits_refusal
    )
    refusal = may(user, entry.account.customer)
    if refusal is not None:
        return refusal
    if entry.kind == DepositKind.REVERSAL:
        return NotAllowedError("deposit.is_reversal", _("A reversal is not reversed: record the entry anew."))
    if hasattr(entry, "reversed_by"):
        return NotAllowedError("deposit.reversed", _("This entry is reversed already."))
    return None

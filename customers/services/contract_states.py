"""A contract's way through its states, each step with its date (P3.1 c, P3.2)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from customers.contract_permissions import Step, step_refusal
from customers.contract_selectors import has_open_dispute
from customers.models import Contract, ContractState, Customer, SelfCheck, SelfCheckState
from customers.models.contract import ENDED_STATES
from customers.services.contract import (
    require_contract_allowed,
    require_signed_after_review,
    save_contract,
    use_override,
)
from customers.services.contract_locks import lock_contract, lock_customer
from customers.services.contract_terms import require_term_in_order

REASON_MAX_LENGTH = 500


@transaction.atomic
def sign_contract(*, contract: Contract, signed_on: dt.date, by: User) -> Contract:
    """The draft is signed on `signed_on`; return it. The second click finds it signed and changes nothing.

    Raises NotAllowedError where the customer gets no contract (P4.1) and no override lifts it, InvalidInputError
    for a signature before the review or after the contract's end.
    """
    locked = lock_contract(contract)
    if locked.state == ContractState.SIGNED and locked.signed_on == signed_on:
        return locked
    require(step_refusal(by, locked, Step.SIGN))
    override = require_contract_allowed(by, locked.customer, signed_on=signed_on)
    require_signed_after_review(locked.customer, signed_on=signed_on)
    require_term_in_order(signed_on=signed_on, starts_on=locked.starts_on, ends_on=locked.ends_on)
    locked.sign()
    locked.signed_on = signed_on
    save_contract(locked, by=by)
    use_override(override, locked, by=by)
    return locked


@transaction.atomic
def start_performance(*, contract: Contract, performing_on: dt.date, by: User) -> Contract:
    """Delivery or service began on `performing_on`; return the contract. Twice is once.

    Raises NotAllowedError, or InvalidInputError for a day before the signature.
    """
    locked = lock_contract(contract)
    if locked.state == ContractState.PERFORMING and locked.performing_on == performing_on:
        return locked
    require(step_refusal(by, locked, Step.START))
    assert locked.signed_on is not None  # the database sees to it
    if performing_on < locked.signed_on:
        raise InvalidInputError(
            "contract.performed_before_signing", _("Performance cannot begin before the signature.")
        )
    locked.start_performance()
    locked.performing_on = performing_on
    save_contract(locked, by=by)
    return locked


@transaction.atomic
def finish_contract(*, contract: Contract, ended_on: dt.date, reason: str, by: User) -> Contract:
    """Everything was delivered by `ended_on`; return the contract. Open self-checks lapse. Twice is once.

    `reason` may be empty. Raises NotAllowedError, also while a dispute is open, InvalidInputError for a day
    before performance began.
    """
    locked = lock_contract(contract)
    if locked.state == ContractState.FINISHED and locked.ended_on == ended_on:
        return locked
    require(step_refusal(by, locked, Step.FINISH, has_open_dispute=has_open_dispute(locked)))
    _require_end_after(locked.performing_on, ended_on)
    locked.finish()
    _end(locked, ended_on=ended_on, reason=reason.strip(), by=by)
    return locked


@transaction.atomic
def terminate_contract(*, contract: Contract, ended_on: dt.date, reason: str, by: User) -> Contract:
    """The contract ended before its time, for `reason`, or was never signed; return it. Open self-checks lapse.
    Twice is once.

    Raises NotAllowedError, InvalidInputError without a reason or for a day before the signature.
    """
    locked = lock_contract(contract)
    reason = reason.strip()
    if locked.state == ContractState.TERMINATED and (locked.ended_on, locked.end_reason) == (
        ended_on,
        reason,
    ):
        return locked
    require(step_refusal(by, locked, Step.TERMINATE))
    if not reason:
        raise InvalidInputError("contract.reason_missing", _("Say why the contract ends."))
    _require_end_after(locked.signed_on, ended_on)
    locked.terminate()
    _end(locked, ended_on=ended_on, reason=reason, by=by)
    return locked


@transaction.atomic
def terminate_contracts_of(*, customer: Customer, ended_on: dt.date, reason: str, by: User) -> list[Contract]:
    """Terminate every contract of the customer that has not ended, for `reason`; return them. Open self-checks lapse.
    One that was signed after `ended_on` ends on its first day. The caller has checked the permission (P5.2.4)."""
    locked = lock_customer(customer.pk)
    running = Contract.objects.select_for_update().filter(customer=locked).exclude(state__in=ENDED_STATES)
    ended = []
    for contract in running.order_by("pk"):
        contract.customer = locked
        contract.terminate()
        _end(contract, ended_on=max(ended_on, contract.signed_on or ended_on), reason=reason, by=by)
        ended.append(contract)
    return ended


def _require_end_after(earliest_on: dt.date | None, ended_on: dt.date) -> None:
    if earliest_on is not None and ended_on < earliest_on:
        raise InvalidInputError(
            "contract.ended_too_early",
            _("The contract cannot have ended before %(date)s.") % {"date": earliest_on},
        )


def _end(contract: Contract, *, ended_on: dt.date, reason: str, by: User) -> None:
    contract.ended_on = ended_on
    contract.end_reason = reason[:REASON_MAX_LENGTH]
    save_contract(contract, by=by)
    with acting(by):
        SelfCheck.objects.filter(contract=contract, state=SelfCheckState.OPEN).update(
            state=SelfCheckState.LAPSED
        )

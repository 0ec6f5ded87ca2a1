"""Recording contracts, as drafts or signed: none is signed before the customer's review is approved (P4.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.policy.selectors import policy_version_on
from customers.contract_permissions import draft_refusal, edit_contract_refusal
from customers.contract_selectors import open_override_of
from customers.models import Contract, ContractOverride, ContractState, Customer, OverrideState
from customers.permissions import business_refusals, contract_refusal
from customers.selectors import first_review_on
from customers.services.contract_locks import lock_contract, lock_customer
from customers.services.contract_terms import (
    ContractTerms,
    number_taken,
    require_handler,
    require_sound,
)
from customers.services.versions import require_version


@transaction.atomic
def record_contract(
    *,
    customer: Customer,
    number: str,
    service_type: str,
    amount: Decimal,
    currency: str,
    signed_on: dt.date,
    ends_on: dt.date | None,
    payment_term_days: int,
    handler: User,
    by: User,
    submission_key: UUID | None = None,
    **terms: Any,
) -> Contract:
    """Record a signed contract of `amount` in `currency`; return it. A form sent twice gives the same contract.

    `terms` are the other fields of `ContractTerms`. Raises NotAllowedError where the customer gets no contract
    (P4.1, see `contract_refusal`) and the group leader has granted no override, InvalidInputError where the
    number is missing or taken, the amount is not positive, the end lies before the signature, the signature
    before the approval, or the handler is neither account manager nor service manager.
    """
    locked = lock_customer(customer.pk)
    if sent_before := _sent_before(submission_key, locked):
        return sent_before
    override = require_contract_allowed(by, locked, signed_on=signed_on)
    agreed = ContractTerms(
        number=number,
        service_type=service_type,
        amount=amount,
        currency=currency,
        ends_on=ends_on,
        payment_term_days=payment_term_days,
        handler=handler,
        **terms,
    )
    require_sound(agreed, signed_on=signed_on)
    require_signed_after_review(locked, signed_on=signed_on)
    contract = Contract(
        customer=locked,
        state=ContractState.SIGNED,
        signed_on=signed_on,
        submission_key=submission_key,
        **agreed.values(),
    )
    save_contract(contract, by=by)
    use_override(override, contract, by=by)
    return contract


@transaction.atomic
def draft_contract(
    *, customer: Customer, terms: ContractTerms, by: User, submission_key: UUID | None = None
) -> Contract:
    """Write a draft; return it. A form sent twice gives the same draft.

    A draft may come before the review is approved; the signature may not (P4.1). Raises NotAllowedError, or
    InvalidInputError as `record_contract`.
    """
    locked = lock_customer(customer.pk)
    if sent_before := _sent_before(submission_key, locked):
        return sent_before
    require(draft_refusal(by, locked))
    require_sound(terms, signed_on=None)
    contract = Contract(customer=locked, submission_key=submission_key, **terms.values())
    save_contract(contract, by=by)
    return contract


@transaction.atomic
def edit_contract(*, contract: Contract, terms: ContractTerms, version: int, by: User) -> Contract:
    """Change a draft, or handler and notes of a contract that runs; return it (unchanged: the same version).

    What was agreed is not changed after the signature: of such terms only handler and notes are taken over.
    Raises NotAllowedError, InvalidInputError as `record_contract`, ConflictError `contract.changed` where the
    contract is no longer at `version`.
    """
    locked = lock_contract(contract)
    require(edit_contract_refusal(by, locked))
    values = terms.values()
    if locked.state != ContractState.DRAFT:
        values = {name: values[name] for name in ("handler", "notes")}
    changed = {name: value for name, value in values.items() if getattr(locked, name) != value}
    if not changed:
        return locked  # also the second click of the same form
    require_version(locked, version)
    if locked.state == ContractState.DRAFT:
        require_sound(terms, signed_on=None)
    elif "handler" in changed:
        require_handler(terms.handler)
    for name, value in changed.items():
        setattr(locked, name, value)
    locked.version += 1
    save_contract(locked, by=by)
    return locked


def require_contract_allowed(by: User, customer: Customer, *, signed_on: dt.date) -> ContractOverride | None:
    """Raise NotAllowedError where the locked customer gets no contract on `signed_on`; return the override that
    lifts the refusals, None where there is nothing to lift (P4.1, P3.1 a)."""
    policy = policy_version_on(signed_on).policy
    override = open_override_of(customer)
    require(contract_refusal(by, customer, signed_on=signed_on, policy=policy, override=override))
    return override if business_refusals(customer, on=signed_on, policy=policy) else None


def require_signed_after_review(customer: Customer, *, signed_on: dt.date) -> None:
    """Raise InvalidInputError for a signature before the first approved review (P4.1); an onboarded customer's old
    contracts are older than the product."""
    reviewed_first_on = first_review_on(customer)
    if not customer.is_onboarded and reviewed_first_on is not None and signed_on < reviewed_first_on:
        raise InvalidInputError(
            "contract.signed_before_review",
            _("The contract cannot be signed before the review was approved on %(date)s (P4.1).")
            % {"date": reviewed_first_on},
        )


def use_override(override: ContractOverride | None, contract: Contract, *, by: User) -> None:
    """Spend the override on the contract that was signed on it; nothing where none was needed."""
    if override is None:
        return
    assert override.state == OverrideState.GRANTED
    override.use()
    override.used_by = contract
    with acting(by):
        override.save()


def save_contract(contract: Contract, *, by: User) -> None:
    """Save a contract of a locked customer. Raises InvalidInputError where another contract has its number."""
    try:
        with acting(by), transaction.atomic():
            contract.save()
    except IntegrityError as error:
        if refusal := number_taken(error):
            raise refusal from error
        raise


def _sent_before(submission_key: UUID | None, customer: Customer) -> Contract | None:
    """Return the contract that this form made when it was sent the first time."""
    if submission_key is None:
        return None
    return Contract.objects.filter(submission_key=submission_key, customer=customer).first()

"""Agreeing on another way of dunning for a customer or a contract (P5.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.policy.schema import Policy
from customers.models import Contract, Customer
from receivables.models import DunningTerms
from receivables.permissions import dunning_terms_refusal
from receivables.selectors.dunning_facts import terms_fit

TERMS_FIELDS = (
    "is_excluded",
    "reminder_from_day",
    "letter_from_day",
    "final_demand_from_day",
    "minimum_amount",
    "letter_interval_days",
    "valid_to_on",
    "reason",
)


@transaction.atomic
def agree_dunning_terms(
    *,
    customer: Customer,
    contract: Contract | None,
    values: Mapping[str, Any],
    policy: Policy,
    by: User,
) -> DunningTerms:
    """Keep how a customer, or the items of one contract, are dunned from now on; return the terms. `values` are of
    `TERMS_FIELDS`; what is left out is the policy's. The same again changes nothing.

    Raises NotAllowedError; InvalidInputError without a reason, for a contract of somebody else, for an amount or
    interval of a contract, or days that do not rise within the policy's.
    """
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    require(dunning_terms_refusal(by))
    if contract is not None and contract.customer_id != locked.pk:
        raise InvalidInputError("dunning_terms.contract", _("This contract belongs to another customer."))
    terms = DunningTerms.objects.filter(customer=locked, contract=contract).first() or DunningTerms(
        customer=locked, contract=contract
    )
    for field in TERMS_FIELDS:
        setattr(terms, field, values.get(field, getattr(DunningTerms(), field)))
    terms.reason = (terms.reason or "").strip()
    _check(terms, policy)
    terms.set_by = by
    with acting(by):
        terms.save()
    return terms


def _check(terms: DunningTerms, policy: Policy) -> None:
    if not terms.reason:
        raise InvalidInputError(
            "dunning_terms.reason_missing", _("Say why this customer is dunned differently.")
        )
    if terms.minimum_amount is not None and terms.minimum_amount < 0:
        raise InvalidInputError("dunning_terms.minimum", _("The least amount must not be negative."))
    if terms.contract is not None and (terms.minimum_amount, terms.letter_interval_days) != (None, None):
        raise InvalidInputError(
            "dunning_terms.of_contract",
            _("A letter covers several contracts: least amount and interval are agreed with the customer."),
        )
    agreed = DunningTerms.objects.filter(customer=terms.customer).exclude(pk=terms.pk)
    own = agreed.filter(contract__isnull=True).first() if terms.contract is not None else terms
    of_contracts = agreed.filter(contract__isnull=False) if terms.contract is None else []
    if not all(terms_fit(policy.dunning, own, one) for one in (terms, *of_contracts)):
        raise InvalidInputError(
            "dunning_terms.days",
            _(
                "The days must rise: reminder, dunning letter (1 or later), final demand. What is empty is the"
                " policy's: %(days)s."
            )
            % {"days": " / ".join(str(stage.from_day) for stage in policy.dunning.stages)},
        )


@transaction.atomic
def end_dunning_terms(*, terms: DunningTerms, by: User) -> None:
    """The policy counts again; twice is once. The history keeps what was agreed. Raises NotAllowedError."""
    Customer.objects.select_for_update().get(pk=terms.customer_id)
    require(dunning_terms_refusal(by))
    with acting(by):
        DunningTerms.objects.filter(pk=terms.pk).delete()

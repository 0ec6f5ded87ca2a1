"""The facts of the credit check: the customer file and his group from here, what is open from a higher app.

Customers cannot import receivables; receivables registers in its `AppConfig.ready`:

    from customers.credit_facts import register_receivables

    def ready(self) -> None:
        register_receivables(open_receivables)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Protocol

from customers.credit_check import CreditFacts, Receivables, Standing
from customers.credit_limits import Limits
from customers.groups import Group, group_of
from customers.models import Customer, CustomerState, StateReasonCode


class ReceivablesSource(Protocol):
    """Says what is open on a date, of one customer and of his group (primary keys, himself included); None where no
    report describes the date.
    """

    def __call__(
        self, *, customer: Customer, group_pks: Collection[int], on: dt.date
    ) -> Receivables | None: ...


_sources: list[ReceivablesSource] = []


def register_receivables(source: ReceivablesSource) -> None:
    """Let every credit check read what is open from `source`; one registered before is replaced."""
    _sources[:] = [source]


def credit_facts(customer: Customer, *, on: dt.date) -> CreditFacts:
    """Return what the credit check of `customer` on `on` needs, in a constant number of queries."""
    return facts_within(group_of(customer), customer=customer, on=on)


def facts_within(group: Group | None, *, customer: Customer, on: dt.date) -> CreditFacts:
    """Return the facts of a customer whose group is known already (None: he stands alone)."""
    group_pks = group.member_pks if group else (customer.pk,)
    receivables = [source(customer=customer, group_pks=group_pks, on=on) for source in _sources]
    return CreditFacts(
        standing=standing_of(customer),
        group_limits=limits_of(group.head) if group else None,
        receivables=next(iter(receivables), None),
    )


def standing_of(customer: Customer) -> Standing:
    """Return what the customer file says, for the credit check."""
    return Standing(
        state=customer.state,
        is_frozen=customer.is_frozen,
        grade=customer.grade,
        reviewed_on=customer.reviewed_on,
        limits=limits_of(customer),
        is_stopped=customer.state == CustomerState.SUSPENDED
        and customer.state_reason_code == StateReasonCode.COOPERATION_STOPPED,
    )


def limits_of(customer: Customer) -> Limits:
    """Return the customer's permanent and temporary limit, in their currency."""
    return Limits(
        currency=customer.limit_currency,
        permanent_amount=customer.credit_limit_amount,
        permanent_valid_to_on=customer.credit_limit_valid_to_on,
        temporary_amount=customer.temporary_limit_amount,
        temporary_valid_to_on=customer.temporary_limit_valid_to_on,
    )

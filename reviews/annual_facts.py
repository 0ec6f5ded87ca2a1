"""What an annual review form says by itself (Annex 2): contracts, payments and proposals, read from the data."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from creditrisk.dates import add_months
from creditrisk.money import to_cents
from creditrisk.policy.schema import Policy
from customers.models import Contract, ContractState, Customer
from receivables.selectors.payment_record import PaymentRecord, payment_records
from reviews.scoring import Proposal, cooperation_proposal, repayment_speed_proposal


@dataclass(frozen=True)
class AnnualFacts:
    """The facts of one customer, JSON-ready (dates and amounts as text), and the average monthly business in the
    currency of his file; None where no report tells of it.
    """

    facts: dict[str, Any]
    monthly_amount: Decimal | None


def annual_facts(customers: Collection[Customer], *, on: dt.date, policy: Policy) -> dict[int, AnnualFacts]:
    """Return customer → his facts on `on` by `policy`, for however many customers in two queries.

    Contracts are those that run or ended within the last 12 months; the cooperation counts from the first contract that
    was ever signed. Payments are told by currency, never added; the slowest currency decides the proposal.
    """
    keys = [customer.pk for customer in customers]
    months = policy.credit_limit.actual_business_months
    records = payment_records(keys, on=on, months=months)
    contracts: dict[int, list[Contract]] = defaultdict(list)
    signed = Contract.objects.filter(customer__in=keys, signed_on__isnull=False, signed_on__lte=on)
    for contract in signed.exclude(state=ContractState.DRAFT).order_by("signed_on", "number"):
        contracts[contract.customer_id].append(contract)
    return {
        customer.pk: _facts_of(
            customer,
            contracts[customer.pk],
            records.get(customer.pk, []),
            on=on,
            months=months,
            policy=policy,
        )
        for customer in customers
    }


def _facts_of(
    customer: Customer,
    contracts: list[Contract],
    records: list[PaymentRecord],
    *,
    on: dt.date,
    months: int,
    policy: Policy,
) -> AnnualFacts:
    since = min((contract.signed_on for contract in contracts if contract.signed_on), default=None)
    days_late = [record.average_days_late for record in records if record.average_days_late is not None]
    proposals = {
        "repayment_speed": repayment_speed_proposal(max(days_late, default=None), policy),
        "cooperation_history": cooperation_proposal(since, on=on, policy=policy),
    }
    shown = [
        contract
        for contract in contracts
        if contract.ended_on is None or contract.ended_on > add_months(on, -12)
    ]
    facts = {
        "on": on.isoformat(),
        "months": months,
        "cooperation_since": since and since.isoformat(),
        "service_types": sorted({contract.service_type for contract in shown}),
        "contracts": [_contract(contract) for contract in shown],
        "payments": [_payment(record) for record in records],
        "proposals": {code: _proposal(found) for code, found in proposals.items() if found is not None},
    }
    own = next((record for record in records if record.currency == customer.currency), None)
    monthly = None if own is None else to_cents(own.business_amount / months)
    return AnnualFacts(facts, monthly)


def _contract(contract: Contract) -> dict[str, Any]:
    return {
        "number": contract.number,
        "service_type": contract.service_type,
        "state": contract.state,
        "amount": str(contract.amount),
        "currency": contract.currency,
        "signed_on": contract.signed_on and contract.signed_on.isoformat(),
        "starts_on": contract.starts_on and contract.starts_on.isoformat(),
        "ends_on": contract.ends_on and contract.ends_on.isoformat(),
        "payment_term_kind": contract.payment_term_kind,
        "payment_term_days": contract.payment_term_days,
    }


def _payment(record: PaymentRecord) -> dict[str, Any]:
    return {
        "currency": record.currency,
        "first_report_on": record.first_report_on.isoformat(),
        "as_of": record.as_of.isoformat(),
        "received_amount": str(record.received_amount),
        "business_amount": str(record.business_amount),
        "open_amount": str(record.open_amount),
        "overdue_amount": str(record.overdue_amount),
        "average_days_late": None if record.average_days_late is None else str(record.average_days_late),
    }


def _proposal(proposal: Proposal) -> dict[str, str]:
    return {"answer": proposal.answer, "figure": str(proposal.figure)}


def proposed_answers(facts: dict[str, Any]) -> dict[str, str]:
    """Return criterion → proposed grade of stored facts."""
    return {code: proposal["answer"] for code, proposal in facts.get("proposals", {}).items()}

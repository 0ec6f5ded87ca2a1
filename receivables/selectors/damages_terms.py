"""At which rate an item bears damages, and who agreed it (P5.2.3).

What the item's contract agreed comes first, rate and cap each for itself. What it does not say is the policy in force
**on the item's due date**: that is when the customer fell into arrears, and a later version neither raises nor lowers
what had begun to run, so that a statement as of a past day reads the same for ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from creditrisk.policy.models import PolicyVersion
from customers.models import Contract
from receivables.disputed import OpenPart
from receivables.selectors.disputes import open_disputes


@dataclass(frozen=True)
class Terms:
    """A share of the overdue amount per calendar day, and the cap as a share of the item.

    `contract_number` is set where the contract agreed one of the two, `policy_version` (such as "v2") where the policy
    fills one in.
    """

    daily_ratio: Decimal
    cap_ratio: Decimal
    contract_number: str = ""
    policy_version: str = ""

    @property
    def source(self) -> str:
        """Where they come from, for programs: "contract HT-1", "policy v2" or "contract HT-1, policy v2"."""
        told = (("contract", self.contract_number), ("policy", self.policy_version))
        return ", ".join(f"{kind} {name}" for kind, name in told if name)


class AgreedTerms:
    """The terms of the items of some customers, as they were known on a day. Four queries when it is made."""

    def __init__(self, contracts: Collection[tuple[int, str]], *, on: dt.date) -> None:
        """`contracts`: customer (primary key) and contract number of every item. A draft agrees nothing, nor does a
        contract of another customer.
        """
        numbers = {number for _customer, number in contracts if number}
        signed = Contract.objects.filter(number__in=numbers, signed_on__lte=on)
        self._contracts = {(contract.customer_id, contract.number): contract for contract in signed}
        self._disputes = open_disputes({customer for customer, _number in contracts}, on=on)
        self._versions = list(PolicyVersion.objects.order_by("effective_on", "number"))

    def of(self, customer_pk: int, contract_number: str, *, due_on: dt.date) -> Terms:
        """Return the terms of an item."""
        version = self._version_on(due_on)
        rules = version.policy.dunning
        contract = self._contracts.get((customer_pk, contract_number))
        if contract is None:
            return Terms(
                rules.late_payment_daily_ratio, rules.late_payment_cap_ratio, policy_version=str(version)
            )
        agreed = (contract.late_payment_daily_ratio, contract.late_payment_cap_ratio)
        return Terms(
            *contract.late_payment_ratios(version.policy),
            contract_number=contract.number if agreed != (None, None) else "",
            policy_version=str(version) if None in agreed else "",
        )

    def is_disputed(self, customer_pk: int, item: OpenPart) -> bool:
        """Return whether a dispute about the item, or about its contract, was open on the day."""
        return any(dispute.is_about(item) for dispute in self._disputes[customer_pk])

    def _version_on(self, day: dt.date) -> PolicyVersion:
        """Return the version in force on a day, else the very first (`creditrisk.policy.selectors`)."""
        in_force = [version for version in self._versions if version.effective_on <= day]
        return (in_force or self._versions)[-1 if in_force else 0]

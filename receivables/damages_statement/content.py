"""What a statement of liquidated damages says, as plain data. It is rendered from this and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from receivables.damages import Damages
from receivables.letters import CompanyDetails, CustomerDetails, Language

SettlementKind = Literal["received", "forfeited", "waived"]


@dataclass(frozen=True)
class StatedItem:
    """One item with its periods; `contract_number` and `policy_version` say who set rate and cap (either may be
    empty). `is_dated`: the days of its payments are known, not only when they were first seen in a report.
    """

    document: str
    due_on: date
    daily_ratio: Decimal
    cap_ratio: Decimal
    contract_number: str
    policy_version: str
    damages: Damages
    is_disputed: bool = False
    is_dated: bool = True


@dataclass(frozen=True)
class StatedSettlement:
    """Something that settled damages on a day; below zero where it was reversed. Its reason is ours and is not
    printed.
    """

    on: date
    kind: SettlementKind
    amount: Decimal
    document: str = ""


@dataclass(frozen=True)
class StatedPart:
    """Everything in one currency. Raises ValueError where the parts do not add up to the totals."""

    currency: str
    items: tuple[StatedItem, ...]
    settlements: tuple[StatedSettlement, ...]
    accrued_amount: Decimal
    settled_amount: Decimal
    balance_amount: Decimal
    excess_amount: Decimal

    def __post_init__(self) -> None:
        if sum((item.damages.amount for item in self.items), Decimal()) != self.accrued_amount:
            raise ValueError("the items do not add up to what accrued")
        if sum((one.amount for one in self.settlements), Decimal()) != self.settled_amount:
            raise ValueError("the settlements do not add up to what was settled")
        if self.accrued_amount - self.settled_amount != self.balance_amount - self.excess_amount:
            raise ValueError("the balance is not what accrued less what was settled")


@dataclass(frozen=True)
class DamagesStatement:
    """One statement to one customer as of the day `on`; without parts nothing accrued, and it says so."""

    number: str
    language: Language
    on: date
    company: CompanyDetails
    customer: CustomerDetails
    parts: tuple[StatedPart, ...]
    contact_name: str = ""
    contact_phone: str = ""

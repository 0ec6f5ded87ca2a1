"""What a statement of account says, as plain data. It is rendered from this and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from receivables.letters.content import CompanyDetails, CustomerDetails
from receivables.letters.texts import Language


@dataclass(frozen=True)
class StatementItem:
    """One open item; `days_past_due` are calendar days on the day of the statement, negative before the due date."""

    document: str
    document_on: date | None
    due_on: date
    days_past_due: int
    amount: Decimal
    open_amount: Decimal
    contract: str = ""


@dataclass(frozen=True)
class StatementPart:
    """All items of one currency, with the sums of the aging buckets (credits netted). Raises ValueError where items,
    buckets and total do not agree.
    """

    currency: str
    items: tuple[StatementItem, ...]
    bucket_amounts: tuple[Decimal, ...]
    total_amount: Decimal

    def __post_init__(self) -> None:
        if sum((item.open_amount for item in self.items), Decimal()) != self.total_amount:
            raise ValueError("the items do not add up to the balance")
        if sum(self.bucket_amounts, Decimal()) != self.total_amount:
            raise ValueError("the buckets do not add up to the balance")


@dataclass(frozen=True)
class StatementContent:
    """One statement to one customer as of a day; `bucket_labels` are days such as "1–30", the first is what is not due.

    A customer who owes nothing has no parts: his statement says so.
    """

    number: str
    language: Language
    as_of: date
    issued_on: date
    company: CompanyDetails
    customer: CustomerDetails
    bucket_labels: Sequence[str]
    parts: tuple[StatementPart, ...]
    contact_name: str = ""
    contact_phone: str = ""

"""The parts that every language words. `{placeholders}` are filled with figures; `**…**` is bold.

What the product does not record is worded as a condition: nobody knows whether a customer has lodged a security
deposit, so no letter says that he has (P5.2.3).

Which placeholders a stage has: `receivables.letters.wording.PLACEHOLDERS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from creditrisk.policy.schema import DunningStageCode

Language = Literal["en", "zh-hans", "zh-hant"]


@dataclass(frozen=True)
class StageTexts:
    """The prose of one stage: paragraphs before the items, numbered points, paragraphs after; and the paragraphs of the
    mail that carries it, between its salutation and what is said about the PDF.
    """

    title: str
    opening: tuple[str, ...]
    closing: tuple[str, ...]
    mail: tuple[str, ...]
    points_intro: str = ""
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class LetterTexts:
    """Everything a letter says in one language. `money` and `date` are format strings of the running text."""

    stages: dict[DunningStageCode, StageTexts]
    # Of the running text: an amount of the base currency and of any other, a date, an earlier letter.
    money: dict[str, str]
    date: str
    month_names: tuple[str, ...]
    earlier: str
    earlier_separator: str
    earlier_all: str
    # Currencies that have a name before capital numerals; none where the language has no such line.
    capital_currencies: dict[str, str]
    capital: str
    # Reference block and address
    number: str
    issued_on: str
    customer_number: str
    pay_by: str
    contact: str
    phone: str
    email: str
    attention: str
    salutation: str
    salutation_unnamed: str
    # Items
    total_due: str
    total_overdue: str
    index: str
    document: str
    document_on: str
    due_on: str
    days_to_due: str
    days_overdue: str
    amount: str
    open_amount: str
    damages: str
    total: str
    amounts_in: str
    schedule: str
    see_schedule: str
    # Payment and end
    payment: str
    payee: str
    bank: str
    account: str
    quote: str
    no_account: str
    no_account_contact: str
    regards: str
    seal: str
    page: str

    def month(self, number: int) -> str:
        """Return the month as a date in the running text writes it: its name, or its number."""
        return self.month_names[number - 1] if self.month_names else str(number)

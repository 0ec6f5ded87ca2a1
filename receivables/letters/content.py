"""What a letter says, as plain data. A letter is rendered from this and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from creditrisk.policy.schema import DunningStageCode
from receivables.letters.texts import TEXTS, Language, StageTexts

EnvelopeWindow = Literal["none", "chinese", "din", "right"]


@dataclass(frozen=True)
class CompanyDetails:
    """The sender: letterhead, and the account to pay to. English letters use the `_en` fields if given.

    Without a `bank_account` a letter asks the reader to get in touch. `seal` is a picture, PNG or JPEG, or empty.
    `window` says where an envelope shows the address (millimetres: `letter.typ`).
    """

    name: str
    address: str
    phone: str
    email: str
    bank_name: str
    bank_account: str
    name_en: str = ""
    address_en: str = ""
    seal: bytes = field(default=b"", repr=False)
    window: EnvelopeWindow = "none"
    has_fold_marks: bool = False


@dataclass(frozen=True)
class CustomerDetails:
    """The addressee; `name` in the language of the letter, `contact` the person it goes to."""

    number: str
    name: str
    address: str = ""
    contact: str = ""
    postal_code: str = ""


@dataclass(frozen=True)
class LetterItem:
    """One open item on the letter, amounts in the letter's currency.

    `amount` is the document's amount, `open_amount` what is still to pay. `days_overdue` are calendar
    days after the due date on the day of the letter (negative before it). `damages_amount` are the
    late-payment damages up to that day (`receivables.damages.liquidated_damages`), shown on a final
    demand.
    """

    document: str
    due_on: date
    days_overdue: int
    open_amount: Decimal
    document_on: date | None = None
    amount: Decimal | None = None
    damages_amount: Decimal = Decimal("0.00")


@dataclass(frozen=True)
class EarlierLetter:
    """A dunning letter that was sent before; a final demand names it."""

    number: str
    issued_on: date


@dataclass(frozen=True)
class LetterContent:
    """One letter to one customer in one currency (P5.2.3). `number` is None on a reminder.

    `pay_by_on` is None on a reminder, where each item keeps its due date. `late_payment_daily_ratio`,
    `late_payment_cap_ratio` and `final_demand_from_day` are the policy's, or the contract's where it
    agreed others. `policy_version` is kept in the PDF's properties. `own_wording` are the words of a published
    template; without one the product's own count. Raises ValueError where the parts contradict each other.
    """

    stage: DunningStageCode
    language: Language
    issued_on: date
    company: CompanyDetails
    customer: CustomerDetails
    currency: str
    items: tuple[LetterItem, ...]
    total_amount: Decimal
    policy_version: str
    late_payment_daily_ratio: Decimal
    late_payment_cap_ratio: Decimal
    final_demand_from_day: int
    number: str | None = None
    pay_by_on: date | None = None
    contact_name: str = ""
    contact_phone: str = ""
    earlier_letters: tuple[EarlierLetter, ...] = field(default=())
    own_wording: StageTexts | None = None

    def __post_init__(self) -> None:
        if not self.items:
            raise ValueError("a letter needs at least one item")
        if sum(item.open_amount for item in self.items) != self.total_amount:
            raise ValueError("the items do not add up to the letter's total")
        if self.stage != "reminder" and (self.number is None or self.pay_by_on is None):
            raise ValueError(f"a {self.stage} needs a number and a date to pay by")

    @property
    def damages_amount(self) -> Decimal:
        """The late-payment damages of all items, in the letter's currency."""
        return sum((item.damages_amount for item in self.items), Decimal("0.00"))

    @property
    def wording(self) -> StageTexts:
        """What the letter says around its items, with placeholders."""
        return self.own_wording or TEXTS[self.language].stages[self.stage]

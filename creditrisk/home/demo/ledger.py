"""Two years of invoices and payments of the made-up companies, and what was open at each month end."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal

from creditrisk.dates import add_months, end_of_month
from creditrisk.home.demo.companies import Company
from creditrisk.money import to_cents
from customers import payment_terms

MONTHS = 24
DELAY_DAYS = {"good": (-12, 4), "slow": (3, 45), "failing": (30, 240)}
"""Days after the due date on which a payer of this kind pays, from and to."""


@dataclass(frozen=True)
class Invoice:
    """One document of the ledger; `paid_on` may lie in the future of a report, then the item is open in it."""

    company: Company
    document: str
    document_on: dt.date
    due_on: dt.date
    amount: Decimal
    partial_amount: Decimal
    partial_on: dt.date
    paid_on: dt.date

    def open_amount_on(self, day: dt.date) -> Decimal:
        """Return the balance on `day` in the company's currency; zero where it is paid or not yet written."""
        if self.document_on > day or self.paid_on <= day:
            return Decimal(0)
        return self.amount - (self.partial_amount if self.partial_on <= day else 0)


def month_ends(last: dt.date, months: int = MONTHS) -> list[dt.date]:
    """Return the `months` month ends up to and including `last`, oldest first."""
    return [end_of_month(add_months(last.replace(day=1), -back)) for back in range(months - 1, -1, -1)]


def made_up_ledger(companies: list[Company], last: dt.date, seed: int = 2026) -> list[Invoice]:
    """Return the invoices of three years up to `last`, so that the first report already has old items."""
    source = random.Random(seed)
    invoices = []
    for company in companies:
        for back in range(MONTHS + 11, -1, -1):
            month = add_months(last.replace(day=1), -back)
            for part in range(source.choice((0, 1, 1, 1, 2, 2))):
                invoices.append(_invoice(company, month, part, source))
    return invoices


def _invoice(company: Company, month: dt.date, part: int, source: random.Random) -> Invoice:
    document_on = month + dt.timedelta(days=source.randrange(27))
    due_on = payment_terms.due_on(document_on, company.payment_term_kind, company.payment_term_days)
    is_credit = source.random() < 0.03
    share = Decimal(source.randrange(200, 900)) / 1000
    amount = to_cents(company.monthly_amount * share + Decimal(source.randrange(10000)) / 100)
    if is_credit:
        amount = -to_cents(amount / 10)
    early, late = DELAY_DAYS[company.payer]
    delay = source.randrange(early, late)
    if company.payer == "failing" and source.random() < 0.12:
        delay += 400
    is_partial = source.random() < 0.08 and not is_credit and delay > 5
    return Invoice(
        company=company,
        document=f"{'CN' if is_credit else 'INV'}-{document_on:%y%m}-{company.number[1:]}-{part + 1}",
        document_on=document_on,
        due_on=due_on,
        amount=amount,
        partial_amount=to_cents(amount / 3) if is_partial else Decimal(0),
        partial_on=due_on,
        paid_on=due_on + dt.timedelta(days=delay),
    )

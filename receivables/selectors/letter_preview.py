"""A letter before it exists: the words of a draft around a customer's items, or made-up ones. Reads only."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from creditrisk.policy.schema import DunningRules, DunningStageCode
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from receivables.aging import days_past_due
from receivables.damages import liquidated_damages
from receivables.letters.content import EarlierLetter, LetterContent, LetterItem
from receivables.letters.example import AMOUNTS, CUSTOMERS, DAYS, NUMBER
from receivables.letters.texts import Language, StageTexts
from receivables.models import DueBasis, OpenItem
from receivables.selectors.item_lines import items_of
from receivables.selectors.letter_parties import company_details, customer_details, letter_contact
from receivables.selectors.reports import report_for

MOST_ITEMS = 20
EXAMPLE_CURRENCY = "CNY"
EXAMPLE_TERM_DAYS = 30


def preview_letter(
    *,
    stage: DunningStageCode,
    language: Language,
    wording: StageTexts,
    customer: Customer | None,
    on: dt.date,
) -> LetterContent:
    """Return the letter that these words would make on a day.

    To `customer` with what the latest report says he owes, as far as it fits the stage (at most 20 items of one
    currency); to a made-up one without, and with made-up items where none fit. Its number is no letter's.
    """
    version = policy_version_on(on)
    rules = version.policy.dunning
    currency, items = _items(customer, stage=stage, on=on, rules=rules)
    manager = letter_contact(customer) if customer else None
    is_numbered = stage != "reminder"
    return LetterContent(
        stage=stage,
        language=language,
        issued_on=on,
        company=company_details(),
        customer=customer_details(customer, language=language) if customer else CUSTOMERS[language],
        currency=currency,
        items=items,
        total_amount=sum((item.open_amount for item in items), Decimal()),
        policy_version=str(version),
        late_payment_daily_ratio=rules.late_payment_daily_ratio,
        late_payment_cap_ratio=rules.late_payment_cap_ratio,
        final_demand_from_day=next(entry.from_day for entry in rules.stages if entry.code == "final_demand"),
        number=NUMBER.format(year=on.year) if is_numbered else None,
        pay_by_on=on + dt.timedelta(days=rules.payment_deadline_days) if is_numbered else None,
        contact_name=manager.display_name if manager else "",
        contact_phone=manager.phone if manager else "",
        earlier_letters=_earlier(stage, on=on, rules=rules),
        own_wording=wording,
    )


def _earlier(stage: DunningStageCode, *, on: dt.date, rules: DunningRules) -> tuple[EarlierLetter, ...]:
    if stage != "final_demand":
        return ()
    issued_on = on - dt.timedelta(days=rules.letter_before_final_days)
    return (EarlierLetter(NUMBER.format(year=issued_on.year), issued_on),)


def _items(
    customer: Customer | None, *, stage: DunningStageCode, on: dt.date, rules: DunningRules
) -> tuple[str, tuple[LetterItem, ...]]:
    lines = (_open_lines(customer, stage=stage, on=on) if customer else []) or _example_lines(stage, on=on)
    return lines[0].currency, tuple(_item(line, stage=stage, on=on, rules=rules) for line in lines)


def _item(line: OpenItem, *, stage: DunningStageCode, on: dt.date, rules: DunningRules) -> LetterItem:
    days = days_past_due(line.due_on, on)
    damages = liquidated_damages(
        line.open_amount,
        days=days,
        daily_ratio=rules.late_payment_daily_ratio,
        cap_ratio=rules.late_payment_cap_ratio,
    )
    return LetterItem(
        document=line.document,
        document_on=line.document_on,
        due_on=line.due_on,
        days_overdue=days,
        amount=line.amount,
        open_amount=line.open_amount,
        damages_amount=damages if stage == "final_demand" else Decimal("0.00"),
    )


def _example_lines(stage: DunningStageCode, *, on: dt.date) -> list[OpenItem]:
    """Return items that are nobody's and stay unsaved."""
    return [
        OpenItem(
            document=f"INV-{index:04d}",
            document_on=on - dt.timedelta(days=days + EXAMPLE_TERM_DAYS),
            due_on=on - dt.timedelta(days=days),
            currency=EXAMPLE_CURRENCY,
            amount=amount,
            open_amount=amount,
        )
        for index, (days, amount) in enumerate(zip(DAYS[stage], AMOUNTS, strict=True), start=1)
    ]


def _open_lines(customer: Customer, *, stage: DunningStageCode, on: dt.date) -> list[OpenItem]:
    report = report_for(on)
    if report is None:
        return []
    due = {"due_on__gte": on} if stage == "reminder" else {"due_on__lt": on}
    fitting = (
        items_of(report)
        .filter(customer=customer, open_amount__gt=0, **due)
        .exclude(due_basis=DueBasis.BUCKET)
        .order_by("currency", "due_on", "document")
    )
    lines = list(fitting[:MOST_ITEMS])
    return [line for line in lines if line.currency == lines[0].currency]

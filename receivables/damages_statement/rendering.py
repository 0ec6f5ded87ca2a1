"""A statement of liquidated damages as an A4 PDF: every period of every item, what was settled, the balance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from creditrisk.pdf import render_pdf
from receivables.damages import exact
from receivables.damages_statement.content import (
    DamagesStatement,
    StatedItem,
    StatedPart,
    StatedSettlement,
)
from receivables.damages_statement.texts import TEXTS, DamagesTexts
from receivables.letters import Language
from receivables.letters.amounts import capital_amount, grouped, percentage
from receivables.letters.layout import printable
from receivables.letters.texts import TEXTS as LETTER_TEXTS

TEMPLATE = Path(__file__).resolve().parent / "damages.typ"
LONG_LIST_PERIODS = 300


def render_damages(statement: DamagesStatement) -> bytes:
    """Return the PDF; the same content gives the same bytes."""
    words = TEXTS[statement.language]
    company, customer = statement.company, statement.customer
    in_english = statement.language == "en"
    name = company.name_en if in_english and company.name_en else company.name
    address = company.address_en if in_english and company.address_en else company.address
    contact = " ".join(filter(None, (statement.contact_name, statement.contact_phone or company.phone)))
    values = {"day": statement.on.isoformat(), "customer": printable(customer.name)}
    data = {
        "language": statement.language,
        "title": words.title,
        "number": printable(statement.number),
        "day": statement.on.isoformat(),
        "company": printable(name),
        "company_lines": [printable(text) for text in (address, company.phone, company.email) if text],
        "to": words.to.format(**values),
        "customer_lines": [printable(text) for text in (customer.address, customer.contact) if text],
        "intro": (words.intro if statement.parts else words.nothing).format(**values),
        "notes": _notes(statement, words),
        "heads": list(words.heads),
        "damages": words.damages,
        "settled_heads": list(words.settled_heads),
        "settled": words.settled,
        "parts": [_part(part, words, statement.language) for part in statement.parts],
        "questions": words.questions.format(contact=printable(contact)) if contact else "",
        "page": words.page,
    }
    count = sum(len(item.damages.periods) for part in statement.parts for item in part.items)
    return render_pdf(TEMPLATE, data, on=statement.on, is_long=count > LONG_LIST_PERIODS)


def _notes(statement: DamagesStatement, words: DamagesTexts) -> list[str]:
    items = [item for part in statement.parts for item in part.items]
    if not items:
        return []
    return [words.rounding] if all(item.is_dated for item in items) else [words.dating, words.rounding]


def _part(part: StatedPart, words: DamagesTexts, language: Language) -> dict[str, Any]:
    totals = [[words.accrued, grouped(part.accrued_amount)], [words.settled, grouped(part.settled_amount)]]
    if part.excess_amount:
        totals.append([words.excess, grouped(part.excess_amount)])
    return {
        "currency": part.currency,
        "items": [_item(item, words) for item in part.items],
        "settlements": [_settlement(settlement, words) for settlement in part.settlements],
        "totals": totals,
        "balance": [words.balance, f"{part.currency} {grouped(part.balance_amount)}"],
        "capital": _capital(part, language),
    }


def _capital(part: StatedPart, language: Language) -> str:
    """Return the balance in Chinese capital numerals where the language has such a line for the currency."""
    texts = LETTER_TEXTS[language]
    currency = texts.capital_currencies.get(part.currency)
    if currency is None:
        return ""
    amount = capital_amount(part.balance_amount, traditional=language == "zh-hant")
    return texts.capital.format(currency=currency, amount=amount)


def _item(item: StatedItem, words: DamagesTexts) -> dict[str, Any]:
    sources = [
        text.format(number=printable(number))
        for text, number in ((words.contract, item.contract_number), (words.policy, item.policy_version))
        if number
    ]
    terms = words.terms.format(
        daily=percentage(item.daily_ratio),
        cap=percentage(item.cap_ratio),
        base=grouped(item.damages.base_amount),
        source=words.sources_joined.join(sources),
    )
    notes = [words.disputed] if item.is_disputed else []
    if item.damages.capped_on:
        notes.append(words.capped.format(date=item.damages.capped_on.isoformat()))
    return {
        "title": words.item.format(
            document=printable(item.document) or words.unallocated, due=item.due_on.isoformat()
        ),
        "terms": " ".join([terms, *notes]),
        "rows": [
            [
                period.from_on.isoformat(),
                period.to_on.isoformat(),
                str(period.days),
                grouped(period.balance_amount),
                exact(period.amount),
            ]
            for period in item.damages.periods
        ],
        "amount": grouped(item.damages.amount),
    }


def _settlement(settlement: StatedSettlement, words: DamagesTexts) -> list[str]:
    kind = words.kinds[settlement.kind]
    told = words.reversed.format(kind=kind) if settlement.amount < 0 else kind
    document = f" ({printable(settlement.document)})" if settlement.document else ""
    return [settlement.on.isoformat(), told + document, grouped(settlement.amount)]

"""From a letter's content to the strings that the template lays out. Every word and figure is final here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from receivables.letters.amounts import capital_amount, grouped, percentage
from receivables.letters.content import LetterContent, LetterItem
from receivables.letters.texts import TEXTS, LetterTexts
from receivables.letters.wording import DIRECTION_CONTROLS, filled

# More items than this follow on pages of their own, after the signature.
ITEMS_IN_TEXT = 10
LONG_WORD = re.compile(r"[^\s\u2e80-\u9fff]{21,}")
LONG_WORD_PART = re.compile(r".{1,12}")
ZERO_WIDTH_SPACE = "\u200b"


@dataclass(frozen=True)
class _Column:
    kind: Literal["index", "text", "date", "days", "amount"]
    label: str
    cell: Callable[[int, LetterItem], str]
    total: str = ""


def printable(text: str) -> str:
    """Return `text` as a letter prints it: on one line, without control characters, long words breakable."""
    kept = (
        " " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char
        for char in text
        if char not in DIRECTION_CONTROLS
    )
    return LONG_WORD.sub(
        lambda match: ZERO_WIDTH_SPACE.join(LONG_WORD_PART.findall(match[0])), " ".join("".join(kept).split())
    )


def printable_inside(text: str) -> str:
    """Return a figure or name as a sentence prints it: like `printable`, with the blanks around it."""
    before, after = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    return f"{before}{printable(text)}{after}" if text.strip(" ") else text


def long_date(day: date, texts: LetterTexts) -> str:
    """Return the date as the running text of a letter writes it."""
    return texts.date.format(year=day.year, month=texts.month(day.month), day=day.day)


def money(amount: Decimal, currency: str, texts: LetterTexts) -> str:
    """Return an amount with its currency as the running text writes it."""
    pattern = texts.money.get(currency, texts.money[""])
    return pattern.format(currency=currency, amount=grouped(amount))


def sender(content: LetterContent) -> str:
    """Return our name in the language of the letter."""
    company = content.company
    return (company.name_en or company.name) if content.language == "en" else company.name


def our_contact(content: LetterContent) -> str:
    """Return whom the customer may ask, with a number: his manager, else our company's own."""
    return " ".join(filter(None, (content.contact_name, content.contact_phone or content.company.phone)))


def figures_of(content: LetterContent) -> dict[str, str]:
    """Return what the placeholders of the wording stand for, by name, not yet made printable where it is a name."""
    texts = TEXTS[content.language]
    earlier = texts.earlier_separator.join(
        texts.earlier.format(number=printable(letter.number), issued_on=long_date(letter.issued_on, texts))
        for letter in content.earlier_letters
    )
    return {
        "number": content.number or "",
        "customer": content.customer.name,
        "company": sender(content),
        "contact": our_contact(content),
        "total": money(content.total_amount, content.currency, texts),
        "damages": money(content.damages_amount, content.currency, texts),
        "issued_on": long_date(content.issued_on, texts),
        "pay_by": long_date(content.pay_by_on, texts) if content.pay_by_on else "",
        "daily": percentage(content.late_payment_daily_ratio),
        "cap": percentage(content.late_payment_cap_ratio),
        "stop_days": str(content.final_demand_from_day),
        "earlier": texts.earlier_all.format(letters=earlier) if earlier else "",
    }


def _runs(text: str, figures: dict[str, str]) -> list[tuple[str, bool]]:
    # The stars are looked for before any figure is filled in: a star in the data stays a star.
    parts = text.split("**")
    return [(filled(part, figures), index % 2 == 1) for index, part in enumerate(parts) if part]


def _columns(content: LetterContent, texts: LetterTexts) -> list[_Column]:
    is_final = content.stage == "final_demand"
    days_label, sign = (texts.days_to_due, -1) if content.stage == "reminder" else (texts.days_overdue, 1)
    total, damages = grouped(content.total_amount), grouped(content.damages_amount)
    columns = [
        _Column("index", texts.index, lambda index, item: str(index), texts.total),
        _Column("text", texts.document, lambda index, item: printable(item.document)),
        _Column("date", texts.document_on, lambda index, item: _cell(item.document_on)),
        _Column("date", texts.due_on, lambda index, item: _cell(item.due_on)),
        _Column("days", days_label, lambda index, item: str(sign * item.days_overdue)),
        _Column("amount", texts.amount, lambda index, item: _cell(item.amount)),
        _Column("amount", texts.open_amount, lambda index, item: grouped(item.open_amount), total),
        _Column("amount", texts.damages, lambda index, item: grouped(item.damages_amount), damages),
    ]
    hidden = texts.amount if is_final else texts.damages
    return [column for column in columns if column.label != hidden]


def _cell(value: date | Decimal | None) -> str:
    if value is None:
        return "–"
    return value.isoformat() if isinstance(value, date) else grouped(value)


def _table(content: LetterContent, texts: LetterTexts) -> dict[str, object]:
    columns = _columns(content, texts)
    return {
        "heads": [column.label for column in columns],
        "kinds": [column.kind for column in columns],
        "rows": [
            [column.cell(index, item) for column in columns]
            for index, item in enumerate(content.items, start=1)
        ],
        "totals": [column.total for column in columns],
        "currency": texts.amounts_in.format(currency=content.currency),
    }


def _named(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    cleaned = [(label, printable(value)) for label, value in pairs]
    return [(label, value) for label, value in cleaned if value]


def _capital_line(content: LetterContent, texts: LetterTexts) -> str:
    currency = texts.capital_currencies.get(content.currency)
    if currency is None:
        return ""
    amount = capital_amount(content.total_amount, traditional=content.language == "zh-hant")
    return texts.capital.format(currency=currency, amount=amount)


def _payment_lines(content: LetterContent, texts: LetterTexts) -> list[tuple[str, str]]:
    company = content.company
    if not company.bank_account:
        return []
    return _named(
        [
            (texts.payee, sender(content)),
            (texts.bank, company.bank_name),
            (texts.account, company.bank_account),
            (texts.quote, content.number or content.customer.number),
        ]
    )


def no_account_line(content: LetterContent) -> str:
    """Return what stands where the account would: whom to ask for it. Empty where we have one."""
    if content.company.bank_account:
        return ""
    texts, contact = TEXTS[content.language], printable(our_contact(content))
    return texts.no_account_contact.format(contact=contact) if contact else texts.no_account


def letter_data(content: LetterContent) -> dict[str, object]:
    """Return the letter as JSON-ready data for `letter.typ`; names and documents are only values in it."""
    texts = TEXTS[content.language]
    stage = content.wording
    figures = {name: printable_inside(value) for name, value in figures_of(content).items()}
    company, customer = content.company, content.customer
    in_english = content.language == "en"
    name = printable(sender(content))
    return {
        "language": content.language,
        "stage": content.stage,
        "title": stage.title,
        "author": name,
        "keywords": [f"policy {printable(content.policy_version)}"],
        "company": name,
        "company_other": printable("" if in_english else company.name_en),
        "company_lines": [
            printable((company.address_en or company.address) if in_english else company.address),
            "    ".join(
                f"{label} {value}"
                for label, value in _named([(texts.phone, company.phone), (texts.email, company.email)])
            ),
        ],
        "address": [
            line
            for line in (
                printable(customer.name),
                printable(f"{customer.postal_code} {customer.address}"),
                texts.attention.format(contact=printable(customer.contact)) if customer.contact else "",
            )
            if line
        ],
        "references": _named(
            [
                (texts.number, content.number or ""),
                (texts.issued_on, figures["issued_on"]),
                (texts.customer_number, customer.number),
                (texts.contact, content.contact_name),
                (texts.phone, content.contact_phone),
            ]
        ),
        "salutation": texts.salutation.format(contact=printable(customer.contact))
        if customer.contact
        else texts.salutation_unnamed,
        "opening": [_runs(text, figures) for text in stage.opening],
        "points_intro": _runs(stage.points_intro, figures),
        "points": [_runs(text, figures) for text in stage.points],
        "closing": [_runs(text, figures) for text in stage.closing],
        "due_label": texts.total_due if content.stage == "reminder" else texts.total_overdue,
        "due_amount": f"{content.currency} {grouped(content.total_amount)}",
        "due_capital": _capital_line(content, texts),
        "pay_by": [texts.pay_by, figures["pay_by"]] if content.pay_by_on else None,
        "table": _table(content, texts),
        "schedule": texts.schedule if len(content.items) > ITEMS_IN_TEXT else None,
        "see_schedule": texts.see_schedule,
        "payment": texts.payment,
        "payment_lines": _payment_lines(content, texts),
        "no_account": no_account_line(content),
        "regards": texts.regards,
        "seal": texts.seal if content.number else "",
        "seal_image": list(company.seal) if content.number else [],
        "window": company.window,
        "fold_marks": company.has_fold_marks,
        "signed_on": "" if in_english else figures["issued_on"],
        "footer": " · ".join(part for part in (stage.title, printable(content.number or "")) if part),
        "page": texts.page,
    }

"""A statement of account as an A4 PDF: the items, their aging, and the slip to be signed and returned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from creditrisk.pdf import render_pdf
from receivables.letters.amounts import grouped
from receivables.letters.layout import printable
from receivables.statements.content import StatementContent, StatementPart
from receivables.statements.texts import TEXTS, StatementTexts

TEMPLATE = Path(__file__).resolve().parent / "statement.typ"
LONG_LIST_ITEMS = 300


def render_statement(statement: StatementContent) -> bytes:
    """Return the PDF; the same content gives the same bytes."""
    words = TEXTS[statement.language]
    values = placeholders(statement)
    company = statement.company
    in_english = statement.language == "en"
    address = company.address_en if in_english and company.address_en else company.address
    data = {
        "language": statement.language,
        "title": words.title,
        "number": statement.number,
        "day": statement.as_of.isoformat(),
        "company": values["company"],
        "company_lines": _told(address, company.phone, company.email),
        "to": words.to.format(**values),
        "customer_lines": [
            printable(text)
            for text in (
                f"{statement.customer.postal_code} {statement.customer.address}".strip(),
                statement.customer.contact,
            )
            if text
        ],
        "intro": (words.intro if statement.parts else words.nothing).format(**values),
        "heads": list(words.heads),
        "balance": words.balance,
        "aging": words.aging,
        "buckets": [
            words.not_due,
            *(words.days.format(label=label) for label in statement.bucket_labels[1:]),
        ],
        "parts": [_part(part, words) for part in statement.parts],
        "questions": words.questions.format(**values) if values["contact"] else "",
        "slip": {
            "title": words.slip_title,
            "text": words.slip.format(**values),
            "agrees": words.agrees,
            "differs": words.differs,
            "difference": words.difference,
            "stamp": words.stamp.format(**values),
            "date": words.date,
        },
        "page": words.page,
    }
    count = sum(len(part.items) for part in statement.parts)
    return render_pdf(TEMPLATE, data, on=statement.issued_on, is_long=count > LONG_LIST_ITEMS)


def _told(*texts: str) -> list[str]:
    return [printable(text) for text in texts if text]


def placeholders(statement: StatementContent) -> dict[str, str]:
    """Return what the texts of a statement are filled with."""
    company = statement.company
    phone = statement.contact_phone or company.phone
    name = company.name_en if statement.language == "en" and company.name_en else company.name
    return {
        "customer": printable(statement.customer.name),
        "company": printable(name),
        "day": statement.as_of.isoformat(),
        "number": statement.number,
        "contact": printable(" ".join(filter(None, (statement.contact_name, phone)))),
    }


def _part(part: StatementPart, words: StatementTexts) -> dict[str, Any]:
    return {
        "currency": part.currency,
        "total": grouped(part.total_amount),
        "buckets": [grouped(amount) for amount in part.bucket_amounts],
        "rows": [
            [
                printable(item.document) or words.unallocated,
                item.document_on.isoformat() if item.document_on else "",
                item.due_on.isoformat(),
                str(item.days_past_due) if item.days_past_due > 0 else "",
                grouped(item.amount),
                grouped(item.open_amount),
            ]
            for item in part.items
        ],
    }

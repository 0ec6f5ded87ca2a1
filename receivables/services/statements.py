"""Issuing statements of account, one or many, and noting what the customer answered."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import cast

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.notifications.services import is_mail_address, queue_mail
from creditrisk.numbering.services import next_number
from customers.models import Customer
from receivables.letters.content import CompanyDetails
from receivables.letters.texts import Language
from receivables.models import Answer, Statement
from receivables.permissions import statement_refusal
from receivables.selectors.aging import AgingReport, aging_report
from receivables.selectors.letter_parties import company_details, customer_details, letter_contact
from receivables.services.letters import pdfs_removed_on_error
from receivables.statements import StatementContent, StatementItem, StatementPart, render_statement
from receivables.statements.rendering import placeholders
from receivables.statements.texts import TEXTS

LANGUAGES: tuple[Language, ...] = ("en", "zh-hans", "zh-hant")
MOST_AT_ONCE = 500


@transaction.atomic
def issue_statements(
    *, customers: Iterable[Customer], as_of: dt.date, language: str, send: bool, today: dt.date, by: User
) -> list[Statement]:
    """Issue a statement as of a day to each of some customers; return them, in the order of the customers. All or none.

    `language` is one of LANGUAGES, or '' for each customer's own. `send` mails it to those who have an address of
    finance; the others' are to be printed (`Statement.message` is None). Raises NotAllowedError for the first customer
    that `by` may not issue one to, InvalidInputError where no report describes the day, there are no customers or too
    many, or the language is none of ours.
    """
    listed = list(customers)
    if language and language not in LANGUAGES:
        raise InvalidInputError("statement.language", _("Choose one of the languages."))
    if not 0 < len(listed) <= MOST_AT_ONCE:
        raise InvalidInputError(
            "statement.count",
            _("Choose between 1 and %(limit)d customers at once.") % {"limit": MOST_AT_ONCE},
        )
    for customer in listed:
        require(statement_refusal(by, customer))
    report = aging_report(
        as_of=as_of, customers=Customer.objects.filter(pk__in=[customer.pk for customer in listed])
    )
    if report is None:
        raise InvalidInputError(
            "statement.no_report", _("No aging report describes %(date)s.") % {"date": as_of}
        )
    parts = _parts(report)
    company = company_details()
    issued: list[Statement] = []
    with pdfs_removed_on_error(issued), acting(by):
        for customer in listed:
            content = _content(
                customer,
                report,
                tuple(parts[customer.number]),
                company=company,
                language=language,
                today=today,
            )
            issued.append(_issue(customer, report, content, send=send, by=by))
    return issued


@transaction.atomic
def note_answer(
    *, statement: Statement, answer: str, note: str, on: dt.date, today: dt.date, by: User
) -> Statement:
    """Note what the signed slip says; return the statement. The same again is once.

    Raises NotAllowedError, ConflictError where another answer is noted, InvalidInputError for a day before the
    statement or to come, or a difference without a word on it.
    """
    locked: Statement = (
        Statement.objects.select_for_update(of=("self",)).select_related("customer").get(pk=statement.pk)
    )
    require(statement_refusal(by, locked.customer))
    note = " ".join(note.split())
    if (locked.answer, locked.answered_on, locked.answer_note) == (answer, on, note):
        return locked
    if locked.answer:
        raise ConflictError("statement.answered", _("What the customer answered is noted already."))
    if not locked.issued_on <= on <= today:
        raise InvalidInputError(
            "statement.answer_day",
            _("The slip came back between %(first)s and today.") % {"first": locked.issued_on},
        )
    if answer not in Answer.values or (answer == Answer.DIFFERS and not note):
        raise InvalidInputError(
            "statement.answer", _("Say what differs, as the customer wrote it on the slip.")
        )
    locked.answer, locked.answer_note, locked.answered_on, locked.answered_by = answer, note, on, by
    with acting(by):
        locked.save()
    return locked


def _issue(
    customer: Customer, report: AgingReport, content: StatementContent, *, send: bool, by: User
) -> Statement:
    pdf = render_statement(content)
    statement = Statement(
        number=content.number,
        customer=customer,
        report=report.report,
        as_of=content.as_of,
        language=content.language,
        totals={part.currency: str(part.total_amount) for part in content.parts},
        pdf_sha256=sha256(pdf).hexdigest(),
        issued_on=content.issued_on,
        issued_by=by,
    )
    statement.pdf.save("statement.pdf", ContentFile(pdf), save=False)
    with pdfs_removed_on_error([statement]):
        _queue(statement, content, send=send, by=by)
        statement.save()
    return statement


def _queue(statement: Statement, content: StatementContent, *, send: bool, by: User) -> None:
    """Put the mail that carries the statement into the outbox, where it is to be sent and there is an address."""
    customer = statement.customer
    if send and is_mail_address(customer.finance_email):
        words, values = TEXTS[content.language], placeholders(content)
        statement.message = queue_mail(
            key=f"statement:{content.number}",
            to=customer.finance_email,
            reply_to=by.email if is_mail_address(by.email) else "",
            subject=f"{words.title} {content.number}, {values['company']}",
            body=words.mail_body.format(**values),
            language=content.language,
            stored_attachment=str(statement.pdf.name),
            attachment_name=f"{content.number}.pdf",
            customer_number=customer.number,
        )


def _content(
    customer: Customer,
    report: AgingReport,
    parts: tuple[StatementPart, ...],
    *,
    company: CompanyDetails,
    language: str,
    today: dt.date,
) -> StatementContent:
    chosen = cast(Language, language or customer.letter_language)
    manager = letter_contact(customer)
    return StatementContent(
        number=f"ST-{today.year}-{next_number(f'statement:{today.year}'):06d}",
        language=chosen,
        as_of=report.as_of,
        issued_on=today,
        company=company,
        customer=customer_details(customer, language=chosen),
        bucket_labels=report.bucket_labels(),
        parts=parts,
        contact_name=manager.display_name if manager else "",
        contact_phone=manager.phone if manager else "",
    )


def _parts(report: AgingReport) -> dict[str, list[StatementPart]]:
    """Return customer number → what is open by currency. Two queries, however many customers."""
    items: dict[tuple[str, str], list[StatementItem]] = defaultdict(list)
    for row in report.rows(by="item"):
        assert row.due_on is not None
        assert row.days_past_due is not None
        items[row.customer, row.currency].append(
            StatementItem(
                document=row.document,
                document_on=row.document_on,
                due_on=row.due_on,
                days_past_due=row.days_past_due,
                amount=row.amount,
                open_amount=row.total_amount,
                contract=row.contract,
            )
        )
    parts: dict[str, list[StatementPart]] = defaultdict(list)
    for row in report.rows(sort="customer"):
        parts[row.customer].append(
            StatementPart(
                row.currency,
                tuple(items[row.customer, row.currency]),
                row.bucket_amounts(netted=True),
                row.total_amount,
            )
        )
    return parts

"""Issuing reminders, letters and final demands, and noting that one was posted by hand (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from hashlib import sha256
from typing import cast

from django.core.files.base import ContentFile
from django.db import transaction

from creditrisk.notifications.services import is_mail_address, queue_mail
from creditrisk.numbering.services import next_number
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import DunningRules
from customers.models import Customer
from receivables.aging import days_past_due
from receivables.damages import liquidated_damages
from receivables.disputed import ItemKey
from receivables.dunning import DunnableItem, Notice
from receivables.letters import (
    CompanyDetails,
    EarlierLetter,
    Language,
    LetterContent,
    LetterItem,
    render_letter,
)
from receivables.letters.mails import mail_for
from receivables.models import DunnedItem, DunningNotice, LetterTemplate, Report, Statement
from receivables.selectors.dunning_facts import ReportedItem, item_key
from receivables.selectors.letter_parties import company_details, customer_details, letter_contact
from receivables.selectors.letter_templates import published_template
from receivables.services.delivery import first_address


@transaction.atomic
def issue_notice(
    *,
    customer: Customer,
    notice: Notice,
    reported: Mapping[ItemKey, ReportedItem],
    report: Report,
    policy_version: PolicyVersion,
    on: dt.date,
) -> DunningNotice:
    """Write one notice to a locked customer: number, PDF in his language, items, mail; return it.

    The file is written first and removed where the rest fails; a kill leaves it behind with nothing that
    refers to it. Without a mail address of the customer the notice waits to be posted.
    """
    rules = policy_version.policy.dunning
    number = None if notice.stage == "reminder" else _next_letter_number(on)
    template = published_template(notice.stage, customer.letter_language)
    letter = _letter(
        customer,
        notice,
        reported,
        number=number,
        rules=rules,
        version=str(policy_version),
        template=template,
        on=on,
    )
    pdf = render_letter(letter)
    issued = DunningNotice(
        stage=notice.stage,
        number=number,
        customer=customer,
        currency=notice.currency,
        total_amount=notice.total_amount,
        language=letter.language,
        issued_on=on,
        pay_by_on=notice.pay_by_on,
        report=report,
        policy_version=policy_version,
        template_version=template,
        pdf_sha256=sha256(pdf).hexdigest(),
    )
    issued.pdf.save("letter.pdf", ContentFile(pdf), save=False)
    with pdfs_removed_on_error([issued]):
        if address := first_address(customer):
            mail = mail_for(letter)
            issued.message = queue_mail(
                key=f"notice:{customer.number}:{notice.stage}:{notice.currency}:{on}",
                to=address,
                reply_to=_reply_to(customer, letter.company),
                subject=mail.subject,
                body=mail.body,
                language=letter.language,
                stored_attachment=str(issued.pdf.name),
                attachment_name=mail.attachment_name,
                customer_number=customer.number,
            )
        issued.save()
        DunnedItem.objects.bulk_create(
            DunnedItem(
                notice=issued,
                customer=customer,
                stage=notice.stage,
                document=line.document,
                document_on=line.document_on,
                due_on=line.due_on,
                currency=notice.currency,
                amount=line.open_amount,
                damages_amount=line.damages_amount,
                days_overdue=line.days_overdue,
            )
            for line in letter.items
        )
    return issued


@contextmanager
def pdfs_removed_on_error(notices: Iterable[DunningNotice | Statement]) -> Iterator[None]:
    """Remove the PDFs of `notices` where the block fails: the rollback takes back the rows, not the files."""
    try:
        yield
    except BaseException:
        for notice in notices:
            notice.pdf.delete(save=False)
        raise


def _next_letter_number(on: dt.date) -> str:
    return f"DL-{on.year}-{next_number(f'dunning-letter-{on.year}'):06d}"


def _reply_to(customer: Customer, company: CompanyDetails) -> str:
    manager = letter_contact(customer)
    candidates = (
        manager.email if manager and manager.is_active else "",
        company.email,
    )
    return next(filter(is_mail_address, candidates), "")


def _letter(
    customer: Customer,
    notice: Notice,
    reported: Mapping[ItemKey, ReportedItem],
    *,
    number: str | None,
    rules: DunningRules,
    version: str,
    template: LetterTemplate | None,
    on: dt.date,
) -> LetterContent:
    listed = [reported[item_key(item)] for item in notice.items]
    is_final = notice.stage == "final_demand"
    earlier = sorted({entry.letter for entry in listed if entry.letter}) if is_final else []
    language = cast(Language, customer.letter_language)
    manager = letter_contact(customer)
    return LetterContent(
        stage=notice.stage,
        language=language,
        issued_on=on,
        company=company_details(),
        customer=customer_details(customer, language=language),
        currency=notice.currency,
        items=tuple(
            LetterItem(
                document=entry.item.document,
                document_on=entry.document_on,
                due_on=entry.item.due_on,
                days_overdue=days_past_due(entry.item.due_on, on),
                amount=entry.amount,
                open_amount=entry.item.demanded_amount,
                damages_amount=_damages(entry.item, rules=rules, on=on) if is_final else Decimal("0.00"),
            )
            for entry in listed
        ),
        total_amount=notice.total_amount,
        policy_version=version,
        late_payment_daily_ratio=rules.late_payment_daily_ratio,
        late_payment_cap_ratio=rules.late_payment_cap_ratio,
        final_demand_from_day=next(stage.from_day for stage in rules.stages if stage.code == "final_demand"),
        number=number,
        pay_by_on=notice.pay_by_on,
        contact_name=manager.display_name if manager else "",
        contact_phone=manager.phone if manager else "",
        own_wording=template.wording if template else None,
        earlier_letters=tuple(EarlierLetter(number, issued_on) for number, issued_on in earlier),
    )


def _damages(item: DunnableItem, *, rules: DunningRules, on: dt.date) -> Decimal:
    return liquidated_damages(
        item.demanded_amount,
        days=days_past_due(item.due_on, on),
        daily_ratio=rules.late_payment_daily_ratio,
        cap_ratio=rules.late_payment_cap_ratio,
    )

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
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError
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
from receivables.permissions import posted_refusal, require
from receivables.selectors.dunning_facts import ReportedItem, item_key
from receivables.selectors.letter_parties import company_details, customer_details, letter_contact
from receivables.selectors.letter_templates import published_template


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
        if is_mail_address(customer.finance_email):
            mail = mail_for(letter)
            issued.message = queue_mail(
                key=f"notice:{customer.number}:{notice.stage}:{notice.currency}:{on}",
                to=customer.finance_email,
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


@transaction.atomic
def mark_posted(*, notice: DunningNotice, on: dt.date, by: User) -> DunningNotice:
    """Note that a notice was posted (or faxed, or handed over) on the date `on`; return it.

    The same again is once.

    It counts as sent from then (P5.2.3). Raises NotAllowedError, ConflictError where another date is noted
    already, InvalidInputError where `on` is before the notice's own date.
    """
    locked: DunningNotice = _to_be_posted([notice.pk]).get()
    if not _is_noted(locked, on=on, by=by):
        require(posted_refusal(by, locked))
        _require_day(locked, on=on)
        _note_posted(locked, on=on, by=by)
    return locked


@transaction.atomic
def mark_all_posted(*, notices: Iterable[int], on: dt.date, by: User) -> int:
    """Note that all of some notices (by primary key) were posted on the date `on`, by the rules of `mark_posted`;
    return how many are noted anew: the same again are none. All or none.

    Raises what `mark_posted` raises, naming the first letter that stands in the way.
    """
    wanted = set(notices)
    locked = list(_to_be_posted(wanted))
    if len(locked) < len(wanted):
        raise ConflictError("letters.gone", _("Some of these letters are gone. Load the page again."))
    todo = [notice for notice in locked if not _is_noted(notice, on=on, by=by)]
    for notice in todo:
        try:
            require(posted_refusal(by, notice))
            _require_day(notice, on=on)
        except BusinessError as refusal:
            raise type(refusal)(refusal.code, f"{notice} ({notice.customer.number}): {refusal}") from None
    for notice in todo:
        _note_posted(notice, on=on, by=by)
    return len(todo)


def _to_be_posted(keys: Iterable[int]) -> QuerySet[DunningNotice]:
    locked = DunningNotice.objects.select_for_update(of=("self",)).select_related("customer", "message")
    return locked.filter(pk__in=keys).order_by("pk")


def _is_noted(notice: DunningNotice, *, on: dt.date, by: User) -> bool:
    return notice.posted_on == on and notice.posted_by_id == by.pk


def _require_day(notice: DunningNotice, *, on: dt.date) -> None:
    if on < notice.issued_on:
        raise InvalidInputError(
            "notice.posted_too_early",
            _("It cannot have been posted before its own date, %(issued_on)s.")
            % {"issued_on": notice.issued_on},
        )


def _note_posted(notice: DunningNotice, *, on: dt.date, by: User) -> None:
    notice.posted_on = on
    notice.posted_by = by
    with acting(by):
        notice.save()

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
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.company.models import COMPANY_FIELDS
from creditrisk.company.selectors import our_company
from creditrisk.exceptions import InvalidInputError
from creditrisk.notifications.services import is_mail_address, queue_mail
from creditrisk.numbering.services import next_number
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import DunningRules
from customers.models import Customer
from receivables.aging import days_past_due
from receivables.dunning import DunnableItem, Notice, liquidated_damages
from receivables.letters import (
    CompanyDetails,
    CustomerDetails,
    EarlierLetter,
    Language,
    LetterContent,
    LetterItem,
    render_letter,
)
from receivables.letters.mails import mail_for
from receivables.models import DunnedItem, DunningNotice, PostedWay, Report, Statement
from receivables.permissions import posted_refusal, require
from receivables.selectors.dunning import ItemKey, ReportedItem, item_key
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
    letter = _letter(
        customer, notice, reported, number=number, rules=rules, version=str(policy_version), on=on
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


def letter_contact(customer: Customer) -> User | None:
    """Return whom the customer may ask: his service manager, else his account manager."""
    return customer.service_manager or customer.account_manager


def _reply_to(customer: Customer, company: CompanyDetails) -> str:
    manager = letter_contact(customer)
    candidates = (
        manager.email if manager and manager.is_active else "",
        company.email,
    )
    return next(filter(is_mail_address, candidates), "")


def company_details() -> CompanyDetails:
    """Return who writes: our company as it is now."""
    company = our_company()
    return CompanyDetails(**{field: getattr(company, field) for field in COMPANY_FIELDS})


def customer_details(customer: Customer, *, language: Language) -> CustomerDetails:
    """Return whom we write to, by the name that he has in the language of the letter."""
    return CustomerDetails(
        number=customer.number,
        name=(customer.name_en or customer.name) if language == "en" else customer.name,
        address=customer.address,
        contact=customer.finance_contact,
    )


def _letter(
    customer: Customer,
    notice: Notice,
    reported: Mapping[ItemKey, ReportedItem],
    *,
    number: str | None,
    rules: DunningRules,
    version: str,
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
                open_amount=entry.item.open_amount,
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
        earlier_letters=tuple(EarlierLetter(number, issued_on) for number, issued_on in earlier),
    )


def _damages(item: DunnableItem, *, rules: DunningRules, on: dt.date) -> Decimal:
    return liquidated_damages(
        item.open_amount,
        days=days_past_due(item.due_on, on),
        daily_ratio=rules.late_payment_daily_ratio,
        cap_ratio=rules.late_payment_cap_ratio,
    )


@transaction.atomic
def mark_posted(
    *,
    notice: DunningNotice,
    on: dt.date,
    by: User,
    way: str = PostedWay.POST,
    tracking_number: str = "",
) -> DunningNotice:
    """Note that a notice was posted on the date `on`, or went another `way` (a `PostedWay`) that is no mail; return it.

    The same again is once.

    It counts as sent from then (P5.2.3). Raises NotAllowedError, ConflictError where another date or way is noted
    already, InvalidInputError where `on` is before the notice's own date, there is no such way, or a courier's
    `tracking_number` is missing; faxes and what was handed over have none.
    """
    number = " ".join(tracking_number.split())
    # Its mail is loaded after the lock: joined, a mail that another replaced while we waited would be none at all.
    locked: DunningNotice = DunningNotice.objects.select_for_update().get(pk=notice.pk)
    noted = (locked.posted_on, locked.posted_by_id, locked.posted_by_way, locked.tracking_number)
    if noted == (on, by.pk, way, number):
        return locked
    require(posted_refusal(by, locked))
    if on < locked.issued_on:
        raise InvalidInputError(
            "notice.posted_too_early",
            _("It cannot have been posted before its own date, %(issued_on)s.")
            % {"issued_on": locked.issued_on},
        )
    _require_way(way, number)
    locked.posted_on = on
    locked.posted_by = by
    locked.posted_by_way = PostedWay(way)
    locked.tracking_number = number
    with acting(by):
        locked.save()
    return locked


def _require_way(way: str, number: str) -> None:
    if way not in PostedWay.values:
        raise InvalidInputError("notice.way", _("There is no such way to send a letter."))
    if way == PostedWay.COURIER and not number:
        raise InvalidInputError("notice.tracking_missing", _("Give the courier's tracking number."))
    if number and way not in (PostedWay.COURIER, PostedWay.POST):
        raise InvalidInputError("notice.no_tracking", _("Only post and couriers have a tracking number."))

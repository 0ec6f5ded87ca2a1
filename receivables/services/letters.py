"""Issuing reminders, letters and final demands (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import cast

from django.core.files.base import ContentFile

from creditrisk.money import to_cents
from creditrisk.notifications.services import NewMail, is_mail_address, queue_mails
from creditrisk.numbering.services import next_numbers
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import DunningStageCode
from customers.models import Customer
from receivables.aging import days_past_due
from receivables.disputed import ItemKey
from receivables.dunning import DunnableItem, Notice
from receivables.letters import (
    AgreedRate,
    CompanyDetails,
    EarlierLetter,
    Language,
    LetterContent,
    LetterItem,
    render_letter,
)
from receivables.letters.mails import mail_for
from receivables.models import DunnedItem, DunningNotice, LetterTemplate, Report, Statement
from receivables.selectors.damages import damages_on
from receivables.selectors.damages_terms import AgreedTerms
from receivables.selectors.delivery import first_addresses
from receivables.selectors.dunning_facts import ReportedItem, item_key
from receivables.selectors.item_balances import CustomerItem
from receivables.selectors.letter_parties import company_details, customer_details, letter_contact
from receivables.selectors.letter_templates import published_templates


@dataclass(frozen=True)
class DueNotice:
    """A notice that is to be written to a locked customer, with what the report says about its items."""

    customer: Customer
    notice: Notice
    reported: Mapping[ItemKey, ReportedItem]

    @property
    def stage(self) -> DunningStageCode:
        """The stage of the notice."""
        return self.notice.stage

    @property
    def items(self) -> list[CustomerItem]:
        """The items with their customer, as damages know them."""
        return [(self.customer.pk, *item_key(item)) for item in self.notice.items]

    @property
    def contracts(self) -> set[tuple[int, str]]:
        """The contracts that the items name."""
        return {
            (self.customer.pk, self.reported[item_key(item)].contract_number) for item in self.notice.items
        }


@dataclass(frozen=True)
class _Issue:
    """What all letters of one transaction have in common: asked of the database once."""

    report: Report
    policy_version: PolicyVersion
    on: dt.date
    company: CompanyDetails
    templates: Mapping[tuple[str, str], LetterTemplate]
    terms: AgreedTerms
    damages: Mapping[CustomerItem, Decimal]
    addresses: Mapping[int, str]


def issue_notices(
    due: Sequence[DueNotice], *, report: Report, policy_version: PolicyVersion, on: dt.date
) -> list[DunningNotice]:
    """Write notices to locked customers: numbers in their order, PDFs in each customer's language, items, mails; return
    them in their order. Call it inside the transaction that holds the customers; a fixed number of queries.

    The files are written first and removed where the rest fails; a kill leaves them behind with nothing that
    refers to them. Without a mail address of the customer the notice waits to be posted.
    """
    if not due:
        return []
    issue = _Issue(
        report=report,
        policy_version=policy_version,
        on=on,
        company=company_details(),
        templates=published_templates(),
        terms=AgreedTerms({contract for one in due for contract in one.contracts}, on=on),
        damages=damages_on([item for one in due if one.stage == "final_demand" for item in one.items], on=on),
        addresses=first_addresses([one.customer for one in due]),
    )
    numbers = iter(_letter_numbers(on, count=sum(one.stage != "reminder" for one in due)))
    letters = [_letter(one, issue, number=None if one.stage == "reminder" else next(numbers)) for one in due]
    issued: list[DunningNotice] = []
    with pdfs_removed_on_error(issued):
        for one, letter in zip(due, letters, strict=True):
            issued.append(_notice(one, letter, issue))
        _queue_mails(zip(due, letters, issued, strict=True), issue)
        DunningNotice.objects.bulk_create(issued)
        DunnedItem.objects.bulk_create(
            line for notice, letter in zip(issued, letters, strict=True) for line in _lines(notice, letter)
        )
    return issued


def _notice(one: DueNotice, letter: LetterContent, issue: _Issue) -> DunningNotice:
    """Return the unsaved notice, its PDF written."""
    pdf = render_letter(letter)
    notice = DunningNotice(
        stage=one.stage,
        number=letter.number,
        customer=one.customer,
        currency=letter.currency,
        total_amount=letter.total_amount,
        language=letter.language,
        issued_on=issue.on,
        pay_by_on=letter.pay_by_on,
        report=issue.report,
        policy_version=issue.policy_version,
        template_version=issue.templates.get((one.stage, letter.language)),
        pdf_sha256=sha256(pdf).hexdigest(),
    )
    notice.pdf.save("letter.pdf", ContentFile(pdf), save=False)
    return notice


def _queue_mails(written: Iterable[tuple[DueNotice, LetterContent, DunningNotice]], issue: _Issue) -> None:
    """Queue the mails of the notices whose customers have an address; each notice then names its mail."""
    mails: dict[str, tuple[DunningNotice, NewMail]] = {}
    for one, letter, notice in written:
        address = issue.addresses[one.customer.pk]
        if address:
            mail = mail_for(letter)
            key = f"notice:{one.customer.number}:{one.stage}:{letter.currency}:{issue.on}"
            new = NewMail(
                key=key,
                to=address,
                reply_to=_reply_to(one.customer, letter.company),
                subject=mail.subject,
                body=mail.body,
                language=letter.language,
                stored_attachment=str(notice.pdf.name),
                attachment_name=mail.attachment_name,
                customer_number=one.customer.number,
            )
            mails[key] = notice, new
    queued = queue_mails([new for _notice, new in mails.values()])
    for key, (notice, _new) in mails.items():
        notice.message = queued[key]


def _lines(notice: DunningNotice, letter: LetterContent) -> Iterator[DunnedItem]:
    for line in letter.items:
        yield DunnedItem(
            notice=notice,
            customer=notice.customer,
            stage=notice.stage,
            document=line.document,
            document_on=line.document_on,
            due_on=line.due_on,
            currency=notice.currency,
            amount=line.open_amount,
            damages_amount=line.damages_amount,
            days_overdue=line.days_overdue,
        )


@contextmanager
def pdfs_removed_on_error(notices: Iterable[DunningNotice | Statement]) -> Iterator[None]:
    """Remove the PDFs of `notices` where the block fails: the rollback takes back the rows, not the files."""
    try:
        yield
    except BaseException:
        for notice in notices:
            notice.pdf.delete(save=False)
        raise


def _letter_numbers(on: dt.date, *, count: int) -> list[str]:
    if not count:
        return []
    return [f"DL-{on.year}-{number:06d}" for number in next_numbers(f"dunning-letter-{on.year}", count=count)]


def _reply_to(customer: Customer, company: CompanyDetails) -> str:
    manager = letter_contact(customer)
    candidates = (
        manager.email if manager and manager.is_active else "",
        company.email,
    )
    return next(filter(is_mail_address, candidates), "")


def _letter(one: DueNotice, issue: _Issue, *, number: str | None) -> LetterContent:
    customer, notice, on = one.customer, one.notice, issue.on
    listed = [one.reported[item_key(item)] for item in notice.items]
    is_final = notice.stage == "final_demand"
    earlier = sorted({entry.letter for entry in listed if entry.letter}) if is_final else []
    language = cast(Language, customer.letter_language)
    manager = letter_contact(customer)
    template = issue.templates.get((notice.stage, language))
    rules = listed[0].item.rules or issue.policy_version.policy.dunning
    main, *others = _rates(one, issue)
    return LetterContent(
        stage=notice.stage,
        language=language,
        issued_on=on,
        company=issue.company,
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
                damages_amount=_claimed(entry.item, issue.damages[item]) if is_final else Decimal("0.00"),
            )
            for entry, item in zip(listed, one.items, strict=True)
        ),
        total_amount=notice.total_amount,
        policy_version=str(issue.policy_version),
        late_payment_daily_ratio=main.daily_ratio,
        late_payment_cap_ratio=main.cap_ratio,
        other_rates=tuple(others),
        final_demand_from_day=next(stage.from_day for stage in rules.stages if stage.code == "final_demand"),
        number=number,
        pay_by_on=notice.pay_by_on,
        contact_name=manager.display_name if manager else "",
        contact_phone=manager.phone if manager else "",
        own_wording=template.wording if template else None,
        earlier_letters=tuple(EarlierLetter(number, issued_on) for number, issued_on in earlier),
    )


def _claimed(item: DunnableItem, damages_amount: Decimal) -> Decimal:
    """Return the damages on what is demanded of an item: those on its disputed part are decided with the dispute."""
    return to_cents(damages_amount * item.demanded_amount / item.open_amount)


def _rates(one: DueNotice, issue: _Issue) -> list[AgreedRate]:
    """Return the late-payment rates of the letter's items: first that of most of them, then the others, each with the
    contract that agreed it."""
    found = Counter[AgreedRate]()
    for item in one.notice.items:
        number = one.reported[item_key(item)].contract_number
        terms = issue.terms.of(one.customer.pk, number, due_on=item.due_on)
        found[AgreedRate(terms.daily_ratio, terms.cap_ratio, terms.contract_number)] += 1
    return [rate for rate, _count in found.most_common()]

"""Disputes about a contract or single items: opened by the customer's managers, led by legal affairs or general
management (P3.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from customers.contract_permissions import (
    lead_dispute_refusal,
    note_dispute_refusal,
    open_dispute_refusal,
    open_item_dispute_refusal,
    withdraw_dispute_refusal,
)
from customers.models import (
    Contract,
    ContractDispute,
    Customer,
    DisputedItem,
    DisputeNote,
    DisputeNoteKind,
    DisputeState,
    LogKind,
)
from customers.models.contract_dispute import DISPUTE_OWNERS, DisputeReason
from customers.permissions import Refusal
from customers.services.contract_locks import lock_contract, lock_customer
from customers.services.contract_log import write_entry
from customers.services.messages import filled

OWNED = gettext_lazy("A dispute about contract %(contract)s of %(customer)s is yours: %(subject)s")
ITEMS_OWNED = gettext_lazy("A dispute about items of %(customer)s is yours: %(subject)s")
CLOSED = gettext_lazy("The dispute about contract %(contract)s is closed: %(subject)s")
ITEMS_CLOSED = gettext_lazy("The dispute about items of %(customer)s is closed: %(subject)s")
DOCUMENTS_MAX_LENGTH = 500


@dataclass(frozen=True)
class ItemInDispute:
    """One item as a dispute names it; `disputed_amount` None: all of it."""

    document: str
    due_on: dt.date
    currency: str
    disputed_amount: Decimal | None = None


@transaction.atomic
def open_dispute(
    *,
    contract: Contract,
    subject: str,
    owner: User,
    opened_on: dt.date,
    by: User,
    description: str = "",
    disputed_amount: Decimal | None = None,
    documents: str = "",
    reason: str = DisputeReason.OTHER,
    deadline_on: dt.date | None = None,
    submission_key: UUID | None = None,
) -> ContractDispute:
    """Open a dispute about a contract and return it; the performance log names it, its owner is told. A form sent twice
    is one. What is in dispute is not dunned while it is open (P5.2.3).

    `disputed_amount` is in the contract's currency. Raises NotAllowedError, InvalidInputError without a subject,
    for an amount that is not positive, a deadline before its day, or an owner of another department (P3.3).
    """
    locked = lock_contract(contract)
    if sent_before := _sent_before(submission_key, locked.customer):
        return sent_before
    require(open_dispute_refusal(by, locked))
    dispute = _open(
        ContractDispute(
            customer=locked.customer,
            contract=locked,
            currency=locked.currency,
            subject=subject,
            description=description,
            disputed_amount=disputed_amount,
            documents=documents,
            reason=reason,
            owner=owner,
            opened_on=opened_on,
            deadline_on=deadline_on,
            opened_by=by,
            submission_key=submission_key,
        )
    )
    write_entry(
        locked,
        kind=LogKind.DISPUTE,
        happened_on=opened_on,
        text=dispute.subject,
        amount=disputed_amount,
        by=by,
    )
    return dispute


@transaction.atomic
def open_item_dispute(
    *,
    customer: Customer,
    items: Iterable[ItemInDispute],
    subject: str,
    owner: User,
    opened_on: dt.date,
    by: User,
    description: str = "",
    reason: str = DisputeReason.OTHER,
    deadline_on: dt.date | None = None,
    submission_key: UUID | None = None,
) -> ContractDispute:
    """Open a dispute about single items of a customer and return it; its owner is told. A form sent twice is one. The
    disputed part of the items is not dunned while it is open (P5.2.3).

    All items are in one currency. Raises as `open_dispute`, and InvalidInputError without an item, for items in two
    currencies, or for one that another open dispute names.
    """
    locked = lock_customer(customer.pk)
    if sent_before := _sent_before(submission_key, locked):
        return sent_before
    require(open_item_dispute_refusal(by, locked))
    listed = list(items)
    currencies = {item.currency for item in listed}
    if len(currencies) != 1:
        raise InvalidInputError(
            "dispute.items", _("Choose the items in dispute; a dispute is about items in one currency.")
        )
    _require_undisputed(locked, listed)
    amounts = [item.disputed_amount for item in listed if item.disputed_amount is not None]
    if any(amount <= 0 for amount in amounts):
        raise InvalidInputError("dispute.amount", _("The amount in dispute must be above zero."))
    dispute = _open(
        ContractDispute(
            customer=locked,
            currency=currencies.pop(),
            subject=subject,
            description=description,
            disputed_amount=sum(amounts, Decimal(0)) if len(amounts) == len(listed) else None,
            documents=" ".join(item.document for item in listed)[:DOCUMENTS_MAX_LENGTH],
            reason=reason,
            owner=owner,
            opened_on=opened_on,
            deadline_on=deadline_on,
            opened_by=by,
            submission_key=submission_key,
        )
    )
    DisputedItem.objects.bulk_create(
        DisputedItem(
            dispute=dispute,
            document=item.document,
            due_on=item.due_on,
            currency=item.currency,
            disputed_amount=item.disputed_amount,
        )
        for item in listed
    )
    return dispute


def _sent_before(submission_key: UUID | None, customer: Customer) -> ContractDispute | None:
    """Return the dispute that this form opened when it was sent the first time."""
    if submission_key is None:
        return None
    return ContractDispute.objects.filter(customer=customer, submission_key=submission_key).first()


def _require_undisputed(customer: Customer, items: Iterable[ItemInDispute]) -> None:
    open_ones = DisputedItem.objects.filter(dispute__customer=customer, dispute__state=DisputeState.OPEN)
    taken = set(open_ones.values_list("document", "due_on", "currency"))
    for item in items:
        if (item.document, item.due_on, item.currency) in taken:
            raise InvalidInputError(
                "dispute.item_taken",
                _("%(document)s is in dispute already: write into that dispute's log.")
                % {"document": item.document},
            )


def _open(dispute: ContractDispute) -> ContractDispute:
    """Write a dispute of a locked customer, and tell its owner."""
    dispute.subject = " ".join(dispute.subject.split())
    dispute.description = dispute.description.strip()
    dispute.documents = " ".join(dispute.documents.split())
    if not dispute.subject:
        raise InvalidInputError("dispute.subject_missing", _("Say in a few words what is in dispute."))
    if dispute.disputed_amount is not None and dispute.disputed_amount <= 0:
        raise InvalidInputError("dispute.amount", _("The amount in dispute must be above zero."))
    if dispute.deadline_on is not None and dispute.deadline_on < dispute.opened_on:
        raise InvalidInputError(
            "dispute.deadline", _("The day by which it is to be settled lies before its beginning.")
        )
    _require_owner(dispute.owner)
    with acting(dispute.opened_by):
        dispute.save()
    _tell_owner(dispute, by=dispute.opened_by, event="opened")
    return dispute


@transaction.atomic
def add_dispute_note(
    *, dispute: ContractDispute, text: str, by: User, submission_key: UUID | None = None
) -> DisputeNote:
    """Write into the dispute's log; return the entry. A form sent twice is one. Raises NotAllowedError,
    InvalidInputError without a text."""
    locked = _locked(dispute)
    if submission_key is not None:
        sent_before: DisputeNote | None = locked.log_entries.filter(submission_key=submission_key).first()
        if sent_before is not None:
            return sent_before
    require(note_dispute_refusal(by, locked))
    return DisputeNote.objects.create(
        dispute=locked, text=_required(text), by=by, submission_key=submission_key
    )


@transaction.atomic
def reassign_dispute(*, dispute: ContractDispute, owner: User, text: str, by: User) -> ContractDispute:
    """Give the dispute to another owner, who is told; return it. Twice is once.

    Raises NotAllowedError, InvalidInputError for an owner of another department (P3.3).
    """
    locked = _locked(dispute)
    require(lead_dispute_refusal(by, locked))
    if locked.owner_id == owner.pk:
        return locked
    _require_owner(owner)
    locked.owner = owner
    with acting(by):
        locked.save()
    note = DisputeNote.objects.create(
        dispute=locked, kind=DisputeNoteKind.REASSIGNED, text=text.strip(), owner=owner, by=by
    )
    _tell_owner(locked, by=by, event=f"reassigned:{note.pk}")
    return locked


@transaction.atomic
def resolve_dispute(
    *,
    dispute: ContractDispute,
    outcome: str,
    closed_on: dt.date,
    by: User,
    conceded_amount: Decimal | None = None,
) -> ContractDispute:
    """The dispute is settled with `outcome`; return it. `conceded_amount` is what we let go of, in its currency, for
    finance to credit; what is open afterwards is dunned again. Log and managers are told. Twice is once.

    Raises NotAllowedError, InvalidInputError without an outcome, or for a negative amount.
    """
    if conceded_amount is not None and conceded_amount < 0:
        raise InvalidInputError("dispute.conceded", _("The conceded amount must not be negative."))
    return _close(
        dispute, DisputeState.RESOLVED, lead_dispute_refusal, outcome, closed_on, by, conceded_amount
    )


@transaction.atomic
def withdraw_dispute(
    *, dispute: ContractDispute, reason: str, closed_on: dt.date, by: User
) -> ContractDispute:
    """The managers take the dispute back for `reason`; return it. Log and owner are told. Twice is once.

    Raises NotAllowedError, InvalidInputError without a reason.
    """
    return _close(dispute, DisputeState.WITHDRAWN, withdraw_dispute_refusal, reason, closed_on, by)


def _close(
    dispute: ContractDispute,
    state: DisputeState,
    refusal: Callable[[User, ContractDispute], Refusal],
    outcome: str,
    closed_on: dt.date,
    by: User,
    conceded_amount: Decimal | None = None,
) -> ContractDispute:
    locked = _locked(dispute)
    if locked.state == state and locked.closed_by_id == by.pk and locked.outcome == outcome.strip():
        return locked  # the second click of the same form
    require(refusal(by, locked))
    locked.outcome = _required(outcome)
    if closed_on < locked.opened_on:
        raise InvalidInputError(
            "dispute.closed_before_opening",
            _("The dispute was opened on %(date)s: it cannot end before.") % {"date": locked.opened_on},
        )
    if state == DisputeState.RESOLVED:
        locked.resolve()
    else:
        locked.withdraw()
    locked.closed_on = closed_on
    locked.closed_by = by
    locked.conceded_amount = conceded_amount
    with acting(by):
        locked.save()
    DisputeNote.objects.create(dispute=locked, kind=DisputeNoteKind(state.value), text=locked.outcome, by=by)
    if locked.contract is not None:
        write_entry(
            locked.contract,
            kind=LogKind.DISPUTE,
            happened_on=closed_on,
            text=f"{locked.subject}: {locked.outcome}",
            by=by,
        )
    customer = locked.customer
    people = {
        person.pk: person
        for person in (locked.owner, customer.account_manager, customer.service_manager)
        if person is not None and person.pk != by.pk
    }
    notify(
        users=people.values(),
        title=_about(CLOSED, ITEMS_CLOSED, locked),
        url=locked.get_absolute_url(),
        key=f"dispute:{locked.pk}:closed",
    )
    return locked


def _locked(dispute: ContractDispute) -> ContractDispute:
    customer = lock_customer(dispute.customer_id)
    locked = ContractDispute.objects.select_related("owner", "contract").get(pk=dispute.pk)
    locked.customer = customer
    if locked.contract is not None:
        locked.contract.customer = customer
    return locked


def _about(of_contract: Promise, of_items: Promise, dispute: ContractDispute) -> Promise:
    customer, subject = dispute.customer.name, dispute.subject
    if dispute.contract is None:
        return filled(of_items, customer=customer, subject=subject)
    return filled(of_contract, contract=dispute.contract.number, customer=customer, subject=subject)


def _require_owner(owner: User) -> None:
    if not owner.has_role(*DISPUTE_OWNERS):
        raise InvalidInputError(
            "dispute.owner",
            _("%(person)s is neither of legal affairs nor of general management.") % {"person": owner},
        )


def _tell_owner(dispute: ContractDispute, *, by: User, event: str) -> None:
    notify(
        users=[dispute.owner] if dispute.owner_id != by.pk else [],
        title=_about(OWNED, ITEMS_OWNED, dispute),
        url=dispute.get_absolute_url(),
        key=f"dispute:{dispute.pk}:{event}",
    )


def _required(text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInputError("dispute.text_missing", _("Write a few words: they stay on record."))
    return text

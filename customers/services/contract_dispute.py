"""Disputes about a contract: opened by its managers, led by legal affairs or general management (P3.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError
from creditrisk.notifications.services import notify
from customers.contract_permissions import (
    lead_dispute_refusal,
    note_dispute_refusal,
    open_dispute_refusal,
    withdraw_dispute_refusal,
)
from customers.models import (
    Contract,
    ContractDispute,
    DisputeNote,
    DisputeNoteKind,
    DisputeState,
    LogKind,
)
from customers.models.contract_dispute import DISPUTE_OWNERS
from customers.permissions import Refusal, require
from customers.services.contract_locks import lock_contract
from customers.services.contract_log import write_entry
from customers.services.messages import filled

OWNED = gettext_lazy("A dispute about contract %(contract)s of %(customer)s is yours: %(subject)s")
CLOSED = gettext_lazy("The dispute about contract %(contract)s is closed: %(subject)s")


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
    submission_key: UUID | None = None,
) -> ContractDispute:
    """Open a dispute and return it; the performance log names it, its owner is told. A form sent twice is one.

    `disputed_amount` is in the contract's currency. Raises NotAllowedError, InvalidInputError without a subject,
    for an amount that is not positive, or an owner of another department (P3.3).
    """
    locked = lock_contract(contract)
    if submission_key is not None:
        sent_before = locked.disputes.filter(submission_key=submission_key).first()
        if sent_before is not None:
            return sent_before
    require(open_dispute_refusal(by, locked))
    subject = " ".join(subject.split())
    if not subject:
        raise InvalidInputError("dispute.subject_missing", _("Say in a few words what is in dispute."))
    if disputed_amount is not None and disputed_amount <= 0:
        raise InvalidInputError("dispute.amount", _("The amount in dispute must be above zero."))
    _require_owner(owner)
    with acting(by):
        dispute = ContractDispute.objects.create(
            contract=locked,
            subject=subject,
            description=description.strip(),
            disputed_amount=disputed_amount,
            documents=" ".join(documents.split()),
            owner=owner,
            opened_on=opened_on,
            opened_by=by,
            submission_key=submission_key,
        )
    write_entry(
        locked, kind=LogKind.DISPUTE, happened_on=opened_on, text=subject, amount=disputed_amount, by=by
    )
    _tell_owner(dispute, by=by, event="opened")
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
    *, dispute: ContractDispute, outcome: str, closed_on: dt.date, by: User
) -> ContractDispute:
    """The dispute is resolved with `outcome`; return it. Log and managers are told. Twice is once.

    Raises NotAllowedError, InvalidInputError without an outcome.
    """
    return _close(dispute, DisputeState.RESOLVED, lead_dispute_refusal, outcome, closed_on, by)


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
    with acting(by):
        locked.save()
    DisputeNote.objects.create(dispute=locked, kind=DisputeNoteKind(state.value), text=locked.outcome, by=by)
    write_entry(
        locked.contract,
        kind=LogKind.DISPUTE,
        happened_on=closed_on,
        text=f"{locked.subject}: {locked.outcome}",
        by=by,
    )
    customer = locked.contract.customer
    people = {
        person.pk: person
        for person in (locked.owner, customer.account_manager, customer.service_manager)
        if person is not None and person.pk != by.pk
    }
    notify(
        users=people.values(),
        title=filled(CLOSED, contract=locked.contract.number, subject=locked.subject),
        url=locked.get_absolute_url(),
        key=f"dispute:{locked.pk}:closed",
    )
    return locked


def _locked(dispute: ContractDispute) -> ContractDispute:
    contract = lock_contract(dispute.contract)
    locked = ContractDispute.objects.select_related("owner").get(pk=dispute.pk)
    locked.contract = contract
    return locked


def _require_owner(owner: User) -> None:
    if not owner.has_role(*DISPUTE_OWNERS):
        raise InvalidInputError(
            "dispute.owner",
            _("%(person)s is neither of legal affairs nor of general management.") % {"person": owner},
        )


def _tell_owner(dispute: ContractDispute, *, by: User, event: str) -> None:
    contract = dispute.contract
    notify(
        users=[dispute.owner] if dispute.owner_id != by.pk else [],
        title=filled(
            OWNED, contract=contract.number, customer=contract.customer.name, subject=dispute.subject
        ),
        url=dispute.get_absolute_url(),
        key=f"dispute:{dispute.pk}:{event}",
    )


def _required(text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInputError("dispute.text_missing", _("Write a few words: they stay on record."))
    return text

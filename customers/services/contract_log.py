"""The performance log of a contract (P3.2.2) and its files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.stored_files import describe_file, store_content
from customers.contract_permissions import attach_refusal, log_refusal, remove_file_refusal
from customers.models import Contract, ContractFile, ContractLogEntry, LogKind
from customers.services.contract_locks import lock_contract

KINDS_BY_HAND = (LogKind.DELIVERED, LogKind.ACCEPTED, LogKind.INVOICED, LogKind.NOTE)
"""Disputes and self-checks enter the log by services of their own."""


@dataclass(frozen=True)
class HandedIn:
    """A file as a person handed it in."""

    name: str
    content: bytes


@transaction.atomic
def add_log_entry(
    *,
    contract: Contract,
    kind: str,
    happened_on: dt.date,
    text: str,
    by: User,
    today: dt.date,
    amount: Decimal | None = None,
    files: Sequence[HandedIn] = (),
    submission_key: UUID | None = None,
) -> ContractLogEntry:
    """Record what happened, with its files; return the entry. A form sent twice gives the same entry.

    `amount` is in the contract's currency. Raises NotAllowedError, InvalidInputError for a kind that is not
    recorded by hand, a day after `today`, a missing text, an amount that is not positive, or a file that cannot
    be kept: then nothing is recorded.
    """
    locked = lock_contract(contract)
    if submission_key is not None:
        sent_before: ContractLogEntry | None = locked.log_entries.filter(
            submission_key=submission_key
        ).first()
        if sent_before is not None:
            return sent_before
    require(log_refusal(by, locked))
    if kind not in KINDS_BY_HAND:
        raise InvalidInputError(
            "log.kind", _("Choose what happened: delivered, accepted, invoiced or a note.")
        )
    if happened_on > today:
        raise InvalidInputError("log.future", _("What is recorded has happened: the date lies ahead."))
    if not text.strip():
        raise InvalidInputError("log.text_missing", _("Say what happened."))
    if amount is not None and amount <= 0:
        raise InvalidInputError("log.amount", _("The amount must be above zero."))
    entry = write_entry(
        locked,
        kind=LogKind(kind),
        happened_on=happened_on,
        text=text.strip(),
        amount=amount,
        by=by,
        submission_key=submission_key,
    )
    for file in files:
        _store(locked, file, entry=entry, by=by)
    return entry


def write_entry(
    contract: Contract,
    *,
    kind: LogKind,
    happened_on: dt.date,
    text: str,
    by: User,
    amount: Decimal | None = None,
    submission_key: UUID | None = None,
) -> ContractLogEntry:
    """Write an entry of a locked contract's log, as a service decided that has checked everything."""
    return ContractLogEntry.objects.create(
        contract=contract,
        kind=kind,
        happened_on=happened_on,
        text=text,
        amount=amount,
        by=by,
        submission_key=submission_key,
    )


@transaction.atomic
def attach_contract_file(*, contract: Contract, name: str, content: bytes, by: User) -> ContractFile:
    """Attach a file to the contract and return it; the same file twice is attached once.

    The type is decided by the content, the path is the server's. Raises NotAllowedError, InvalidInputError where
    the file is too large, one too many, empty or of a type that is not allowed.
    """
    locked = lock_contract(contract)
    require(attach_refusal(by, locked))
    return _store(locked, HandedIn(name, content), entry=None, by=by)


@transaction.atomic
def remove_contract_file(*, stored: ContractFile, by: User, now: dt.datetime) -> ContractFile:
    """Take a file off the contract's page; it stays stored. Twice is once. Raises NotAllowedError."""
    contract = lock_contract(stored.contract)
    locked = ContractFile.objects.get(pk=stored.pk)
    locked.contract = contract
    require(remove_file_refusal(by, locked))
    if locked.removed_at is None:
        locked.removed_at = now
        locked.removed_by = by
        with acting(by):
            locked.save()
    return locked


def _store(contract: Contract, file: HandedIn, *, entry: ContractLogEntry | None, by: User) -> ContractFile:
    described = describe_file(name=file.name, content=file.content)
    present = contract.files.filter(entry=entry, removed_at__isnull=True)
    same: ContractFile | None = present.filter(name=described["name"], sha256=described["sha256"]).first()
    if same is not None:
        return same
    if present.count() >= settings.CREDITRISK_ATTACHMENTS_MAX_COUNT:
        reason = _("At most %(count)s files can be kept here.")
        raise InvalidInputError(
            "attachment.too_many", reason % {"count": settings.CREDITRISK_ATTACHMENTS_MAX_COUNT}
        )
    stored = ContractFile(contract=contract, entry=entry, uploaded_by=by, **described)
    store_content(stored, file.content)
    with acting(by):
        stored.save()
    return stored

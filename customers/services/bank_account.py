"""Keeping the bank accounts of a customer, and showing a whole number to who may see it, on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.services import record_sensitive_read
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, NotAllowedError, require
from customers.models import BankAccount, Customer
from customers.numbers import plain_account_number
from customers.permissions import bank_account_refusal
from customers.services.main_details import show_main_account
from customers.services.rows import (
    changed_values,
    clean_row,
    lock_file,
    retire_row,
    save_changed,
    sent_before,
)

BANK_ACCOUNT_FIELDS = ("bank_name", "branch", "account_number", "holder", "currency", "is_main")


@transaction.atomic
def add_bank_account(
    *, customer: Customer, data: Mapping[str, object], by: User, submission_key: UUID | None = None
) -> BankAccount:
    """Add a bank account and return it; a form sent twice gives the same one. `data`: `BANK_ACCOUNT_FIELDS`.

    The first account is the main one; a later one that is to be takes its place. Raises NotAllowedError, or
    InvalidInputError where bank or number is missing, or the number is in the file already, however it is written.
    """
    locked = lock_file(customer, by=by)
    if earlier := sent_before(BankAccount, submission_key, customer=locked):
        return earlier
    account = BankAccount(customer=locked, created_by=by, submission_key=submission_key)
    for field, value in clean_row(data, BANK_ACCOUNT_FIELDS).items():
        setattr(account, field, value)
    _require_sound(account)
    if _main_of(locked) is None:
        account.is_main = True
    if account.is_main:
        _make_room(account, by=by)
    with acting(by):
        account.save()
    show_main_account(customer=locked, by=by)
    return account


@transaction.atomic
def update_bank_account(
    *, account: BankAccount, data: Mapping[str, object], version: int, by: User
) -> BankAccount:
    """Change an account; return it with its version raised (unchanged where nothing changed).

    An empty number keeps the stored one: forms do not show it. Raises NotAllowedError (not his customer, or the
    account is retired), InvalidInputError (see `add_bank_account`), ConflictError `row.changed`, which names who
    changed what since `version`.
    """
    locked = lock_file(account.customer_id, by=by)
    stored = BankAccount.objects.get(pk=account.pk)
    values = clean_row(data, BANK_ACCOUNT_FIELDS)
    if not values.get("account_number"):
        values.pop("account_number", None)
    changed = changed_values(stored, values, version=version)
    if not changed:
        return stored
    for field, value in changed.items():
        setattr(stored, field, value)
    _require_sound(stored)
    if stored.is_main:
        _make_room(stored, by=by)
    save_changed(stored, changed, by=by)
    show_main_account(customer=locked, by=by)
    return stored


@transaction.atomic
def retire_bank_account(*, account: BankAccount, by: User, now: dt.datetime) -> BankAccount:
    """Retire an account: it stays on record and no longer counts. Twice is once. Raises NotAllowedError."""
    locked = lock_file(account.customer_id, by=by)
    stored = BankAccount.objects.get(pk=account.pk)
    if not stored.is_retired:
        retire_row(stored, by=by, now=now, is_main=False)
        show_main_account(customer=locked, by=by)
    return stored


@transaction.atomic
def show_account_number(*, account: BankAccount, by: User) -> str:
    """Return the whole account number, and record that `by` was shown it, and when.

    Raises NotAllowedError for who may not see it, and where there is none.
    """
    stored = BankAccount.objects.select_related("customer").get(pk=account.pk)
    require(bank_account_refusal(by, stored.customer))
    if not stored.account_number:
        raise NotAllowedError("bank_account.no_number", _("There is no account number to show."))
    record_sensitive_read(obj=stored, field="account_number", subject=stored.customer.number, by=by)
    return str(stored.account_number)


def _main_of(customer: Customer) -> BankAccount | None:
    main: BankAccount | None = customer.bank_accounts.filter(is_main=True).first()
    return main


def _make_room(account: BankAccount, *, by: User) -> None:
    """Let the former main account be an ordinary one: there is room for one."""
    former = _main_of(account.customer)
    if former is not None and former.pk != account.pk:
        save_changed(former, {"is_main": False}, by=by)


def _require_sound(account: BankAccount) -> None:
    if not account.bank_name:
        raise InvalidInputError("bank_account.bank_missing", _("An account needs its bank."))
    number = plain_account_number(account.account_number)
    if not number:
        raise InvalidInputError("bank_account.number_missing", _("An account needs its number."))
    others = account.customer.bank_accounts.filter(retired_at__isnull=True).exclude(pk=account.pk)
    if any(plain_account_number(other.account_number) == number for other in others):
        raise InvalidInputError("bank_account.number_taken", _("This account is in the file already."))

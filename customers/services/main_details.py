"""Main contacts and main bank account: the same facts in rows of their own and in the columns of Annex 1.

The rows are what people edit. The columns of the customer show the main rows to the Annex 1 form, letters and lists.
Every write to either goes through here in the same transaction, so that they cannot differ (docs/adr/0008).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from customers.models import BankAccount, Contact, ContactKind, Customer
from customers.numbers import plain_account_number

CONTACT_COLUMNS: Mapping[str, Mapping[str, str]] = {
    ContactKind.FINANCE: {"name": "finance_contact", "phone": "finance_phone", "email": "finance_email"},
    ContactKind.BUSINESS: {"name": "business_contact", "phone": "business_phone"},
    ContactKind.LEGAL_REPRESENTATIVE: {"name": "legal_representative"},
    ContactKind.PERSON_IN_CHARGE: {"name": "person_in_charge"},
}
"""Kind of contact → field of the main contact → column of the customer."""
ACCOUNT_COLUMNS: Mapping[str, str] = {"bank_name": "bank_name", "account_number": "bank_account"}
"""Field of the main bank account → column of the customer."""
DETAIL_COLUMNS = frozenset(
    column for columns in (*CONTACT_COLUMNS.values(), ACCOUNT_COLUMNS) for column in columns.values()
)
OWN_CONTACT_FIELDS = ("title", "mobile", "wechat", "preferred_channel", "notes")
OWN_ACCOUNT_FIELDS = ("branch", "holder")


# From the columns to the rows -----------------------------------------------------------------------------------------


@transaction.atomic
def open_main_details(*, customers: Iterable[Customer], by: User | None) -> None:
    """Make the main contacts and accounts of saved customers that have none yet, from their columns.

    For new files, however many: two queries. The caller has checked the permission.
    """
    contacts, accounts = [], []
    for customer in customers:
        for kind, columns in CONTACT_COLUMNS.items():
            values = _column_values(customer, columns)
            if any(values.values()):
                contacts.append(Contact(customer=customer, kind=kind, is_main=True, created_by=by, **values))
        values = _column_values(customer, ACCOUNT_COLUMNS)
        if any(values.values()):
            accounts.append(
                BankAccount(
                    customer=customer, currency=customer.currency, is_main=True, created_by=by, **values
                )
            )
    with acting(by):
        Contact.objects.bulk_create(contacts)
        BankAccount.objects.bulk_create(accounts)


@transaction.atomic
def follow_columns(*, customer: Customer, changed: Collection[str], by: User | None) -> None:
    """Bring the main contacts and account in step with the `changed` columns of a locked, saved customer.

    An emptied column leaves the kind without a main contact. Another name or number is another person or account
    where more is known of the former one: that stays, as an ordinary row. The caller has checked the permission.
    """
    with acting(by):
        for kind, columns in CONTACT_COLUMNS.items():
            if not set(changed).isdisjoint(columns.values()):
                _follow_contact(customer, kind, _column_values(customer, columns), by=by)
        if not set(changed).isdisjoint(ACCOUNT_COLUMNS.values()):
            _follow_account(customer, _column_values(customer, ACCOUNT_COLUMNS), by=by)


def _follow_contact(customer: Customer, kind: str, values: dict[str, Any], *, by: User | None) -> None:
    of_kind = customer.contacts.filter(kind=kind, retired_at__isnull=True)
    main = of_kind.filter(is_main=True).first()
    known = of_kind.filter(name=values["name"]).exclude(name="").order_by("-is_main", "pk").first()
    is_same = known in (None, main) and _is_same(main, values, "name", OWN_CONTACT_FIELDS)
    new = Contact(customer=customer, kind=kind, created_by=by)
    _replace(main, values, by_row=main if main and is_same else known or new)


def _follow_account(customer: Customer, values: dict[str, Any], *, by: User | None) -> None:
    valid = customer.bank_accounts.filter(retired_at__isnull=True)
    main = valid.filter(is_main=True).first()
    known = _account_numbered(valid, values["account_number"])
    is_same = known in (None, main) and _is_same(main, values, "account_number", OWN_ACCOUNT_FIELDS)
    new = BankAccount(customer=customer, currency=customer.currency, created_by=by)
    _replace(main, values, by_row=main if main and is_same else known or new)


def _replace(main: Any, values: Mapping[str, Any], *, by_row: Any) -> None:
    """Make `by_row` the main row with `values`; without any value there is no main row."""
    is_given = any(values.values())
    if main is not None and not (is_given and by_row is main):
        _store(main, {}, is_main=False)  # first: there is room for one
    if is_given:
        _store(by_row, values, is_main=True)


def _account_numbered(accounts: Any, number: str) -> BankAccount | None:
    """Return the one of `accounts` with this number, however it is written."""
    plain = plain_account_number(number)
    return next(
        (account for account in accounts if plain and plain_account_number(account.account_number) == plain),
        None,
    )


def _is_same(row: Any, values: Mapping[str, Any], key: str, own_fields: Sequence[str]) -> bool:
    """Return whether `values` can only be about the person or account of `row`: its `key` is the same or missing on
    one side, or nothing more is known of it that would then stand under another name."""
    return row is not None and (
        not getattr(row, key)
        or not values[key]
        or getattr(row, key) == values[key]
        or not any(getattr(row, field) for field in own_fields)
    )


def _store(row: Any, values: Mapping[str, Any], *, is_main: bool) -> None:
    wanted = {**values, "is_main": is_main}
    if all(getattr(row, field) == value for field, value in wanted.items()):
        return
    for field, value in wanted.items():
        setattr(row, field, value)
    if row.pk is not None:
        row.version += 1
    row.save()


def _column_values(customer: Customer, columns: Mapping[str, str]) -> dict[str, Any]:
    return {field: getattr(customer, column) for field, column in columns.items()}


# From the rows to the columns -----------------------------------------------------------------------------------------


@transaction.atomic
def show_main_contacts(*, customer: Customer, kinds: Collection[str], by: User) -> None:
    """Write the main contacts of `kinds` into the columns of the locked customer, empty where there is none."""
    values: dict[str, Any] = {}
    for kind in kinds:
        main = customer.contacts.filter(kind=kind, is_main=True).first()
        values |= _row_values(main, CONTACT_COLUMNS.get(kind, {}))
    _show(customer, values, by=by)


@transaction.atomic
def show_main_account(*, customer: Customer, by: User) -> None:
    """Write the main bank account into the columns of the locked customer, empty where there is none."""
    main = customer.bank_accounts.filter(is_main=True).first()
    _show(customer, _row_values(main, ACCOUNT_COLUMNS), by=by)


def _row_values(main: Contact | BankAccount | None, columns: Mapping[str, str]) -> dict[str, Any]:
    return {column: getattr(main, field) if main else "" for field, column in columns.items()}


def _show(customer: Customer, values: Mapping[str, Any], *, by: User) -> None:
    changed = {column: value for column, value in values.items() if getattr(customer, column) != value}
    if not changed:
        return
    for column, value in changed.items():
        setattr(customer, column, value)
    customer.version += 1
    with acting(by):
        customer.save()

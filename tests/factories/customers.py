"""Customers with what belongs to their files, for tests, written straight to the tables: no service has to work for
them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

from django.core.files.base import ContentFile

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.policy.selectors import policy_version_on
from creditrisk.stored_files import describe_file
from customers.models import (
    BankAccount,
    Contact,
    ContactKind,
    Contract,
    ContractState,
    Customer,
    CustomerState,
    Grade,
    GradeChange,
    Qualification,
    QualificationKind,
    QualificationScan,
    ServiceType,
)
from tests.factories.people import create_department, create_user

PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
REVIEWED_ON = dt.date(2026, 1, 15)

_numbers = count(1)


def create_customer(
    *,
    number: str = "",
    name: str = "",
    state: CustomerState = CustomerState.PROSPECT,
    account_manager: User | None = None,
    service_manager: User | None = None,
    **fields: Any,
) -> Customer:
    """Return a prospect (or a customer in `state`); `fields` are any other fields of the model."""
    serial = next(_numbers)
    if fields.get("credit_limit_amount") is not None:
        fields.setdefault("credit_limit_currency", fields.get("currency", "CNY"))
    return Customer.objects.create(
        number=number or f"T{serial:06d}",
        name=name or f"示例公司{serial}",
        state=state,
        account_manager=account_manager,
        service_manager=service_manager,
        **fields,
    )


def create_active_customer(
    *, grade: str = Grade.B, reviewed_on: dt.date | None = REVIEWED_ON, **fields: Any
) -> Customer:
    """Return an active customer with an approved review (P4.1); `reviewed_on=None` for an onboarded one."""
    fields.setdefault("state", CustomerState.ACTIVE)
    return create_customer(grade=grade if reviewed_on else "", reviewed_on=reviewed_on, **fields)


def create_contract(*, customer: Customer, handler: User, **fields: Any) -> Contract:
    """Return a contract of `customer`: 120,000.00 CNY, sales, 30 days, signed on 2026-02-01.

    `state` is any other state, with the dates that it needs: a draft has no signature, performance began with the
    signature, the end was on 2026-06-30.
    """
    state = fields.setdefault("state", ContractState.SIGNED)
    if state == ContractState.DRAFT:
        fields.setdefault("signed_on", None)
    signed_on = fields.get("signed_on", dt.date(2026, 2, 1))
    if state in {ContractState.PERFORMING, ContractState.FINISHED}:
        fields.setdefault("performing_on", signed_on)
    if state in {ContractState.FINISHED, ContractState.TERMINATED}:
        fields.setdefault("ended_on", dt.date(2026, 6, 30))
        fields.setdefault("end_reason", "test")
    values: dict[str, Any] = {
        "number": f"HT-{next(_numbers):05d}",
        "service_type": ServiceType.SALES,
        "amount": Decimal("120000.00"),
        "currency": "CNY",
        "signed_on": dt.date(2026, 2, 1),
        "payment_term_days": 30,
    }
    return Contract.objects.create(customer=customer, handler=handler, **(values | fields))


def create_grade_change(*, customer: Customer, new: str, effective_on: dt.date, **fields: Any) -> GradeChange:
    """Return a row of the grade history (the customer's own grade is left alone)."""
    values: dict[str, Any] = {"source": "test", "policy_version": policy_version_on(effective_on)}
    return GradeChange.objects.create(
        customer=customer, new=new, effective_on=effective_on, **(values | fields)
    )


def create_contact(*, customer: Customer, **fields: Any) -> Contact:
    """Return an ordinary business contact; the customer's own columns are left alone."""
    values: dict[str, Any] = {"kind": ContactKind.BUSINESS, "name": f"联系人{next(_numbers)}"}
    return Contact.objects.create(customer=customer, **(values | fields))


def create_bank_account(*, customer: Customer, **fields: Any) -> BankAccount:
    """Return an ordinary bank account; the customer's own columns are left alone."""
    values: dict[str, Any] = {
        "bank_name": "示范银行上海分行",
        "account_number": f"6222 0202 0011 {next(_numbers):04d}",
        "currency": "CNY",
    }
    return BankAccount.objects.create(customer=customer, **(values | fields))


def create_qualification(*, customer: Customer, **fields: Any) -> Qualification:
    """Return a business licence without end."""
    values: dict[str, Any] = {"kind": QualificationKind.BUSINESS_LICENCE, "number": f"Z-{next(_numbers)}"}
    return Qualification.objects.create(customer=customer, **(values | fields))


def create_scan(*, qualification: Qualification, by: User, name: str = "执照.pdf") -> QualificationScan:
    """Return a stored scan of a qualification."""
    described = describe_file(name=name, content=PDF)
    scan = QualificationScan(qualification=qualification, uploaded_by=by, **described)
    scan.file.save(name, ContentFile(PDF), save=False)
    scan.save()
    return scan


def _manages(customer: Customer, person: User, manager: str) -> None:
    Customer.objects.filter(pk=customer.pk).update(**{manager: person})


def _heads(customer: Customer, person: User, manager: str) -> None:
    colleague = create_user(
        Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER, department=create_department(head=person)
    )
    _manages(customer, colleague, manager)


RELATIONS: dict[str, Callable[[Customer, User], None]] = {
    "no relation": lambda customer, person: None,
    "account manager": partial(_manages, manager="account_manager"),
    "service manager": partial(_manages, manager="service_manager"),
    "head of the account manager's department": partial(_heads, manager="account_manager"),
    "head of the service manager's department": partial(_heads, manager="service_manager"),
}
"""How a person can stand to a customer, by what makes it so; it is his roles that decide what follows."""

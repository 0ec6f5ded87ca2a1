"""Reads of customers, what belongs to their files, contracts and the grade history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Min, Prefetch, Q, QuerySet

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.master_data import MASTER_DATA_FIELDS
from customers.models import (
    BankAccount,
    Contact,
    Contract,
    Customer,
    CustomerAlias,
    CustomerMerge,
    CustomerQuerySet,
    CustomerState,
    GradeChange,
    Qualification,
    QualificationReminder,
    QualificationScan,
)
from customers.names import typed_initials


def customer_list(user: User) -> CustomerQuerySet:
    """Return the customers `user` may see, with the people of their portfolio: one query for the page's
    rows."""
    visible: CustomerQuerySet = Customer.objects.visible_to(user)
    return visible.select_related("account_manager", "service_manager").defer("bank_account")


def visible_customers(user: User) -> CustomerQuerySet:
    """Return the customers `user` may see, ready for a page of one customer."""
    visible: CustomerQuerySet = Customer.objects.visible_to(user)
    people = ("account_manager__department", "service_manager__department")
    return visible.select_related("industry", *people).prefetch_related("frozen_by")


def serviced_customers(user: User) -> CustomerQuerySet:
    """Return the customers whose service manager `user` is, as long as he holds the role."""
    visible: CustomerQuerySet = Customer.objects.visible_to(user)
    return visible.filter(service_manager=user) if user.has_role(Role.SERVICE_MANAGER) else visible.none()


def matching(text: str) -> Q:
    """Return the condition that a customer's number, credit code or one of his names contains `text`, or the initials
    of one of his names do."""
    named = CustomerAlias.objects.filter(name__icontains=text)
    meant = Q()
    if initials := typed_initials(text):
        named |= CustomerAlias.objects.filter(initials__contains=initials)
        meant = Q(name_initials__contains=initials) | Q(short_name_initials__contains=initials)
    return (
        Q(number__icontains=text)
        | Q(name__icontains=text)
        | Q(name_en__icontains=text)
        | Q(short_name__icontains=text)
        | Q(pk__in=named.values("customer"))
        | Q(uscc__icontains=text)
        | meant
    )


def has_contact(text: str) -> Q:
    """Return the condition that the name, its initials, a number or an address of one of a customer's contacts starts
    with `text`."""
    starts = (
        Q(name__istartswith=text)
        | Q(phone__istartswith=text)
        | Q(mobile__istartswith=text)
        | Q(email__istartswith=text)
    )
    if initials := typed_initials(text):
        starts |= Q(name_initials__startswith=initials)
    return Q(pk__in=Contact.objects.filter(starts).values("customer"))


def customers_by_number(numbers: Iterable[str]) -> dict[str, int]:
    """Return number → primary key of those of `numbers` that are customers, in one query."""
    return dict(Customer.objects.filter(number__in=list(numbers)).values_list("number", "pk"))


def is_uscc_taken(code: str, *, by_other_than: Customer | None) -> bool:
    """Return whether another customer file carries the unified social credit code `code`."""
    others = Customer.objects.filter(uscc=code)
    return (others.exclude(pk=by_other_than.pk) if by_other_than else others).exists()


def master_data_of(customer: Customer) -> dict[str, Any]:
    """Return what the customer file holds, by field of `MASTER_DATA_FIELDS`, ready for JSON: amounts as
    text, an industry as its primary key."""
    values = {
        field: getattr(customer, Customer._meta.get_field(field).attname)  # type: ignore[union-attr]
        for field in MASTER_DATA_FIELDS
    }
    return {field: str(value) if isinstance(value, Decimal) else value for field, value in values.items()}


def merged_into(customer: Customer, *, user: User) -> Customer | None:
    """Return the file into which the customer's was merged, as far as `user` may see it; None for any other."""
    if customer.merged_into_id is None:
        return None
    return Customer.objects.visible_to(user).filter(pk=customer.merged_into_id).first()


def merges_into(customer: Customer) -> QuerySet[CustomerMerge]:
    """Return the merges whose files are part of the customer's now, newest first."""
    return CustomerMerge.objects.filter(Q(keep=customer) | Q(keep__merged_into=customer)).prefetch_related(
        "drop", "merged_by"
    )


def is_alias_shared(alias: CustomerAlias) -> bool:
    """Return whether another customer carries the alias too: a row of a file that names it is ambiguous."""
    return CustomerAlias.objects.filter(key=alias.key).exclude(customer=alias.customer_id).exists()


def contracts_of(customer: Customer) -> QuerySet[Contract]:
    """Return the customer's contracts with their handlers, newest first."""
    return customer.contracts.select_related("handler")


def grade_history_of(customer: Customer) -> QuerySet[GradeChange]:
    """Return the customer's grade changes with who decided and by which policy, newest first."""
    return customer.grade_changes.select_related("decided_by", "policy_version")


def first_review_on(customer: Customer) -> dt.date | None:
    """Return the day of the customer's first approved review; None where there is none yet."""
    first: dt.date | None = customer.grade_changes.aggregate(first=Min("effective_on"))["first"]
    return min(filter(None, (first, customer.reviewed_on)), default=None)


def main_contact(customer: Customer, kind: str) -> Contact | None:
    """Return the customer's main contact of a kind; None where there is none. Of the kinds of Annex 1 the columns of
    the customer say the same (`customers.services.main_details`)."""
    main: Contact | None = customer.contacts.filter(kind=kind, is_main=True).first()
    return main


def contacts_of(customer: Customer) -> QuerySet[Contact]:
    """Return the customer's contacts in the order of their kinds, main ones first; retired ones are among them."""
    return customer.contacts.prefetch_related("retired_by").order_by("kind", "-is_main", "name", "pk")


def bank_accounts_of(customer: Customer) -> QuerySet[BankAccount]:
    """Return the customer's bank accounts, the main one first; retired ones are among them."""
    return customer.bank_accounts.prefetch_related("retired_by").order_by("-is_main", "bank_name", "pk")


def qualifications_of(customer: Customer) -> QuerySet[Qualification]:
    """Return the customer's qualifications with their scans (two queries); retired ones are among them."""
    scans = QualificationScan.objects.filter(removed_at__isnull=True)
    return customer.qualifications.prefetch_related(
        "retired_by", Prefetch("scans", scans, to_attr="present_scans")
    ).order_by("kind", "valid_to_on", "pk")


def ending_qualifications(user: User) -> QuerySet[Qualification]:
    """Return what ends some day of the qualifications `user` may see, with customers and their managers: one query
    for the page's rows. Closed files are left out."""
    visible: QuerySet[Qualification] = Qualification.objects.visible_to(user)
    return (
        visible.filter(retired_at__isnull=True, valid_to_on__isnull=False)
        .exclude(customer__state=CustomerState.CLOSED)
        .select_related("customer__account_manager", "customer__service_manager")
        .defer("customer__bank_account")
    )


def qualifications_ending(*, on: dt.date, within_days: int) -> QuerySet[Qualification]:
    """Return everybody's qualifications whose last day is `on` or one of the `within_days` days after it, by customer;
    closed files are left out."""
    return (
        Qualification.objects.filter(
            retired_at__isnull=True,
            valid_to_on__gte=on,
            valid_to_on__lte=on + dt.timedelta(days=within_days),
        )
        .exclude(customer__state=CustomerState.CLOSED)
        .select_related("customer__account_manager", "customer__service_manager")
        .prefetch_related("reminders")
        .order_by("customer__number", "pk")
    )


def qualification_reminders_on(day: dt.date) -> QuerySet[QualificationReminder]:
    """Return the reminders that were sent on `day`, by customer."""
    return (
        QualificationReminder.objects.filter(sent_on=day)
        .select_related(
            "qualification__customer__account_manager", "qualification__customer__service_manager"
        )
        .order_by("qualification__customer__number", "qualification_id")
    )

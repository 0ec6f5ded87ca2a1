"""Reads of customers, contracts and the grade history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Min, Q, QuerySet

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.models import Contract, Customer, CustomerAlias, CustomerMerge, CustomerQuerySet, GradeChange


def customer_list(user: User) -> CustomerQuerySet:
    """Return the customers `user` may see, with the people of their portfolio: one query for the page's
    rows."""
    visible: CustomerQuerySet = Customer.objects.visible_to(user)
    return visible.select_related("account_manager", "service_manager").defer("bank_account")


def visible_customers(user: User) -> CustomerQuerySet:
    """Return the customers `user` may see, ready for a page of one customer."""
    visible: CustomerQuerySet = Customer.objects.visible_to(user)
    return visible.select_related("account_manager__department", "service_manager__department", "created_by")


def serviced_customers(user: User) -> CustomerQuerySet:
    """Return the customers whose service manager `user` is, as long as he holds the role."""
    visible: CustomerQuerySet = Customer.objects.visible_to(user)
    return visible.filter(service_manager=user) if user.has_role(Role.SERVICE_MANAGER) else visible.none()


def matching(text: str) -> Q:
    """Return the condition that a customer's number, credit code or one of his names contains `text`."""
    return (
        Q(number__icontains=text)
        | Q(name__icontains=text)
        | Q(name_en__icontains=text)
        | Q(short_name__icontains=text)
        | Q(pk__in=CustomerAlias.objects.filter(name__icontains=text).values("customer"))
        | Q(uscc__icontains=text)
    )


def customers_by_number(numbers: Iterable[str]) -> dict[str, int]:
    """Return number → primary key of those of `numbers` that are customers, in one query."""
    return dict(Customer.objects.filter(number__in=list(numbers)).values_list("number", "pk"))


def is_uscc_taken(code: str, *, by_other_than: Customer | None) -> bool:
    """Return whether another customer file carries the unified social credit code `code`."""
    others = Customer.objects.filter(uscc=code)
    return (others.exclude(pk=by_other_than.pk) if by_other_than else others).exists()


def merged_into(customer: Customer, *, user: User) -> Customer | None:
    """Return the file into which the customer's was merged, as far as `user` may see it; None for any other."""
    if customer.merged_into_id is None:
        return None
    return Customer.objects.visible_to(user).filter(pk=customer.merged_into_id).first()


def merges_into(customer: Customer) -> QuerySet[CustomerMerge]:
    """Return the merges whose files are part of the customer's now, newest first."""
    return CustomerMerge.objects.filter(Q(keep=customer) | Q(keep__merged_into=customer)).select_related(
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

"""Cases of early warning follow their customer to his new managers, and leave those who left (P3.2.2, P5.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.dates import local_today
from customers.models import CaseEntry, Customer, EntryKind, WarningCase
from customers.portfolio_selectors import people_who_see
from customers.services.contract_locks import lock_with_managers
from customers.services.warning_case import lock_open_cases
from customers.warning_selectors import customers_of_stranded_cases, default_owner


def pass_cases_on(*, customer: Customer, managers_before: tuple[User | None, User | None], by: User) -> int:
    """Give the open cases of those who no longer manage a locked customer or do not see him any more, and those of
    nobody, to who owns new ones now; return how many. Nobody is told: who takes a customer over is told of that. A case
    that a leader gave to somebody else who sees the customer stays with him.

    Belongs into the transaction in which the managers change. Without a new owner everything stays as it is.
    """
    owner = default_owner(customer)
    if owner is None:
        return 0
    staying = {customer.account_manager_id, customer.service_manager_id}
    gone = [person.pk for person in managers_before if person is not None and person.pk not in staying]
    cases = lock_open_cases(customer, Q(owner__in=gone) | Q(owner__isnull=True) | _of_strangers(customer))
    _give(cases, owner, on=local_today(), by=by)
    return len(cases)


def pass_stranded_cases_on(*, on: dt.date) -> int:
    """Give every open case whose owner left, or does not see its customer any more, to who owns new ones of the
    customer, else to nobody: the leaders give it to somebody; return how many. Who gets them is told by `tell_owners`.

    Part of the daily run: that somebody left is known elsewhere. Each customer in a transaction of his own.
    """
    return sum(_pass_stranded_on(pk, on=on) for pk in customers_of_stranded_cases())


@transaction.atomic
def _pass_stranded_on(customer_pk: int, *, on: dt.date) -> int:
    customer = lock_with_managers(customer_pk)
    cases = lock_open_cases(customer, _of_strangers(customer))
    _give(cases, default_owner(customer), on=on, by=None)
    return len(cases)


def _of_strangers(customer: Customer) -> Q:
    """Return which cases belong to somebody who does not see the customer."""
    return Q(owner__isnull=False) & ~Q(owner__in=people_who_see(customer).order_by().values("pk"))


def _give(cases: Sequence[WarningCase], owner: User | None, *, on: dt.date, by: User | None) -> None:
    for case in cases:
        case.owner = owner
    with acting(by):
        WarningCase.objects.bulk_update(cases, ["owner"])
    CaseEntry.objects.bulk_create(
        CaseEntry(case=case, kind=EntryKind.REASSIGNED, happened_on=on, owner=owner, by=by) for case in cases
    )

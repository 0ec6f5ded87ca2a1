"""Cases of early warning follow their customer to his new managers (P3.2.2, P5.1)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.dates import local_today
from customers.models import CaseEntry, Customer, EntryKind, WarningCase
from customers.warning_selectors import default_owner


def pass_cases_on(*, customer: Customer, managers_before: tuple[User | None, User | None], by: User) -> int:
    """Give the open cases of those who no longer manage a locked customer, and those of nobody, to who owns new ones
    now; return how many. Nobody is told: who takes a customer over is told of that. A case that a leader gave to
    somebody else stays with him.

    Belongs into the transaction in which the managers change. Without a new owner everything stays as it is.
    """
    owner = default_owner(customer)
    if owner is None:
        return 0
    staying = {customer.account_manager_id, customer.service_manager_id}
    gone = [person.pk for person in managers_before if person is not None and person.pk not in staying]
    cases = list(
        WarningCase.objects.open()
        .select_for_update(of=("self",))
        .filter(Q(owner__in=gone) | Q(owner__isnull=True), customer=customer)
        .order_by("pk")
    )
    today: dt.date = local_today()
    for case in cases:
        case.owner = owner
    with acting(by):
        WarningCase.objects.bulk_update(cases, ["owner"])
    CaseEntry.objects.bulk_create(
        CaseEntry(case=case, kind=EntryKind.REASSIGNED, happened_on=today, owner=owner, by=by)
        for case in cases
    )
    return len(cases)

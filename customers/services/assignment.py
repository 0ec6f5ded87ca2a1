"""Giving chosen customers to an account manager or a service manager in one go, whoever manages them now (P3.2)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

from django.db import transaction
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.notifications.services import notify
from customers.models import Customer
from customers.permissions import account_manager_refusal, service_manager_refusal
from customers.reassignment import Transfer, move_open_tasks
from customers.services.portfolio import assign_managers
from customers.services.reassignment import about_customer, given_away, lock_chosen, require_unchanged


@transaction.atomic
def assign_customers(
    *,
    chosen: Mapping[int, int],
    account_manager: User | None,
    service_manager: User | None,
    by: User,
    now: dt.datetime,
) -> int:
    """Give the `chosen` customers to these managers, all or none (None: that one stays); return how many changed.

    `chosen` maps a customer's primary key to the version that was seen. What the managers before them still had to do
    for these customers goes along, as with a reassignment. Each new manager and each one before is told once. A form
    sent twice changes nothing the second time.

    Raises InvalidInputError where nothing or nobody is chosen, `by` does not see a customer, or a manager does not
    hold the role or would be both, NotAllowedError for a customer that is not `by`'s to give, ConflictError
    `reassignment.changed`, which names the customers that changed since they were seen.
    """
    locked = lock_chosen(chosen)
    if not chosen or Customer.objects.visible_to(by).filter(pk__in=chosen).count() < len(chosen):
        raise InvalidInputError("assignment.nothing_chosen", _("Choose at least one customer."))
    if account_manager is None and service_manager is None:
        raise InvalidInputError(
            "assignment.nobody_chosen", _("Choose the new account manager or the new service manager.")
        )
    changing = [
        customer
        for customer in locked
        if account_manager not in (None, customer.account_manager)
        or service_manager not in (None, customer.service_manager)
    ]
    for customer in changing:
        _require_may(customer, account_manager, service_manager, by=by)
    require_unchanged([customer for customer in changing if customer.version != chosen[customer.pk]], chosen)
    transfers = _transfers(changing, account_manager, service_manager, by=by, now=now)
    gained = _gained(changing, account_manager, service_manager)
    for customer in changing:
        try:
            assign_managers(
                customer=customer,
                account_manager=account_manager or customer.account_manager,
                service_manager=service_manager or customer.service_manager,
                by=by,
            )
        except InvalidInputError as refusal:
            raise about_customer(customer, refusal) from refusal
    with acting(by):
        for transfer in transfers:
            move_open_tasks(transfer)
    if changing:
        key = f"assignment:{changing[0].pk}:{changing[0].version}"
        _tell(transfers, gained, key=key, by=by)
    return len(changing)


def _require_may(
    customer: Customer, account_manager: User | None, service_manager: User | None, *, by: User
) -> None:
    refusal = None
    if account_manager not in (None, customer.account_manager):
        refusal = account_manager_refusal(by, customer)
    if refusal is None and service_manager not in (None, customer.service_manager):
        refusal = service_manager_refusal(by, customer)
    if refusal is not None:
        raise NotAllowedError(refusal.code, str(about_customer(customer, refusal)))


def _transfers(
    changing: list[Customer],
    account_manager: User | None,
    service_manager: User | None,
    *,
    by: User,
    now: dt.datetime,
) -> list[Transfer]:
    """Return what each manager of before gives away; customers whom nobody managed are in none of them."""
    people: dict[int, User] = {}
    given: dict[str, dict[int, set[int]]] = {"account": defaultdict(set), "service": defaultdict(set)}
    for customer in changing:
        for capacity, before, after in (
            ("account", customer.account_manager, account_manager),
            ("service", customer.service_manager, service_manager),
        ):
            if before is not None and after not in (None, before):
                people[before.pk] = before
                given[capacity][before.pk].add(customer.pk)
    return [
        Transfer(
            person=people[pk],
            account_successor=account_manager,
            service_successor=service_manager,
            account_customers=frozenset(given["account"].get(pk, ())),
            service_customers=frozenset(given["service"].get(pk, ())),
            handover_customers=frozenset(),
            by=by,
            at=now,
        )
        for pk in sorted(people)
    ]


def _gained(
    changing: list[Customer], account_manager: User | None, service_manager: User | None
) -> list[tuple[User, int]]:
    """Return the new managers, each with the number of customers that are new to him."""
    gained = []
    if account_manager is not None:
        new = sum(customer.account_manager_id != account_manager.pk for customer in changing)
        gained.append((account_manager, new))
    if service_manager is not None:
        new = sum(customer.service_manager_id != service_manager.pk for customer in changing)
        gained.append((service_manager, new))
    return [(manager, count) for manager, count in gained if count]


def _tell(transfers: list[Transfer], gained: list[tuple[User, int]], *, key: str, by: User) -> None:
    """Tell everybody concerned once, whatever the number of customers."""
    url = reverse("customers:list")
    for transfer in transfers:
        names = ", ".join(str(successor) for successor, _customers in transfer.shares())
        count = len(transfer.account_customers | transfer.service_customers)
        notify(
            users=[] if transfer.person.pk == by.pk else [transfer.person],
            title=lazy(given_away, str)(names, count),
            url=url,
            key=f"{key}:given",
        )
    for manager, count in gained:
        notify(
            users=[] if manager.pk == by.pk else [manager],
            title=lazy(_assigned, str)(str(by), count),
            url=url,
            key=key,
        )


def _assigned(by: str, count: int) -> str:
    return ngettext(
        "%(person)s assigned %(count)s customer to you.",
        "%(person)s assigned %(count)s customers to you.",
        count,
    ) % {"person": by, "count": count}

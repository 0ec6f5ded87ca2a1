"""Telling those who look after a customer what somebody else decided about him."""

from __future__ import annotations

from django.utils.functional import Promise

from creditrisk.accounts.models import User
from creditrisk.notifications.services import notify
from customers.models import Customer


def tell_managers(*, customer: Customer, title: Promise | str, key: str, by: User, url: str = "") -> None:
    """Tell the customer's two managers and the head of their department once, each in his language; not `by` himself.

    `key` names the event, `url` is where it is read (the customer's page where empty). Belongs into the transaction of
    what is told.
    """
    manager = customer.account_manager
    department = manager.department if manager else None
    people = (manager, customer.service_manager, department.head if department else None)
    notify(
        users={person.pk: person for person in people if person is not None and person.pk != by.pk}.values(),
        title=title,
        url=url or customer.get_absolute_url(),
        key=key,
    )

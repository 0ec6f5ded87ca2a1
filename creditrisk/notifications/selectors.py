"""Reads of in-app messages and mails. Customers are known by number only: the kernel imports no app above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import Notification, OutboxMessage

SEES_ALL_MAILS = frozenset({Role.ADMINISTRATOR, Role.GROUP_LEADER, Role.DEPUTY_LEADER})


def unread_count(user: User) -> int:
    """Return how many notifications this person has not read."""
    return Notification.objects.filter(user=user, read_at__isnull=True).count()


def notifications_of(user: User) -> QuerySet[Notification]:
    """Return this person's notifications, newest first."""
    return Notification.objects.filter(user=user)


def _customers(purpose: str, user: User) -> QuerySet[Any]:
    select: Callable[[User], QuerySet[Any]] = import_string(settings.NOTIFICATIONS_CUSTOMERS[purpose])
    return select(user)


def serviced_customer_numbers(user: User) -> QuerySet[Any]:
    """Return the customers whose service manager `user` is (objects with a `number`)."""
    return _customers("serviced", user)


def mails_visible_to(user: User) -> QuerySet[OutboxMessage]:
    """Return the mails `user` may see, newest first: administrators and leaders all, others those to their
    customers.
    """
    if user.has_role(*SEES_ALL_MAILS):
        return OutboxMessage.objects.all()
    numbers = _customers("visible", user).values("number")
    return OutboxMessage.objects.filter(~Q(customer_number=""), customer_number__in=numbers)

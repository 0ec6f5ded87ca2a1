"""Customers as the kernel knows them: objects with a `number`, chosen by the app that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from creditrisk.accounts.models import User


def _customers(purpose: str, user: User) -> QuerySet[Any]:
    select: Callable[[User], QuerySet[Any]] = import_string(settings.NOTIFICATIONS_CUSTOMERS[purpose])
    return select(user)


def serviced_customer_numbers(user: User) -> QuerySet[Any]:
    """Return the customers whose service manager `user` is."""
    return _customers("serviced", user)


def visible_customer_numbers(user: User) -> QuerySet[Any]:
    """Return the customers that `user` may see."""
    return _customers("visible", user)

"""The counts beside the navigation's entries. Every page asks for them: together they cost one query."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.conf import settings
from django.db.models import CharField, Count, QuerySet, Value
from django.utils.module_loading import import_string

from creditrisk.accounts.models import User


def badge_counts(user: User) -> Counter[str]:
    """Return how many rows wait for `user` behind each address of the navigation.

    `NAVIGATION_BADGES` names for an address the function of its app that returns those rows: one queryset or more.
    """
    parts = []
    for address, path in settings.NAVIGATION_BADGES.items():
        waiting = import_string(path)(user)
        parts += [_counted(rows, address) for rows in (waiting if isinstance(waiting, list) else [waiting])]
    counts: Counter[str] = Counter()
    if parts:
        for address, number in parts[0].union(*parts[1:], all=True):
            counts[address] += number
    return counts


def _counted(rows: QuerySet[Any], address: str) -> QuerySet[Any]:
    marked: QuerySet[Any] = rows.order_by().annotate(badge_of=Value(address, CharField()))
    counted: QuerySet[Any] = marked.values("badge_of").annotate(badge_count=Count("pk"))
    return counted.values_list("badge_of", "badge_count")

"""The counts beside the navigation's entries. Every page asks for them: together they cost one query."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, Count, QuerySet, Value
from django.utils.module_loading import import_string

from creditrisk.accounts.models import User

Known = tuple[int, frozenset[str]]
"""What the rows may depend on: a person's primary key and roles."""


def badge_counts(user: User) -> Counter[str]:
    """Return how many rows wait for `user` behind each address of the navigation.

    `NAVIGATION_BADGES` names for an address the function of its app that returns those rows, one queryset or more, by
    nothing but key and roles of the person and of those he stands in for: the statement is put together once for
    each and asked on every page.
    """
    absent = tuple((person.pk, person.roles) for person in user.stands_in_for)
    statement = _statement((user.pk, user.roles), absent, tuple(settings.NAVIGATION_BADGES.items()))
    counts: Counter[str] = Counter()
    if statement:
        with connection.cursor() as cursor:
            cursor.execute(*statement)
            for address, number in cursor.fetchall():
                counts[address] += number
    return counts


@lru_cache(maxsize=2048)
def _statement(
    user: Known, absent: tuple[Known, ...], badges: tuple[tuple[str, str], ...]
) -> tuple[str, tuple[Any, ...]] | None:
    """Return the SQL and its parameters; None where nothing can wait for the person."""
    person = _person(user)
    person.stands_in_for = tuple(_person(one) for one in absent)
    parts = []
    for address, path in badges:
        waiting = import_string(path)(person)
        parts += [_counted(rows, address) for rows in (waiting if isinstance(waiting, list) else [waiting])]
    if not parts:
        return None
    try:
        return parts[0].union(*parts[1:], all=True).query.sql_with_params()
    except EmptyResultSet:
        return None


def _person(known: Known) -> User:
    person = User(pk=known[0])
    person.roles = known[1]
    return person


def _counted(rows: QuerySet[Any], address: str) -> QuerySet[Any]:
    marked: QuerySet[Any] = rows.order_by().annotate(badge_of=Value(address, CharField()))
    counted: QuerySet[Any] = marked.values("badge_of").annotate(badge_count=Count("pk"))
    return counted.values_list("badge_of", "badge_count")

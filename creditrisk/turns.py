"""Transactions that go one after the other where there is no row yet that both would lock."""

from __future__ import annotations

from django.db import connection


def take_turn(name: str) -> None:
    """Let one transaction at a time do what goes by this name: the next one waits until it has ended, and finds what it
    made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])

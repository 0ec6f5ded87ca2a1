"""Forms that are sent twice, at the same moment, where there is no row yet that both would lock."""

from __future__ import annotations

from uuid import UUID

from django.db import connection


def take_in_turn(submission_key: UUID) -> None:
    """Let a form that is sent twice at once be taken in one after the other: the second waits until the transaction of
    the first has ended, and finds what that made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"submission:{submission_key}"])

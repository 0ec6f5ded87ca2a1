"""The lines of reports lie in one partition per month of the as-of date: a page reads one, retention drops whole ones.

A partition is made when the first report of its month is committed. See docs/adr/0017.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from creditrisk.dates import add_months
from creditrisk.turns import take_turn
from receivables.models import LedgerEntry, OpenItem, PayableItem

PARTITIONED = tuple(model._meta.db_table for model in (OpenItem, PayableItem, LedgerEntry))


def partition_name(table: str, month: dt.date) -> str:
    """Return what the partition of `table` for the month of a day is called."""
    return f"{table}_{month:%Y%m}"


def partition_for(table: str, as_of: dt.date) -> str:
    """Return the name of the partition that takes the lines as of a day, in the caller's transaction; make it first
    where there is none.

    It is filled beside the table and then attached: creating it as a part of the table would wait for every reader.
    """
    name = partition_name(table, as_of)
    start = as_of.replace(day=1)
    end = add_months(start, 1)
    if _is_there(name):
        return name
    take_turn(name)
    with connection.cursor() as cursor:
        if not _is_there(name):
            cursor.execute(
                f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS,"
                f" CHECK (as_of >= '{start}' AND as_of < '{end}'))"
            )
            cursor.execute(
                f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')"
            )
    return name


def _is_there(name: str) -> bool:
    # Not to_regclass: it remembers that a table was not there, and would not see one that another commit just made.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relname = %s AND relnamespace = current_schema()::regnamespace",
            [name],
        )
        return bool(cursor.fetchone() == (1,))


def partitions_before(month: dt.date) -> tuple[str, ...]:
    """Return the partitions whose months are before that of a day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid"
            " JOIN pg_class AS parent ON parent.oid = inhparent WHERE parent.relname = ANY(%s)"
            " AND right(child.relname, 6) < %s ORDER BY child.relname",
            [list(PARTITIONED), f"{month:%Y%m}"],
        )
        return tuple(name for (name,) in cursor.fetchall())


@transaction.atomic
def drop_lines_before(month: dt.date) -> tuple[str, ...]:
    """Drop the lines of all reports as of a day before the first of `month`; return the partitions that are gone.

    Reports, their files and their sums stay: older aging reports are shown without their items (retention).
    """
    names = partitions_before(month)
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP TABLE {name}")
    return names

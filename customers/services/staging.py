"""Many rows at once: by COPY into a temporary table, and from there in one statement.

Not by COPY into the table itself: the history learns from the statement who acts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models


@contextmanager
def staged_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[tuple[Any, str]]:
    """Give a cursor and the name of a temporary table that holds `rows` in `columns` of the model's table; it is
    gone at the end. Call it inside a transaction. `columns` are names from the code, never from a person."""
    table = f"staged_{model._meta.db_table}"
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS"  # noqa: S608
            f" SELECT {names} FROM {model._meta.db_table} WHERE false"
        )
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        yield cursor, table
        cursor.execute(f"DROP TABLE {table}")


def insert_staged(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    unless_there: bool = False,
) -> list[tuple[Any, ...]]:
    """Insert `rows`; return the primary key and the first of `columns` of each that was inserted.

    With `unless_there` a row that violates a unique constraint is left out.
    """
    names = ", ".join(columns)
    with staged_rows(model, columns, rows) as (cursor, table):
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({names}) SELECT {names} FROM {table}"  # noqa: S608
            f"{' ON CONFLICT DO NOTHING' if unless_there else ''} RETURNING id, {columns[0]}"
        )
        inserted: list[tuple[Any, ...]] = cursor.fetchall()
    return inserted


def update_staged(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    also: str,
    params: Sequence[Any],
) -> None:
    """Update the rows whose primary key is first in each of `rows`, the values of `columns` after it; `also` is set
    in all of them (SQL, with `params`)."""
    with staged_rows(model, ["id", *columns], rows) as (cursor, table):
        written = "".join(f"{column} = staged.{column}, " for column in columns)
        cursor.execute(
            f"UPDATE {model._meta.db_table} AS kept SET {written}{also}"  # noqa: S608
            f" FROM {table} AS staged WHERE kept.id = staged.id",
            params,
        )

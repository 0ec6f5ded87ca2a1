"""Which lists have columns to choose from and filters to save.

An app registers in its `AppConfig.ready`: `register_list("customers:list", CustomerTable)`. Its view passes
`exclude=hidden_columns(person, page)` to the table and `list_tools(...)` to the template, which includes
`partials/_list_tools.html`.
"""

from __future__ import annotations

from collections.abc import Callable

from creditrisk.tables import BaseTable, Column

Columns = Callable[[], dict[str, str]]
_lists: dict[str, type[BaseTable] | Columns] = {}


def register_list(page: str, table: type[BaseTable] | Columns) -> None:
    """Let people choose the columns of `table` on the list with the URL name `page`, and save its filters. A list that
    is no such table gives a function that returns name → header of its columns.
    """
    _lists[page] = table


def is_list(page: str) -> bool:
    """Return whether `page` names a registered list."""
    return page in _lists


def columns_of(page: str) -> dict[str, str]:
    """Return name → header of a list's columns that may be left out: all but the first, which names the row.

    Raises KeyError for a page that is no registered list.
    """
    table = _lists[page]
    if not isinstance(table, type):
        chosen: Columns = table
        return chosen()
    base: dict[str, Column] = table.base_columns  # type: ignore[attr-defined]
    columns = {name: str(column.verbose_name) for name, column in base.items()}
    columns.pop(next(iter(columns)))
    return columns

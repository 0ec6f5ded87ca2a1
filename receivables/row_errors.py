"""What a row error says: the reader's own errors, and those of finding the customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from receivables.reading.messages import row_error_text

CUSTOMER_TEXTS = {
    "customer_cannot_be_created": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” cannot become a customer number (at most 30"
        " characters, no slashes). Open the customer file first, or put a shorter number into the file."
    ),
    "customer_item_twice": _(
        "Row %(row)s, column “%(column)s”: the customer “%(value)s” has the same document, due date and"
        " currency in row %(other_row)s, under another number or name. Delete one of the two."
    ),
}


class AnyRowError(Protocol):
    """A row error of the reader, or as it is kept with a report."""

    @property
    def code(self) -> str: ...
    @property
    def row(self) -> int: ...
    @property
    def column(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def params(self) -> Mapping[str, Any]: ...


def error_text(error: AnyRowError) -> str:
    """Return the translated text of a row error: the row, the column, the value and the remedy."""
    where: dict[str, Any] = {"row": error.row, "column": error.column, "value": error.value}
    own = CUSTOMER_TEXTS.get(error.code)
    if own is None:
        return row_error_text(code=error.code, **where, params=error.params)
    return str(own % {**where, **error.params})

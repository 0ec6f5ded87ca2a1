"""What a row error says: the reader's own errors, and those of finding the customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def error_text(*, code: str, row: int, column: str, value: str, params: Mapping[str, Any]) -> str:
    """Return the translated text of a row error: the row, the column, the value and the remedy."""
    own = CUSTOMER_TEXTS.get(code)
    if own is None:
        return row_error_text(code=code, row=row, column=column, value=value, params=params)
    return str(own % {"row": row, "column": column, "value": value, **params})

"""When a document falls due by its payment term (P5.2.2). Pure rules."""

from __future__ import annotations

import datetime as dt

from creditrisk.dates import end_of_month

NET = "net"
END_OF_MONTH = "end_of_month"


def due_on(document_on: dt.date, kind: str, days: int) -> dt.date:
    """Return the day on which a document of `document_on` falls due (P5.2.2).

    NET: `days` calendar days after the document. END_OF_MONTH: `days` calendar days after the last day of the
    document's month, so that all documents of a month fall due together. Raises ValueError for another kind,
    or a negative number of days.
    """
    if days < 0:
        raise ValueError(f"a payment term of {days} days lies in the past")
    if kind == NET:
        start = document_on
    elif kind == END_OF_MONTH:
        start = end_of_month(document_on)
    else:
        raise ValueError(f"{kind!r} is no kind of payment term")
    return start + dt.timedelta(days=days)

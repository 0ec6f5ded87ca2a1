"""What commands take as arguments, beyond Python's own types."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentTypeError


def month(text: str) -> dt.date:
    """Return the first day of a month written as 2026-05."""
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no month: write 2026-05.") from None

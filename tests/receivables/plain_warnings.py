"""Business and payments of one customer counted by hand: lists and loops over what the reports list, written from the
policy's words and not from the product's SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise


@dataclass(frozen=True)
class Listed:
    """A document as one report lists it."""

    document: str
    document_on: dt.date
    due_on: dt.date
    amount: Decimal
    open_amount: Decimal


Reports = Sequence[tuple[dt.date, Sequence[Listed]]]
"""As-of date and lines of each report, oldest first."""


def business_of(reports: Reports, month: dt.date) -> Decimal:
    """Return the amounts of the documents dated in a month, each once, as first seen."""
    known: set[tuple[str, dt.date]] = set()
    total = Decimal()
    for _as_of, lines in reports:
        for line in lines:
            key = line.document, line.due_on
            if key in known:
                continue
            known.add(key)
            if (line.document_on.year, line.document_on.month) == (
                month.year,
                month.month,
            ) and line.amount > 0:
                total += line.amount
    return total


def newest_document(reports: Reports) -> dt.date | None:
    """Return the latest date of a document in any report."""
    days = [line.document_on for _as_of, lines in reports for line in lines if line.amount > 0]
    return max(days, default=None)


def late(reports: Reports, *, after: dt.date, until: dt.date) -> tuple[Decimal, Decimal]:
    """Return what was seen paid in a time and what was past due in its last report: the amounts, and each times its
    days late."""
    amount = amount_days = Decimal()
    for (earlier_on, earlier), (later_on, later) in pairwise(reports):
        if not after < later_on <= until:
            continue
        left: Mapping[tuple[str, dt.date], Decimal] = {
            (line.document, line.due_on): line.open_amount for line in later
        }
        for line in earlier:
            if line.open_amount <= 0:
                continue
            paid = line.open_amount - max(left.get((line.document, line.due_on), Decimal()), Decimal())
            if paid <= 0:
                continue
            first = (earlier_on + dt.timedelta(days=1) - line.due_on).days
            last = (later_on - line.due_on).days
            nearest = first if first > 0 else last if last < 0 else 0
            amount += paid
            amount_days += paid * nearest
    within = [(as_of, lines) for as_of, lines in reports if after < as_of <= until]
    if within:
        as_of, lines = within[-1]
        for line in lines:
            if line.open_amount > 0 and line.due_on < as_of:
                amount += line.open_amount
                amount_days += line.open_amount * (as_of - line.due_on).days
    return amount, amount_days

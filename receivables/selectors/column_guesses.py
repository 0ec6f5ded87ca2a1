"""What a column probably is by what stands in it, where its name says nothing: a proposal beside the rows, no more."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from receivables.reading.amounts import AmountError, parse_amount
from receivables.reading.currencies import currency_code
from receivables.reading.dates import DAY_FIRST, DateError, parse_date
from receivables.reading.report import SheetPreview
from receivables.selectors.customer_matching import CustomerRegister

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
MOST = 0.8
"""A column is what at least so much of its cells are (a ratio of those that are filled)."""


def guessed_columns(
    shown: SheetPreview, *, fields: Collection[str], register: CustomerRegister
) -> Mapping[str, str]:
    """Return column index as text → field, for all that was recognised by its name, and for others by their cells:
    customers that we know, currencies, dates (the first is the document's where there are two), amounts (the last is
    the balance where there are two), and documents: texts that differ in every row.
    """
    found = dict(shown.columns)
    rows = shown.rows[shown.header_row :]
    columns = {str(index): _cells(rows, index) for index in range(max((len(row) for row in rows), default=0))}
    free = {key: cells for key, cells in columns.items() if key not in found and cells}
    days = [key for key, cells in free.items() if _share(cells, _is_date) >= MOST]
    amounts = [key for key, cells in free.items() if key not in days and _share(cells, _is_amount) >= MOST]
    others = [key for key in free if key not in (*days, *amounts)]
    customers = [key for key in others if _share(free[key], lambda text: _is_known(text, register)) >= MOST]
    currencies = [key for key in others if key not in customers and _share(free[key], _is_currency) >= MOST]
    rest = [key for key in others if key not in (*customers, *currencies)]
    documents = [key for key in rest if len(set(free[key])) == len(free[key])]
    known = set(found.values())
    for field, keys in (
        ("customer_ref", customers[:1]),
        ("currency", currencies[:1]),
        ("document", documents[:1]),
        ("due_on", days[-1:]),
        ("document_on", (days if "due_on" in known else days[:-1])[:1]),
        ("paid_on", days[-1:]),
        ("open_amount", amounts[-1:]),
        ("amount", (amounts if "open_amount" in known else amounts[:-1])[:1]),
    ):
        if field in fields and field not in found.values():
            found.update((key, field) for key in keys if key not in found)
    return found


def _cells(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    return [row[index] for row in rows if index < len(row) and row[index]]


def _share(cells: Sequence[str], is_one: Callable[[str], bool]) -> float:
    return sum(is_one(cell) for cell in cells) / len(cells)


def _is_date(text: str) -> bool:
    try:
        parse_date(text, order=DAY_FIRST)
    except DateError:
        return False
    # A plain number may be a serial, and is more often an amount.
    return _NUMBER.fullmatch(text) is None


def _is_amount(text: str) -> bool:
    for mark in (".", ","):
        try:
            parse_amount(text, mark=mark, exponent=0)
        except AmountError:
            continue
        return True
    return False


def _is_currency(text: str) -> bool:
    return currency_code(text) is not None


def _is_known(text: str, register: CustomerRegister) -> bool:
    match = register.match(text, None)
    return match.customer_id is not None or match.code is not None

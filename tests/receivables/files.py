"""Small finance files for tests: what a clerk would upload, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from django.core.files.base import ContentFile

HEADER = (
    "Customer No.",
    "Customer name",
    "Invoice No.",
    "Invoice date",
    "Due date",
    "Currency",
    "Open amount",
)
Row = tuple[str, ...]


def item(
    customer: str = "C1",
    document: str = "INV-1",
    due_on: str = "2026-05-31",
    amount: str = "100.00",
    *,
    name: str = "",
    currency: str = "CNY",
    document_on: str = "2026-05-01",
) -> Row:
    """Return one row of an open-items file."""
    return (customer, name, document, document_on, due_on, currency, amount)


def csv_bytes(rows: Iterable[Row], *, header: Row = HEADER) -> bytes:
    """Return a CSV file of open items."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def csv_file(rows: Iterable[Row], *, header: Row = HEADER) -> ContentFile[bytes]:
    """Return a CSV file of open items as an upload brings it."""
    return ContentFile(csv_bytes(rows, header=header), name="items.csv")


def csv_path(folder: Path, rows: Iterable[Row], *, name: str = "items.csv") -> Path:
    """Return the path of a CSV file of open items on the disk."""
    path = folder / name
    path.write_bytes(csv_bytes(rows))
    return path

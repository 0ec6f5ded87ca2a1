"""The names in a refused upload that nobody has, each with customers whom it may mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Min
from django.db.models.fields.json import KeyTextTransform

from customers.duplicates import similar_customers
from customers.models import Customer
from receivables.models import Report

SUGGESTED, ASKED_ABOUT = 3, 50
LEAST_SIMILARITY = Decimal("0.25")


@dataclass(frozen=True)
class UnknownCustomer:
    """A name as it stands in the file, the name beside it, its first row and how many rows it has; the likest customers
    first.
    """

    ref: str
    name: str
    row: int
    rows: int
    suggestions: tuple[Customer, ...] = ()


def unknown_customers_of(report: Report) -> list[UnknownCustomer]:
    """Return the unknown names of an upload, in the order of its rows, without suggestions. One query."""
    found = (
        report.row_errors.filter(code="unknown_customer")
        .values("value")
        .annotate(first=Min("row"), rows=Count("pk"), name=Max(KeyTextTransform("name", "params")))
        .order_by("first")
    )
    return [UnknownCustomer(row["value"], row["name"] or "", row["first"], row["rows"]) for row in found]


def with_suggestions(unknown: Sequence[UnknownCustomer]) -> list[UnknownCustomer]:
    """Return the first names with the customers who are called nearly so. A query for each name, and one more."""
    asked = unknown[:ASKED_ABOUT]
    ratios = [similar_customers(filter(None, {one.ref, one.name}), least=LEAST_SIMILARITY) for one in asked]
    likest = [sorted(found, key=lambda pk: (-found[pk], pk))[:SUGGESTED] for found in ratios]
    known = Customer.objects.in_bulk({pk for pks in likest for pk in pks})
    return [
        UnknownCustomer(one.ref, one.name, one.row, one.rows, tuple(known[pk] for pk in pks))
        for one, pks in zip(asked, likest, strict=True)
    ]

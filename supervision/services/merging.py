"""What becomes of supervision's rows when two files of one customer are merged."""

from __future__ import annotations

import pgtrigger
from django.db import connection

from customers.merging import Moved, Relation, move_rows
from customers.models import Customer
from supervision.models import CaseReviewCustomer, InvoicedSum

SUMS_ARE_FINAL = "supervision.InvoicedSum:invoiced_sums_are_final"
POINTS_ARE_FINAL = "supervision.CaseReviewCustomer:signed_points_are_final"
_SUMS = InvoicedSum._meta.db_table
ADD_UP = f"""
    UPDATE {_SUMS} AS kept SET invoiced_amount = kept.invoiced_amount + dropped.invoiced_amount
    FROM {_SUMS} AS dropped
    WHERE kept.customer_id = %s AND dropped.customer_id = %s
        AND kept.figures_id = dropped.figures_id AND kept.currency = dropped.currency
    RETURNING dropped.id
"""  # noqa: S608 - our own table


def move_invoiced_sums(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Add up what both files were invoiced in one period and currency; the totals stay as they were."""
    with pgtrigger.ignore(SUMS_ARE_FINAL):
        with connection.cursor() as cursor:
            cursor.execute(ADD_UP, [keep.pk, drop.pk])
            added = [pk for (pk,) in cursor.fetchall()]
        relation.rows_of(drop).filter(pk__in=added).delete()
        return Moved(move_rows(relation, keep, drop).moved + len(added))


@pgtrigger.ignore(POINTS_ARE_FINAL)
def move_case_points(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Let the file that is kept have what was said about either; where both were discussed in one meeting, both points
    stand under it.
    """
    points = {point.review_id: point for point in CaseReviewCustomer.objects.filter(customer=keep)}
    moved = 0
    for point in relation.rows_of(drop):
        moved += 1
        if (other := points.get(point.review_id)) is None:
            point.customer = keep
            point.save()
        else:
            other.point = f"{other.point}\n{point.point}"
            other.save()
            point.delete()
    return Moved(moved)

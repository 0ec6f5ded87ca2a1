"""By how much the open amounts of a customer's items fell from one report in force to the next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from customers.models import Customer
from receivables.models import OpenItem, Report, ReportKind, ReportState

DOCUMENTS_NAMED = 5


@dataclass(frozen=True)
class Fall:
    """What is less in the report as of `seen_on` than in the one before it, as of `before_on`, in one currency.

    `amount` is above zero: the sum over `items` items that fell or are gone; what rose or is new does not count
    against it. `documents` are the first few of them, the largest falls first.
    """

    seen_on: dt.date
    before_on: dt.date
    currency: str
    amount: Decimal
    items: int
    documents: tuple[str, ...]


def falls_between_reports(
    customer: Customer, *, since: dt.date | None, until: dt.date | None, limit: int
) -> list[Fall]:
    """Return the newest `limit` falls seen from the day `since` to the day `until` (None: open), newest first.

    An item is known across reports by document, due date and currency; its lines in one report count together. An
    item that is in no later report is paid. Credits (negative items) pay nothing by themselves and are left out. One
    query, over two reports for each fall: an index leads to the customer's lines of a report.
    """
    params: dict[str, int | str | dt.date] = {
        "customer": customer.pk,
        "kind": ReportKind.OPEN_ITEMS.value,
        "state": ReportState.COMMITTED.value,
        "since": since or dt.date.min,
        "until": until or dt.date.max,
        "limit": limit,
        "named": DOCUMENTS_NAMED,
    }
    with connection.cursor() as cursor:
        cursor.execute(FALLS, params)
        return [
            Fall(seen_on, before_on, currency, amount, items, tuple(documents))
            for seen_on, before_on, currency, amount, items, documents in cursor.fetchall()
        ]


_LINES = f"""
    SELECT document, due_on, currency, sum(open_amount) AS open_amount FROM {OpenItem._meta.db_table}
    WHERE report_id = {{report}} AND as_of = {{day}} AND customer_id = %(customer)s GROUP BY document, due_on, currency
"""  # noqa: S608 - only names of ours are put into SQL
FALLS = f"""
    WITH in_force AS (
        SELECT id, as_of, lag(id) OVER by_day AS before_id, lag(as_of) OVER by_day AS before_on
        FROM {Report._meta.db_table} WHERE kind = %(kind)s AND state = %(state)s AND file_kind <> 'aged_table'
        WINDOW by_day AS (ORDER BY as_of)
    )
    SELECT report.as_of, report.before_on, fall.currency, fall.amount, fall.items, fall.documents
    FROM in_force AS report CROSS JOIN LATERAL (
        SELECT item.currency, sum(item.amount) AS amount, count(*) AS items,
            (array_agg(item.document ORDER BY item.amount DESC, item.document))[1:%(named)s] AS documents
        FROM (
            SELECT document, due_on, currency,
                earlier.open_amount - greatest(coalesce(later.open_amount, 0), 0) AS amount
            FROM ({_LINES.format(report="report.before_id", day="report.before_on")}) AS earlier
            LEFT JOIN ({_LINES.format(report="report.id", day="report.as_of")}) AS later
                USING (document, due_on, currency)
            WHERE earlier.open_amount > 0
        ) AS item WHERE item.amount > 0 GROUP BY item.currency
    ) AS fall
    WHERE report.as_of BETWEEN %(since)s AND %(until)s
    ORDER BY report.as_of DESC, fall.currency LIMIT %(limit)s
"""  # noqa: S608 - only names of ours are put into SQL

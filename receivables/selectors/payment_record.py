"""How customers paid, read from the aging reports in force: what reviews and grades are based on (P5.2.2)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from creditrisk.dates import add_months
from receivables.models import OpenItem, Report, ReportKind, ReportState


@dataclass(frozen=True)
class PaymentRecord:
    """One customer's payments in one currency, by the reports in force from `first_report_on` to `as_of`.

    `received_amount` is all that fell or was paid before we first saw it, over all reports; `business_amount` the
    amounts of the documents of the months asked for. `average_days_late` is weighted by amount over what was paid in
    these months and what is still open and past due at their end; None where nothing was due. `best_days_late` and
    `worst_days_late` are those of the single payments (and for the worst, of what is still open); negative: early.

    When an item was paid is known only as between two reports: of the days it can have been, the one nearest to the
    due date counts. Credits pay nothing by themselves and are left out.
    """

    currency: str
    first_report_on: dt.date
    as_of: dt.date
    received_amount: Decimal
    business_amount: Decimal
    open_amount: Decimal
    overdue_amount: Decimal
    average_days_late: Decimal | None
    best_days_late: int | None
    worst_days_late: int | None


def payment_records(
    customer_pks: Collection[int], *, on: dt.date, months: int
) -> dict[int, list[PaymentRecord]]:
    """Return customer → his payment records by currency, from the reports as of `on` or before; `months` up to `on`
    count for business and speed. Customers without an item in any report are missing. One query.
    """
    params: dict[str, list[int] | dt.date | str] = {
        "customers": list(customer_pks),
        "on": on,
        "since": add_months(on, -months),
        "kind": ReportKind.OPEN_ITEMS.value,
        "state": ReportState.COMMITTED.value,
    }
    records: dict[int, list[PaymentRecord]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(RECORDS, params)
        for customer, *values in cursor.fetchall():
            records[customer].append(PaymentRecord(*values))
    return dict(records)


RECORDS = f"""
    WITH in_force AS (
        SELECT id, as_of, row_number() OVER (ORDER BY as_of) AS place, lead(as_of) OVER (ORDER BY as_of) AS next_on
        FROM {Report._meta.db_table} WHERE kind = %(kind)s AND state = %(state)s AND file_kind <> 'aged_table'
            AND as_of <= %(on)s
    ), line AS (
        SELECT item.customer_id, item.currency, item.document, item.due_on, report.place, report.as_of, report.next_on,
            sum(item.amount) AS amount, sum(item.open_amount) AS open_amount,
            min(coalesce(item.document_on, item.due_on)) AS document_on
        FROM in_force AS report JOIN {OpenItem._meta.db_table} AS item
            ON item.report_id = report.id AND item.as_of = report.as_of
        WHERE item.customer_id = ANY(%(customers)s)
        GROUP BY item.customer_id, item.currency, item.document, item.due_on, report.place, report.as_of, report.next_on
    ), step AS (
        SELECT *,
            row_number() OVER document = 1 AS is_first,
            open_amount - CASE WHEN lead(place) OVER document = place + 1
                THEN greatest(lead(open_amount) OVER document, 0) ELSE 0 END AS fall
        FROM line
        WINDOW document AS (PARTITION BY customer_id, currency, document, due_on ORDER BY place)
    ), told AS (
        SELECT *,
            next_on IS NOT NULL AND open_amount > 0 AND fall > 0 AS is_paid,
            next_on IS NULL AND open_amount > 0 AND due_on < as_of AS is_overdue,
            greatest(as_of + 1 - due_on, least(0, next_on - due_on)) AS days_paid_late
        FROM step
    )
    SELECT customer_id, currency,
        (SELECT min(as_of) FROM in_force), (SELECT max(as_of) FROM in_force),
        coalesce(sum(fall) FILTER (WHERE is_paid), 0)
            + coalesce(sum(amount - open_amount) FILTER (WHERE is_first AND amount > 0 AND amount > open_amount), 0),
        coalesce(sum(amount) FILTER (WHERE is_first AND amount > 0 AND document_on > %(since)s), 0),
        coalesce(sum(open_amount) FILTER (WHERE next_on IS NULL), 0),
        coalesce(sum(open_amount) FILTER (WHERE is_overdue), 0),
        round((
            coalesce(sum(fall * days_paid_late) FILTER (WHERE is_paid AND next_on > %(since)s), 0)
            + coalesce(sum(open_amount * (as_of - due_on)) FILTER (WHERE is_overdue), 0)
        ) / nullif(
            coalesce(sum(fall) FILTER (WHERE is_paid AND next_on > %(since)s), 0)
            + coalesce(sum(open_amount) FILTER (WHERE is_overdue), 0), 0
        ), 1),
        min(days_paid_late) FILTER (WHERE is_paid AND next_on > %(since)s),
        greatest(
            max(days_paid_late) FILTER (WHERE is_paid AND next_on > %(since)s),
            max(as_of - due_on) FILTER (WHERE is_overdue)
        )
    FROM told GROUP BY customer_id, currency ORDER BY customer_id, currency
"""  # noqa: S608 - only names of ours are put into SQL

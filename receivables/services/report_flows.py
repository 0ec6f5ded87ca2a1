"""Storing what each report says beside the one before it: once for each pair, however often it is read (P5.1)."""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import connection, transaction

from receivables.models import OpenItem, Report, ReportFlow, ReportFlowBasis
from receivables.selectors.warning_items import Horizon, ItemReport

FLOWS_ARE_FINAL = "receivables.ReportFlow:report_flows_are_final"
SORT_MEMORY = "64MB"
"""For one statement over two reports: what does not fit goes to the disk, several times slower."""


def store_flows(seen: Horizon) -> int:
    """Store the flows of the reports of a horizon that are not stored yet, or beside another report than the one
    before; return how many reports that were. Each in a transaction of its own.

    What is stored says nothing that the reports do not: whoever asks, it is the same. A report superseded since leaves
    its flows behind, and nobody reads them.
    """
    known = [*seen.older, *seen.reports]
    stored = dict(
        ReportFlowBasis.objects.filter(report__in=[report.pk for report in seen.reports]).values_list(
            "report", "previous"
        )
    )
    missing = []
    for place, report in enumerate(known):
        previous = known[place - 1] if place else None
        is_read = place >= len(seen.older)
        if is_read and (report.pk, previous.pk if previous else None) not in stored.items():
            missing.append((report, previous, known[: max(place - 1, 0)]))
    for report, previous, earlier in missing:
        _store(report, previous, earlier)
    return len(missing)


@transaction.atomic
def _store(report: ItemReport, previous: ItemReport | None, earlier: list[ItemReport]) -> None:
    """Count a report beside `previous`; `earlier` are those before that one. Two at once count one after the other, and
    a merge of files waits: it locks the reports."""
    Report.objects.select_for_update().get(pk=report.pk)
    with pgtrigger.ignore(FLOWS_ARE_FINAL):
        ReportFlow.objects.filter(report=report.pk).delete()
    params: dict[str, Any] = {
        "report": report.pk,
        "as_of": report.as_of,
        "previous": previous.pk if previous else 0,
        "previous_on": previous.as_of if previous else report.as_of,
        "earlier": [one.pk for one in earlier],
        "earlier_on": [one.as_of for one in earlier],
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [SORT_MEMORY])
        cursor.execute(STORE, params)
    ReportFlowBasis.objects.update_or_create(
        report_id=report.pk, defaults={"previous_id": previous.pk if previous else None}
    )


_ITEMS = OpenItem._meta.db_table
_KEY = "customer_id, currency, document, due_on"
STORE = f"""
    WITH listed AS (
        SELECT {_KEY}, sum(amount) AS amount, sum(open_amount) AS open_amount,
            least(min(coalesce(document_on, due_on)), %(as_of)s) AS document_on
        FROM {_ITEMS} WHERE report_id = %(report)s AND as_of = %(as_of)s GROUP BY {_KEY}
    ), before AS (
        SELECT {_KEY}, sum(open_amount) AS open_before
        FROM {_ITEMS} WHERE report_id = %(previous)s AND as_of = %(previous_on)s GROUP BY {_KEY}
    ), pair AS (
        SELECT {_KEY}, amount, open_amount, document_on, open_before,
            open_before - greatest(coalesce(open_amount, 0), 0) AS fall,
            greatest(%(previous_on)s::date + 1 - due_on, least(0, %(as_of)s::date - due_on)) AS days_late
        FROM listed FULL JOIN before USING ({_KEY})
    ), told AS (
        SELECT *,
            open_before > 0 AND fall > 0 AS is_paid,
            open_amount > 0 AND due_on < %(as_of)s AS is_overdue,
            open_before IS NULL AND amount > 0 AND NOT (
                document_on <= %(previous_on)s AND EXISTS (
                    SELECT FROM unnest(%(earlier)s::bigint[], %(earlier_on)s::date[]) AS known (id, day)
                    JOIN {_ITEMS} AS item ON item.report_id = known.id AND item.as_of = known.day
                        AND item.customer_id = pair.customer_id AND item.document = pair.document
                        AND item.due_on = pair.due_on AND item.currency = pair.currency
                    WHERE known.day >= pair.document_on OFFSET 0
                )
            ) AS is_new
        FROM pair
    ), added AS (
        SELECT customer_id, currency, CASE WHEN is_new THEN date_trunc('month', document_on)::date END AS month_on,
            sum(amount) FILTER (WHERE is_new) AS business,
            sum(fall) FILTER (WHERE is_paid) AS paid, sum(fall * days_late) FILTER (WHERE is_paid) AS paid_days,
            sum(open_amount) FILTER (WHERE is_overdue) AS overdue,
            sum(open_amount * (%(as_of)s::date - due_on)) FILTER (WHERE is_overdue) AS overdue_days,
            max(document_on) FILTER (WHERE is_new) AS newest, min(document_on) FILTER (WHERE is_new) AS oldest
        FROM told GROUP BY 1, 2, 3
    )
    INSERT INTO {ReportFlow._meta.db_table} (report_id, customer_id, currency, month_on, business_amount, paid_amount,
        paid_amount_days, overdue_amount, overdue_amount_days, newest_on, oldest_on)
    SELECT %(report)s, customer_id, currency, month_on, coalesce(business, 0), coalesce(paid, 0),
        coalesce(paid_days, 0), coalesce(overdue, 0), coalesce(overdue_days, 0), newest, oldest
    FROM added
"""

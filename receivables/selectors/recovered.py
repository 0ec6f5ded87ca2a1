"""What fell from the balances of items after notices demanded them (P5.2.3): by manager, month, stage and days.

A ledger tells the days of payments. Without one the balance of a day is that of the last report in force at the day or
before; what is open less counts from the day of the report that shows it. An item that a report does not list is paid.
"""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from customers.models import Customer
from receivables.effectiveness import WINDOW_DAYS, Recovered, reports_around
from receivables.models import AgingTotal, DunnedItem, DunningNotice, FileKind, LedgerEntry, OpenItem, Report
from receivables.selectors.reports import committed_reports


@dataclass(frozen=True)
class RecoveredRow:
    """What the notices of one stage in a month demanded and recovered within `days`: of the customers of a manager
    (primary key; None: without one).
    """

    month: dt.date
    manager_pk: int | None
    stage: str
    days: int
    recovered: Recovered


def reports_with_items() -> list[Report]:
    """Return the receivables reports in force whose items are there, oldest first: no aging tables, and none whose
    lines were dropped with age. One query.
    """
    lines = OpenItem.objects.filter(report=OuterRef("pk"), as_of=OuterRef("as_of"))
    totals = AgingTotal.objects.filter(report=OuterRef("pk"))
    known = committed_reports().exclude(file_kind=FileKind.AGED_TABLE)
    return list(known.filter(Exists(lines) | ~Exists(totals)).order_by("as_of"))


def recovered_by_stage(
    first_on: dt.date,
    last_on: dt.date,
    *,
    reports: Sequence[Report],
    customer_pks: Collection[int] | None = None,
) -> list[RecoveredRow]:
    """Return what the notices issued from `first_on` to `last_on`, both counted, recovered within each of WINDOW_DAYS;
    of some customers only, or (None) of all. `reports` are those of `reports_with_items`. Two queries.

    An item counts for at most what its notice demanded, and for nothing where its balance rose.
    """
    notices = DunningNotice.objects.filter(issued_on__range=(first_on, last_on)).order_by()
    issue_days = notices.values_list("issued_on", flat=True).distinct()
    by_day = {report.as_of: report.pk for report in reports}
    days = sorted(by_day)
    windows: list[tuple[dt.date, int, int, int]] = []
    for issued_on in issue_days:
        for within in WINDOW_DAYS:
            if found := reports_around(days, issued_on, within=within):
                before, after = found
                windows.append((issued_on, within, by_day[before], by_day[after]))
    looked_at = {pk for window in windows for pk in window[2:]}
    ledgers = [report for report in reports if report.file_kind == FileKind.LEDGER]
    params: dict[str, Any] = {
        "first": first_on,
        "last": last_on,
        "asked": list(WINDOW_DAYS),
        "issued": [window[0] for window in windows],
        "days": [window[1] for window in windows],
        "before": [window[2] for window in windows],
        "after": [window[3] for window in windows],
        "reports": sorted(looked_at),
        "report_days": [report.as_of for report in reports if report.pk in looked_at],
        "ledgers": [ledger.pk for ledger in ledgers],
        "ledger_days": [ledger.as_of for ledger in ledgers],
        "customers": None if customer_pks is None else list(customer_pks),
    }
    with connection.cursor() as cursor:
        cursor.execute(RECOVERED, params)
        return [
            RecoveredRow(month, manager, stage, days, Recovered(currency, *amounts))
            for month, manager, stage, currency, days, *amounts in cursor.fetchall()
        ]


_KEY = "customer_id, document, due_on, currency"
_ONLY = "(%(customers)s::bigint[] IS NULL OR line.customer_id = ANY(%(customers)s::bigint[]))"
"""The condition once more for the lines: an index leads to those of a few customers."""
RECOVERED = f"""
    WITH window_ AS (
        SELECT * FROM unnest(%(issued)s::date[], %(days)s::int[], %(before)s::bigint[], %(after)s::bigint[])
            AS given (issued_on, days, before_id, after_id)
    ), dunned AS MATERIALIZED (
        SELECT dunned.id, dunned.customer_id, dunned.document, dunned.due_on, dunned.currency, dunned.amount,
            dunned.stage, notice.issued_on, customer.service_manager_id AS manager_id
        FROM {DunningNotice._meta.db_table} AS notice
        JOIN {DunnedItem._meta.db_table} AS dunned ON dunned.notice_id = notice.id
        JOIN {Customer._meta.db_table} AS customer ON customer.id = dunned.customer_id
        WHERE notice.issued_on BETWEEN %(first)s AND %(last)s
            AND (%(customers)s::bigint[] IS NULL OR notice.customer_id = ANY(%(customers)s::bigint[]))
    ), item AS MATERIALIZED (
        SELECT DISTINCT {_KEY} FROM dunned
    ), listed AS MATERIALIZED (
        SELECT report_id, {_KEY}, sum(line.open_amount) AS open_amount
        FROM {OpenItem._meta.db_table} AS line JOIN item USING ({_KEY})
        WHERE line.report_id = ANY(%(reports)s::bigint[]) AND line.as_of = ANY(%(report_days)s::date[]) AND {_ONLY}
        GROUP BY report_id, {_KEY}
    ), entry AS MATERIALIZED (
        SELECT * FROM (
            SELECT {_KEY}, line.as_of, line.booked_on, line.amount,
                max(line.as_of) OVER (PARTITION BY {_KEY}) AS known_to
            FROM {LedgerEntry._meta.db_table} AS line JOIN item USING ({_KEY})
            WHERE line.report_id = ANY(%(ledgers)s::bigint[]) AND line.as_of = ANY(%(ledger_days)s::date[]) AND {_ONLY}
        ) AS found WHERE as_of = known_to
    ), booked AS (
        SELECT dunned.id, asked.days,
            coalesce(sum(entry.amount) FILTER (WHERE booked_on <= issued_on), 0) AS before,
            coalesce(sum(entry.amount) FILTER (WHERE booked_on <= issued_on + asked.days), 0) AS after
        FROM dunned JOIN entry USING ({_KEY}) CROSS JOIN unnest(%(asked)s::int[]) AS asked (days)
        WHERE entry.known_to >= issued_on + asked.days
        GROUP BY dunned.id, asked.days
    ), measured AS (
        SELECT dunned.*, asked.days, CASE
            WHEN booked.id IS NOT NULL THEN booked.before - greatest(booked.after, 0)
            WHEN window_.days IS NOT NULL
                THEN coalesce(was.open_amount, 0) - greatest(coalesce(is_now.open_amount, 0), 0)
            END AS fall
        FROM dunned CROSS JOIN unnest(%(asked)s::int[]) AS asked (days)
        LEFT JOIN booked ON booked.id = dunned.id AND booked.days = asked.days
        LEFT JOIN window_ ON window_.issued_on = dunned.issued_on AND window_.days = asked.days
        LEFT JOIN listed AS was ON was.report_id = window_.before_id
            AND (was.customer_id, was.document, was.due_on, was.currency)
                = (dunned.customer_id, dunned.document, dunned.due_on, dunned.currency)
        LEFT JOIN listed AS is_now ON is_now.report_id = window_.after_id
            AND (is_now.customer_id, is_now.document, is_now.due_on, is_now.currency)
                = (dunned.customer_id, dunned.document, dunned.due_on, dunned.currency)
    )
    SELECT date_trunc('month', issued_on)::date, manager_id, stage, currency, days, sum(amount),
        coalesce(sum(amount) FILTER (WHERE fall IS NOT NULL), 0.00),
        coalesce(sum(least(greatest(fall, 0.00), amount)) FILTER (WHERE fall IS NOT NULL), 0.00)
    FROM measured GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
"""`fall` is by how much an item's balance fell, NULL where nobody knows."""

"""How customers paid in a quarter, read from the aging reports and ledgers in force by its end (P5.2.2).

A ledger tells the days of payments: where the latest one of the quarter knows an item, they count up to its as-of
date. Of every other payment is known only that it lies between two reports: of the days it can have been, the one
nearest to the due date counts, and the quarter in whose report it was seen. What is open at the end is what the report
that describes that day lists, aged to the last day of the quarter; an aging table has the least age of each bucket.
Credits pay nothing by themselves. Disputed items count as any other: the policy is silent about them.
"""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from creditrisk.quarters import Quarter
from receivables.models import FileKind, LedgerEntry, OpenItem, Report
from receivables.payment_speed import OldestItem, PaymentSpeed, QuarterFacts
from receivables.selectors.recovered import reports_with_items
from receivables.selectors.reports import committed_reports


@dataclass(frozen=True)
class QuarterReports:
    """The reports that tell of a quarter. `describing` is the one in force on its last day; `itemised` are those with
    items, oldest first: the last one from before the quarter, and all within it; `ledgers` the ledgers among them that
    are as of a day in the quarter.
    """

    quarter: Quarter
    describing: Report
    itemised: tuple[Report, ...]
    ledgers: tuple[Report, ...]

    @property
    def age_days(self) -> int:
        """How many calendar days before the quarter's end the report that describes it was drawn up."""
        return (self.quarter.last_on - self.describing.as_of).days

    @property
    def keys(self) -> frozenset[int]:
        """The primary keys of all of them."""
        return frozenset({self.describing.pk, *(report.pk for report in self.itemised)})


def reports_of_quarter(quarter: Quarter) -> QuarterReports | None:
    """Return the reports that tell of a quarter; None where none is as of a day in it. Two queries."""
    by_end = [report for report in reports_with_items() if report.as_of <= quarter.last_on]
    earlier = [report for report in by_end if report.as_of < quarter.first_on]
    within = [report for report in by_end if report.as_of >= quarter.first_on]
    tables = committed_reports().filter(
        file_kind=FileKind.AGED_TABLE, as_of__range=(quarter.first_on, quarter.last_on)
    )
    describing = max([*within, *tables[:1]], key=lambda report: report.as_of, default=None)
    if describing is None:
        return None
    return QuarterReports(
        quarter,
        describing,
        itemised=(*earlier[-1:], *within),
        ledgers=tuple(report for report in within if report.file_kind == FileKind.LEDGER),
    )


def quarter_facts(customer_pks: Collection[int], reports: QuarterReports) -> dict[int, QuarterFacts]:
    """Return customer → how he paid in the quarter of `reports`; who neither paid nor owed anything overdue is missing.
    Two queries, however many customers.
    """
    quarter, itemised = reports.quarter, reports.itemised
    params: dict[str, Any] = {
        "customers": list(customer_pks),
        "first": quarter.first_on,
        "last": quarter.last_on,
        "reports": [report.pk for report in itemised],
        "days": [report.as_of for report in itemised],
        "next_days": [*(report.as_of for report in itemised[1:]), None],
        "ledgers": [report.pk for report in reports.ledgers],
        "ledger_days": [report.as_of for report in reports.ledgers],
        "describing": reports.describing.pk,
        "described_on": reports.describing.as_of,
    }
    speeds: dict[int, list[PaymentSpeed]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(SPEEDS, params)
        for customer, *values in cursor.fetchall():
            speeds[customer].append(PaymentSpeed(*values))
        cursor.execute(OLDEST, params)
        oldest = {customer: OldestItem(*values) for customer, *values in cursor.fetchall()}
    return {pk: QuarterFacts(tuple(found), oldest.get(pk)) for pk, found in speeds.items()}


_KEY = "customer_id, currency, document, due_on"
_PAST_DUE = f"""
    SELECT {_KEY}, sum(open_amount) AS open_amount, %(last)s::date - due_on AS days_past_due
    FROM {OpenItem._meta.db_table}
    WHERE report_id = %(describing)s AND as_of = %(described_on)s::date AND customer_id = ANY(%(customers)s)
        AND due_on < %(last)s::date
    GROUP BY {_KEY} HAVING sum(open_amount) > 0
"""
"""What was open and past due at the end of the quarter; the lines of one document count together."""
SPEEDS = f"""
    WITH report AS (
        SELECT * FROM unnest(%(reports)s::bigint[], %(days)s::date[], %(next_days)s::date[])
            WITH ORDINALITY AS given (report_id, as_of, next_on, place)
    ), line AS (
        SELECT {_KEY}, report_id, sum(open_amount) AS open_amount FROM {OpenItem._meta.db_table}
        WHERE report_id = ANY(%(reports)s::bigint[]) AND as_of = ANY(%(days)s::date[])
            AND customer_id = ANY(%(customers)s)
        GROUP BY {_KEY}, report_id
    ), step AS (
        SELECT {_KEY}, report.as_of, report.next_on, line.open_amount,
            line.open_amount - CASE WHEN lead(report.place) OVER item = report.place + 1
                THEN greatest(lead(line.open_amount) OVER item, 0) ELSE 0 END AS fall
        FROM line JOIN report USING (report_id)
        WINDOW item AS (PARTITION BY {_KEY} ORDER BY report.place)
    ), entry AS (
        SELECT {_KEY}, as_of, booked_on, sum(amount) AS amount, max(as_of) OVER (PARTITION BY {_KEY}) AS known_to
        FROM {LedgerEntry._meta.db_table}
        WHERE report_id = ANY(%(ledgers)s::bigint[]) AND as_of = ANY(%(ledger_days)s::date[])
            AND customer_id = ANY(%(customers)s) AND booked_on <= as_of
        GROUP BY {_KEY}, as_of, booked_on
    ), balance AS (
        SELECT {_KEY}, known_to, booked_on, amount,
            sum(amount) OVER (PARTITION BY {_KEY} ORDER BY booked_on) AS open_amount
        FROM entry WHERE as_of = known_to
    ), dated AS (
        SELECT DISTINCT {_KEY}, known_to FROM entry
    ), paid AS (
        SELECT {_KEY}, step.fall AS amount,
            greatest(as_of + 1 - due_on, least(0, next_on - due_on)) AS days_late
        FROM step LEFT JOIN dated USING ({_KEY})
        WHERE next_on IS NOT NULL AND open_amount > 0 AND fall > 0 AND (known_to IS NULL OR as_of >= known_to)
        UNION ALL
        SELECT {_KEY}, greatest(open_amount - amount, 0) - greatest(open_amount, 0), booked_on - due_on
        FROM balance
        WHERE booked_on BETWEEN %(first)s::date AND %(last)s::date
            AND greatest(open_amount - amount, 0) > greatest(open_amount, 0)
    ), told AS (
        SELECT customer_id, currency, amount, days_late, true AS is_paid FROM paid
        UNION ALL
        SELECT customer_id, currency, open_amount, days_past_due, false FROM ({_PAST_DUE}) AS item
    )
    SELECT customer_id, currency,
        coalesce(sum(amount) FILTER (WHERE is_paid), 0.00),
        coalesce(sum(amount * days_late) FILTER (WHERE is_paid), 0.00),
        count(*) FILTER (WHERE is_paid),
        coalesce(sum(amount) FILTER (WHERE NOT is_paid), 0.00),
        coalesce(sum(amount * days_late) FILTER (WHERE NOT is_paid), 0.00),
        count(*) FILTER (WHERE NOT is_paid)
    FROM told GROUP BY customer_id, currency ORDER BY customer_id, currency
"""
OLDEST = f"""
    SELECT DISTINCT ON (customer_id) customer_id, document, due_on, days_past_due, currency, open_amount
    FROM ({_PAST_DUE}) AS item ORDER BY customer_id, due_on, open_amount DESC, currency, document
"""

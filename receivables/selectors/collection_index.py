"""What months began, invoiced and ended with: the parts of the collection effectiveness index (CEI), by manager."""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import F, Sum

from creditrisk.dates import add_months
from customers.models import Customer
from receivables.effectiveness import IndexGap, Receivables
from receivables.models import AgingSum, LedgerEntry, OpenItem, Report
from receivables.selectors.aged_sums import Sql
from receivables.selectors.reports import committed_reports

ManagerMonth = tuple[dt.date, int | None]
"""First day of a month, and a customer service manager (primary key; None: customers without one)."""

Ends = tuple[dt.date, Report, Report]
"""A month with its opening and its closing report."""


@dataclass(frozen=True)
class MonthEnds:
    """The reports that describe a month: the last ones in force as of a day in the month before, and in it. `gap` says
    why they do not tell what was invoiced between them; None: they do.
    """

    month: dt.date
    opening: Report | None
    closing: Report | None
    gap: IndexGap | None


def month_ends(months: Sequence[dt.date], *, itemised: Collection[Report]) -> list[MonthEnds]:
    """Return the reports of each month (first days, rising). `itemised` are the reports whose items are there. One
    query.
    """
    if not months:
        return []
    span = committed_reports().filter(
        as_of__gte=add_months(months[0], -1), as_of__lt=add_months(months[-1], 1)
    )
    last = {report.as_of.replace(day=1): report for report in span.order_by("as_of")}
    with_items = {report.pk for report in itemised}
    found = []
    for month in months:
        opening, closing = last.get(add_months(month, -1)), last.get(month)
        gap: IndexGap | None = None
        if closing is None:
            gap = "no_report"
        elif opening is None:
            gap = "no_report_before"
        elif not {opening.pk, closing.pk} <= with_items:
            gap = "no_items"
        found.append(MonthEnds(month, opening, closing, gap))
    return found


def receivables_of_months(
    ends: Sequence[MonthEnds], *, ledgers: Sequence[Report], customer_pks: Collection[int] | None = None
) -> dict[ManagerMonth, dict[str, Receivables]]:
    """Return month and manager → currency → what the month began, invoiced and ended with, for the months without a
    gap; of some customers only, or (None) of all. `ledgers` are those in force, oldest first. Two queries.

    The invoices of a month are the items that its closing report lists and its opening one does not, with the amount of
    the document. One that came and went between the two is known where a ledger as of the closing day or later has it.
    """
    known = [
        (end.month, end.opening, end.closing)
        for end in ends
        if end.gap is None and end.opening is not None and end.closing is not None
    ]
    sums = _sums([report.pk for _month, *both in known for report in both], customer_pks)
    found: dict[ManagerMonth, dict[str, Receivables]] = defaultdict(dict)
    for month, opening, closing in known:
        for manager, currency, total, _current in sums[opening.pk]:
            _add(found[month, manager], Receivables(currency, opening_amount=total))
        for manager, currency, total, current in sums[closing.pk]:
            part = Receivables(currency, closing_amount=total, current_amount=current)
            _add(found[month, manager], part)
    for month, manager, currency, amount in _invoiced(known, ledgers, customer_pks):
        _add(found[month, manager], Receivables(currency, invoiced_amount=amount))
    return dict(found)


def _add(sums: dict[str, Receivables], part: Receivables) -> None:
    sums[part.currency] = sums[part.currency] + part if part.currency in sums else part


def _sums(
    report_pks: Collection[int], customer_pks: Collection[int] | None
) -> Mapping[int, list[tuple[int | None, str, Decimal, Decimal]]]:
    """Return report → manager, currency, total and current amount, as stored when the report was committed."""
    rows = AgingSum.objects.filter(report__in=set(report_pks)).order_by()
    if customer_pks is not None:
        rows = rows.filter(customer__in=customer_pks)
    found: dict[int, list[tuple[int | None, str, Decimal, Decimal]]] = defaultdict(list)
    current = Sum(F("debit_amounts__0") + F("credit_amounts__0"))
    grouped = rows.values_list("report_id", "customer__service_manager", "currency")
    for report, *sums in grouped.annotate(total=Sum("total_amount"), current=current):
        manager, currency, total, not_due = sums
        found[report].append((manager, currency, total, not_due))
    return found


def _invoiced(
    ends: Sequence[Ends], ledgers: Sequence[Report], customer_pks: Collection[int] | None
) -> list[tuple[dt.date, int | None, str, Decimal]]:
    parts = [_invoiced_sql(end, ledgers, customer_pks) for end in ends]
    if not parts:
        return []
    # By customer first: PostgreSQL expects next to no new items, and would look the customer up for each of a million.
    text = f"""
        WITH found AS MATERIALIZED (
            SELECT month, customer_id, currency, sum(amount) AS amount
            FROM ({" UNION ALL ".join(part.text for part in parts)}) AS item GROUP BY 1, 2, 3
        )
        SELECT month, (SELECT service_manager_id FROM {Customer._meta.db_table} WHERE id = customer_id) AS manager_id,
            currency, sum(amount)
        FROM found GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    with connection.cursor() as cursor:
        cursor.execute(text, [value for part in parts for value in part.params])
        return list(cursor.fetchall())


_KEY = "customer_id, document, due_on, currency"
_LISTED = f"""EXISTS (SELECT FROM {OpenItem._meta.db_table} AS other WHERE other.report_id = %s AND other.as_of = %s
    {{only}} AND (other.customer_id, other.document, other.due_on, other.currency)
        = (line.customer_id, line.document, line.due_on, line.currency))"""
NEW_ITEMS = f"""
    SELECT %s::date AS month, customer_id, currency, sum(amount) AS amount
    FROM {OpenItem._meta.db_table} AS line
    WHERE report_id = %s AND as_of = %s {{only}} AND NOT {_LISTED}
    GROUP BY {_KEY} HAVING sum(amount) > 0"""
CAME_AND_WENT = f"""
    SELECT %s::date AS month, customer_id, currency, amount FROM (
        SELECT {_KEY}, sum(amount) FILTER (WHERE NOT is_payment) AS amount
        FROM {LedgerEntry._meta.db_table}
        WHERE report_id = %s AND as_of = %s AND booked_on <= %s {{only}}
        GROUP BY {_KEY}
        HAVING sum(amount) FILTER (WHERE NOT is_payment) > 0 AND min(booked_on) FILTER (WHERE NOT is_payment) > %s
            AND sum(amount) = 0
    ) AS line WHERE NOT {_LISTED} AND NOT {_LISTED}"""


def _invoiced_sql(ends: Ends, ledgers: Sequence[Report], customer_pks: Collection[int] | None) -> Sql:
    month, first, last = ends
    opening, closing = (first.pk, first.as_of), (last.pk, last.as_of)
    only = "" if customer_pks is None else "AND customer_id = ANY(%s)"
    chosen = () if customer_pks is None else (list(customer_pks),)
    new = Sql(NEW_ITEMS.format(only=only), (month, *closing, *chosen, *opening, *chosen))
    ledger = next((ledger for ledger in ledgers if ledger.as_of >= last.as_of), None)
    if ledger is None:
        return new
    paid = (month, ledger.pk, ledger.as_of, last.as_of, *chosen, first.as_of)
    return Sql(
        f"{new.text} UNION ALL {CAME_AND_WENT.format(only=only)}",
        (*new.params, *paid, *opening, *chosen, *closing, *chosen),
    )

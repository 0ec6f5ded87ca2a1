"""The receivables of a month by customer service manager: sums, bridge and trend, each in one statement for all."""

# ruff: noqa: S608 - only names and numbers of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import connection

from creditrisk.dates import add_months, end_of_month
from creditrisk.policy.schema import AgingBucket
from receivables.models import AgingSum, OpenItem, Report
from receivables.selectors.aged_sums import buckets_of, first_days
from receivables.selectors.recovered import reports_with_items
from receivables.selectors.reports import committed_reports, report_for
from supervision.aging_bridge import NOTHING, BridgeGap, Movement, bridge
from supervision.selectors.summary_portfolio import Portfolio
from supervision.summary_facts import TREND_MONTHS, CurrencyAging, TrendPoint

Manager = int | None
Key = tuple[Manager, str]
"""A manager (primary key; None: customers without one) and a currency."""


@dataclass(frozen=True)
class Reports:
    """The reports that describe a month: in force at its end and at the end of the month before, and those of the ends
    of the last twelve months (first day → report). `gap` says why there is no bridge.
    """

    closing: Report | None
    opening: Report | None
    trend: Mapping[dt.date, Report]
    gap: BridgeGap | None

    @property
    def buckets(self) -> tuple[AgingBucket, ...]:
        """The buckets of the closing report; none without one."""
        return _buckets(self.closing) if self.closing else ()


def _buckets(report: Report) -> tuple[AgingBucket, ...]:
    assert report.policy_version is not None  # a committed report has one
    return buckets_of(report, report.policy_version)


def _days(report: Report) -> list[int | None]:
    return [bucket.up_to_days for bucket in _buckets(report)]


def reports_of_month(month: dt.date) -> Reports:
    """Return the reports that describe a month (its first day). Four queries."""
    closing = report_for(end_of_month(month))
    opening = report_for(month - dt.timedelta(days=1))
    trend: dict[dt.date, Report] = {}
    if closing is not None:
        first = add_months(month, 1 - TREND_MONTHS)
        of_time = committed_reports().filter(as_of__gte=first, as_of__lte=end_of_month(month))
        for report in of_time.order_by("as_of"):
            if _days(report) == _days(closing):
                trend[report.as_of.replace(day=1)] = report
    return Reports(closing, opening, trend, _gap(closing, opening))


def _gap(closing: Report | None, opening: Report | None) -> BridgeGap | None:
    if closing is None:
        return "no_report"
    if opening is None:
        return "no_report_before"
    if opening.pk == closing.pk:
        return "same_report"
    if _days(opening) != _days(closing):
        return "other_buckets"
    with_items = {report.pk for report in reports_with_items()}
    return None if {opening.pk, closing.pk} <= with_items else "no_items"


def aging_of_month(
    reports: Reports, portfolio: Portfolio
) -> tuple[dict[Manager, list[CurrencyAging]], dict[Manager, list[TrendPoint]]]:
    """Return manager → his receivables by currency, and his balances at the ends of the last months. Two queries,
    however many managers, customers and items.
    """
    if reports.closing is None:
        return {}, {}
    sums = _sums(reports, portfolio)
    moves = _movements(reports, portfolio) if reports.gap is None else {}
    agings: dict[Manager, list[CurrencyAging]] = defaultdict(list)
    opening = sums.get(reports.opening.pk, {}) if reports.opening else {}
    closing = sums.get(reports.closing.pk, {})
    for key in sorted({*opening, *closing}, key=_by_currency):
        agings[key[0]].append(_aging(key, reports, closing.get(key), opening.get(key), moves.get(key, [])))
    trend: dict[Manager, list[TrendPoint]] = defaultdict(list)
    nothing = (NOTHING,) * len(reports.buckets)
    everybody = {key for report in reports.trend.values() for key in sums.get(report.pk, {})}
    for month, report in reports.trend.items():
        for key in sorted(everybody, key=_by_currency):
            # A month end at which nothing was open is a balance of nothing, not a month that is missing.
            amounts = sums[report.pk][key].bucket_amounts if key in sums.get(report.pk, {}) else nothing
            trend[key[0]].append(TrendPoint(month, key[1], amounts))
    return agings, trend


def _by_currency(key: Key) -> tuple[str, int]:
    return key[1], key[0] or 0


@dataclass(frozen=True)
class _Sums:
    bucket_amounts: tuple[Decimal, ...]
    total_amount: Decimal
    overdue_amount: Decimal
    customers: int
    overdue_customers: int
    items: int


def _aging(
    key: Key, reports: Reports, now: _Sums | None, was: _Sums | None, moves: Sequence[Movement]
) -> CurrencyAging:
    nothing = _Sums((NOTHING,) * len(reports.buckets), NOTHING, NOTHING, 0, 0, 0)
    now = now or nothing
    aging = CurrencyAging(
        currency=key[1],
        customers=now.customers,
        overdue_customers=now.overdue_customers,
        items=now.items,
        total_amount=now.total_amount,
        overdue_amount=now.overdue_amount,
        bucket_amounts=now.bucket_amounts,
    )
    if reports.opening is None or reports.gap in {"other_buckets", "same_report"}:
        return aging
    was = was or nothing
    rows = None
    if reports.gap is None:
        rows = bridge(moves, opening=was.bucket_amounts, closing=now.bucket_amounts)
    return replace(
        aging,
        opening_total_amount=was.total_amount,
        opening_overdue_amount=was.overdue_amount,
        bridge=rows,
    )


def _sums(reports: Reports, portfolio: Portfolio) -> dict[int, dict[Key, _Sums]]:
    """Return report → manager and currency → the stored sums, credits netted in their buckets."""
    width = len(reports.buckets)
    known = {report.pk for report in reports.trend.values()}
    assert reports.closing is not None
    known.add(reports.closing.pk)
    if reports.opening is not None and reports.gap not in {"other_buckets", "same_report"}:
        known.add(reports.opening.pk)
    nets = ", ".join(
        f"sum(debit_amounts[{place}] + credit_amounts[{place}])" for place in range(1, width + 1)
    )
    text = f"""
        WITH portfolio AS ({portfolio.sql.text})
        SELECT report_id, manager_id, currency, ARRAY[{nets}], sum(total_amount), sum(overdue_amount), count(*),
            count(*) FILTER (WHERE overdue_amount > 0), sum(items)::bigint
        FROM {AgingSum._meta.db_table} JOIN portfolio USING (customer_id)
        WHERE report_id = ANY(%s){portfolio.only.text}
        GROUP BY report_id, manager_id, currency"""
    found: dict[int, dict[Key, _Sums]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(text, [*portfolio.sql.params, sorted(known), *portfolio.only.params])
        for report, manager, currency, amounts, *rest in cursor.fetchall():
            found[report][manager, currency] = _Sums(tuple(amounts), *rest)
    return found


_ITEMS = f"""SELECT customer_id, document, due_on, currency, sum(open_amount) AS amount
    FROM {OpenItem._meta.db_table} WHERE report_id = %s AND as_of = %s{{only}}
    GROUP BY customer_id, document, due_on, currency"""
MOVEMENTS = f"""
    WITH portfolio AS ({{portfolio}}),
    was AS MATERIALIZED ({_ITEMS}),
    is_now AS MATERIALIZED ({_ITEMS}),
    moved AS (
        SELECT customer_id, currency,
            CASE WHEN was.amount IS NOT NULL THEN width_bucket(%s::date - due_on, %s::int[]) END AS opening_bucket,
            CASE WHEN is_now.amount IS NOT NULL THEN width_bucket(%s::date - due_on, %s::int[]) END AS closing_bucket,
            coalesce(was.amount, 0.00) AS opening, coalesce(is_now.amount, 0.00) AS closing
        FROM was FULL JOIN is_now USING (customer_id, document, due_on, currency)
    ), by_customer AS MATERIALIZED (
        SELECT customer_id, currency, opening_bucket, closing_bucket,
            sum(opening) AS opening,
            sum(greatest(greatest(closing, 0.00) - greatest(opening, 0.00), 0.00)) AS new,
            sum(greatest(greatest(opening, 0.00) - greatest(closing, 0.00), 0.00)) AS paid,
            sum(greatest(least(closing, 0.00) - least(opening, 0.00), 0.00)) AS used,
            sum(greatest(least(opening, 0.00) - least(closing, 0.00), 0.00)) AS granted
        FROM moved GROUP BY 1, 2, 3, 4
    )
    SELECT manager_id, currency, opening_bucket, closing_bucket, sum(opening), sum(new), sum(paid), sum(used),
        sum(granted)
    FROM by_customer JOIN portfolio USING (customer_id) GROUP BY 1, 2, 3, 4"""
"""`supervision.aging_bridge.movement` for every item, summed: by customer first, so that a million items are not looked
up in the portfolio one by one."""


def _movements(reports: Reports, portfolio: Portfolio) -> dict[Key, list[Movement]]:
    opening, closing = reports.opening, reports.closing
    assert opening is not None
    assert closing is not None
    only = portfolio.only
    bounds = first_days(reports.buckets)
    params = [
        *portfolio.sql.params,
        *(opening.pk, opening.as_of, *only.params),
        *(closing.pk, closing.as_of, *only.params),
        *(opening.as_of, bounds, closing.as_of, bounds),
    ]
    found: dict[Key, list[Movement]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(MOVEMENTS.format(portfolio=portfolio.sql.text, only=only.text), params)
        for manager, currency, *figures in cursor.fetchall():
            found[manager, currency].append(Movement(*figures))
    return found

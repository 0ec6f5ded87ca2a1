"""What the reports say about customers' business and payments, for early warnings (P5.1.1–P5.1.3): one row for each
customer and currency, added up in the database.

A document counts once, in the month of its date, with the amount of the first report that lists it; credits are left
out. When an item was paid is known only as between two reports: of the days it can have been, the one nearest to its
due date counts, as in `payment_record`, and the payment belongs to the time in which the later report shows it. Both
are stored once for each report (`ReportFlow`): `services.report_flows.store_flows` comes first. The latest ledger in
force tells documents and payments by their days: payments from its first entry to its as-of date, and the months that
it covers to their end, are its instead. Aging tables have no items and say nothing.
"""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from creditrisk.dates import add_months, end_of_month
from creditrisk.policy.schema import WarningRules
from receivables.models import FileKind, LedgerEntry, OpenItem, ReportFlow
from receivables.selectors.reports import committed_reports
from receivables.warnings import DaysLate
from receivables.warnings.business import MonthAmount

NEVER = dt.date.min


@dataclass(frozen=True)
class ItemReport:
    """A report in force that lists items."""

    pk: int
    as_of: dt.date
    is_ledger: bool


@dataclass(frozen=True)
class Horizon:
    """Which reports a day's warnings are read from, and the times they compare. `first_on` is the earliest day that any
    report in force knows of; `reports` are those that the comparison reaches, with the one before; `older` the others.

    The recent time is after `recent_from`, the baseline after `baseline_from` and up to `recent_from`, both to days
    inclusive. `months` are the first days of the months of volume, oldest first; the last is the finished one.
    """

    on: dt.date
    reports: tuple[ItemReport, ...]
    older: tuple[ItemReport, ...]
    first_on: dt.date | None
    ledger: ItemReport | None
    ledger_from: dt.date
    recent_from: dt.date
    baseline_from: dt.date
    months: tuple[dt.date, ...]

    @property
    def last_on(self) -> dt.date | None:
        """The as-of date of the latest report; None without any."""
        return self.reports[-1].as_of if self.reports else None

    @property
    def knows_month(self) -> bool:
        """Whether a report shows the whole finished month: before it is there, no month is compared."""
        return self.last_on is not None and self.last_on >= end_of_month(self.months[-1])

    def last_within(self, after: dt.date, until: dt.date) -> dt.date:
        """Return the as-of date of the latest report in a time; NEVER where there is none."""
        days = [report.as_of for report in self.reports if after < report.as_of <= until]
        return max(days, default=NEVER)


@dataclass(frozen=True)
class ItemFacts:
    """A customer's business and payments in one currency. `months` go with those of the horizon."""

    customer_pk: int
    currency: str
    newest_on: dt.date | None
    oldest_on: dt.date | None
    months: tuple[MonthAmount, ...]
    recent: DaysLate
    baseline: DaysLate


def horizon(*, on: dt.date, rules: WarningRules) -> Horizon:
    """Return what the warnings of the day `on` are read from. Two queries at most."""
    in_force = committed_reports().filter(as_of__lte=on).exclude(file_kind=FileKind.AGED_TABLE)
    known = [
        ItemReport(pk, as_of, file_kind == FileKind.LEDGER)
        for pk, as_of, file_kind in in_force.order_by("as_of").values_list("pk", "as_of", "file_kind")
    ]
    recent_from = on - dt.timedelta(days=rules.repayment_recent_days)
    baseline_from = add_months(recent_from, -rules.repayment_baseline_months)
    finished = add_months(on.replace(day=1), -1)
    months = tuple(add_months(finished, -back) for back in range(rules.volume_history_months, -1, -1))
    since = min(baseline_from, months[0])
    before = [place for place, report in enumerate(known) if report.as_of <= since]
    first = before[-1] if before else 0
    ledger = next((report for report in reversed(known) if report.is_ledger), None)
    ledger_from = _first_entry(ledger) if ledger else None
    first_days = [day for day in (known[0].as_of if known else None, ledger_from) if day is not None]
    return Horizon(
        on=on,
        reports=tuple(known[first:]),
        older=tuple(known[:first]),
        first_on=min(first_days, default=None),
        ledger=ledger if ledger_from is not None else None,
        ledger_from=ledger_from or NEVER,
        recent_from=recent_from,
        baseline_from=baseline_from,
        months=months,
    )


def _first_entry(ledger: ItemReport) -> dt.date | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT min(booked_on) FROM {LedgerEntry._meta.db_table} WHERE report_id = %s AND as_of = %s",
            [ledger.pk, ledger.as_of],
        )
        row: tuple[dt.date | None] = cursor.fetchone()
    return row[0]


def item_facts(seen: Horizon, *, first_pk: int, last_pk: int) -> dict[int, list[ItemFacts]]:
    """Return customer → his facts by currency, of the customers whose primary keys are in a range. At most two
    statements, however many customers and items."""
    rows: list[tuple[Any, ...]] = []
    if seen.reports:
        params = _params(seen) | {"first": first_pk, "last": last_pk}
        rows += _fetched(_facts_of_reports(len(seen.months)), params)
        if seen.ledger is not None:
            rows += _fetched(_facts_of_ledger(len(seen.months)), params)
    together: dict[tuple[int, str], ItemFacts] = {}
    for row in rows:
        facts = _facts(row, seen.months)
        key = facts.customer_pk, facts.currency
        together[key] = _added(together[key], facts) if key in together else facts
    found: dict[int, list[ItemFacts]] = defaultdict(list)
    for facts in together.values():
        found[facts.customer_pk].append(facts)
    return dict(found)


def _facts(row: Sequence[Any], months: Sequence[dt.date]) -> ItemFacts:
    customer, currency, newest, oldest, amounts, recent, recent_days, baseline, baseline_days = row
    return ItemFacts(
        customer_pk=customer,
        currency=currency,
        newest_on=newest,
        oldest_on=oldest,
        months=tuple(zip(months, amounts, strict=True)),
        recent=DaysLate(recent, recent_days),
        baseline=DaysLate(baseline, baseline_days),
    )


def _added(one: ItemFacts, other: ItemFacts) -> ItemFacts:
    """Return what reports and ledger say together."""
    newest = [day for day in (one.newest_on, other.newest_on) if day is not None]
    oldest = [day for day in (one.oldest_on, other.oldest_on) if day is not None]
    return ItemFacts(
        customer_pk=one.customer_pk,
        currency=one.currency,
        newest_on=max(newest, default=None),
        oldest_on=min(oldest, default=None),
        months=tuple(
            (month, amount + more)
            for (month, amount), (_month, more) in zip(one.months, other.months, strict=True)
        ),
        recent=one.recent + other.recent,
        baseline=one.baseline + other.baseline,
    )


def last_business_before(seen: Horizon, customer_pks: Collection[int]) -> dict[int, dt.date]:
    """Return customer → the date of his newest document in the reports that are older than the horizon, for customers
    of whom the others know none. One statement."""
    if not seen.older or not customer_pks:
        return {}
    params = {
        "reports": [report.pk for report in seen.older],
        "days": [report.as_of for report in seen.older],
        "customers": list(customer_pks),
    }
    return dict(_fetched(LAST_BUSINESS, params))


def average_by_report(
    seen: Horizon, customer_pks: Collection[int]
) -> dict[tuple[int, str], list[tuple[dt.date, Decimal]]]:
    """Return (customer, currency) → the average days late of what each report shows as paid, oldest first: for the
    chart of those whose repayment warns. One statement."""
    if not seen.reports or not customer_pks:
        return {}
    found: dict[tuple[int, str], list[tuple[dt.date, Decimal]]] = defaultdict(list)
    params = _params(seen) | {"customers": list(customer_pks)}
    for customer, currency, day, average in _fetched(AVERAGES, params):
        found[customer, currency].append((day, average))
    return dict(found)


def _params(seen: Horizon) -> dict[str, Any]:
    ledger_knows = seen.ledger is not None and seen.ledger_from <= seen.recent_from <= seen.ledger.as_of
    ledger_to = seen.ledger.as_of if seen.ledger else NEVER
    return {
        "reports": [report.pk for report in seen.reports],
        "days": [report.as_of for report in seen.reports],
        "on": seen.on,
        "recent_from": seen.recent_from,
        "baseline_from": seen.baseline_from,
        "recent_end": seen.last_within(seen.recent_from, seen.on),
        "baseline_end": NEVER if ledger_knows else seen.last_within(seen.baseline_from, seen.recent_from),
        "ledger": seen.ledger.pk if seen.ledger else 0,
        "ledger_from": seen.ledger_from,
        "ledger_to": ledger_to,
        "ledger_end": seen.recent_from if ledger_knows else NEVER,
        "ledger_month": seen.ledger_from.replace(day=1),
        "ledger_to_month": _last_whole_month(ledger_to) if seen.ledger else NEVER,
        **{f"month_{place}": month for place, month in enumerate(seen.months)},
    }


def _last_whole_month(day: dt.date) -> dt.date:
    """Return the first day of the last month that has ended by a day, its last day included."""
    return add_months((day + dt.timedelta(days=1)).replace(day=1), -1)


def _fetched(sql: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Any] = cursor.fetchall()
    return rows


def _added_up(amount: str, days: str, condition: str) -> str:
    """Return the SQL for two sums: the amounts of some rows, and the amounts times their days."""
    return (
        f"coalesce(sum({amount}) FILTER (WHERE {condition}), 0),"
        f" coalesce(sum({amount} * {days}) FILTER (WHERE {condition}), 0)"
    )


def _by_month(condition: str, count: int) -> str:
    """Return the SQL for an array with the business of each month."""
    sums = (
        f"coalesce(sum(amount) FILTER (WHERE {condition}"
        f" AND date_trunc('month', document_on) = %(month_{place})s"
        f" AND %(month_{place})s BETWEEN %(ledger_month)s AND %(ledger_to_month)s), 0)"
        for place in range(count)
    )
    return f"ARRAY[{', '.join(sums)}]"


def _both(amount: str, condition: str) -> str:
    """Return the SQL for the two sums of a flow: an amount, and the amount times its days."""
    return (
        f"coalesce(sum({amount}) FILTER (WHERE {condition}), 0),"
        f" coalesce(sum({amount}_days) FILTER (WHERE {condition}), 0)"
    )


_BY_LEDGER = "report.day BETWEEN %(ledger_from)s AND %(ledger_to)s"
_FLOWS = f"""
    {ReportFlow._meta.db_table} AS flow
    JOIN unnest(%(reports)s::bigint[], %(days)s::date[]) AS report (id, day) ON report.id = flow.report_id"""


def _facts_of_reports(months: int) -> str:
    recent = _both("paid_amount", f"day > %(recent_from)s AND day <= %(on)s AND NOT {_BY_LEDGER}")
    baseline = _both(
        "paid_amount", f"day > %(baseline_from)s AND day <= %(recent_from)s AND NOT {_BY_LEDGER}"
    )
    by_month = (
        "coalesce(sum(business_amount) FILTER (WHERE"
        f" month_on = %(month_{place})s AND NOT month_on BETWEEN %(ledger_month)s AND %(ledger_to_month)s), 0)"
        for place in range(months)
    )
    return f"""
    WITH added AS (
        SELECT customer_id, currency, max(newest_on) AS newest, min(oldest_on) AS oldest,
            ARRAY[{", ".join(by_month)}] AS months, ARRAY[{recent}] AS recent, ARRAY[{baseline}] AS baseline,
            ARRAY[{_both("overdue_amount", "day = %(recent_end)s")}] AS recent_open,
            ARRAY[{_both("overdue_amount", "day = %(baseline_end)s")}] AS baseline_open
        FROM {_FLOWS} WHERE customer_id BETWEEN %(first)s AND %(last)s
        GROUP BY customer_id, currency
    )
    SELECT customer_id, currency, newest, oldest, months,
        recent[1] + recent_open[1], recent[2] + recent_open[2],
        baseline[1] + baseline_open[1], baseline[2] + baseline_open[2]
    FROM added"""


def _facts_of_ledger(months: int) -> str:
    """Return the SQL for what the ledger tells: its invoices, the payments by their days, and what was open and past
    due at the end of the baseline where it knows that day."""
    paid, late = "-amount", "(booked_on - due_on)"
    recent = _added_up(
        paid, late, "is_payment AND amount < 0 AND booked_on > %(recent_from)s AND booked_on <= %(on)s"
    )
    baseline = _added_up(
        paid,
        late,
        "is_payment AND amount < 0 AND booked_on > %(baseline_from)s AND booked_on <= %(recent_from)s",
    )
    return f"""
    WITH entry AS (
        SELECT {_KEY}, amount, document_on, booked_on, is_payment, NOT is_payment AND amount > 0 AS is_invoice
        FROM {LedgerEntry._meta.db_table}
        WHERE report_id = %(ledger)s AND as_of = %(ledger_to)s AND customer_id BETWEEN %(first)s AND %(last)s
            AND booked_on <= %(ledger_to)s
    ), balance AS (
        SELECT customer_id, currency, due_on, sum(amount) AS open_amount FROM entry
        WHERE booked_on <= %(ledger_end)s GROUP BY {_KEY} HAVING sum(amount) > 0 AND due_on < %(ledger_end)s
    ), overdue AS (
        SELECT customer_id, currency, sum(open_amount) AS amount,
            sum(open_amount * (%(ledger_end)s::date - due_on)) AS days
        FROM balance GROUP BY customer_id, currency
    ), added AS (
        SELECT customer_id, currency, max(document_on) FILTER (WHERE is_invoice) AS newest,
            min(document_on) FILTER (WHERE is_invoice) AS oldest, {_by_month("is_invoice", months)} AS months,
            ARRAY[{recent}] AS recent, ARRAY[{baseline}] AS baseline
        FROM entry GROUP BY customer_id, currency
    )
    SELECT customer_id, currency, newest, oldest, months, recent[1], recent[2],
        baseline[1] + coalesce(overdue.amount, 0), baseline[2] + coalesce(overdue.days, 0)
    FROM added LEFT JOIN overdue USING (customer_id, currency)"""


_KEY = "customer_id, currency, document, due_on"
AVERAGES = f"""
    SELECT customer_id, currency, day, round(sum(paid_amount_days) / sum(paid_amount), 1)
    FROM {_FLOWS} WHERE customer_id = ANY(%(customers)s) AND day > %(baseline_from)s
    GROUP BY customer_id, currency, day HAVING sum(paid_amount) > 0 ORDER BY customer_id, currency, day"""
LAST_BUSINESS = f"""
    SELECT customer_id, max(least(coalesce(document_on, due_on), as_of)) FROM {OpenItem._meta.db_table}
    WHERE report_id = ANY(%(reports)s) AND as_of = ANY(%(days)s::date[]) AND customer_id = ANY(%(customers)s)
        AND amount > 0
    GROUP BY customer_id"""

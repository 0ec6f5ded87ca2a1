"""Customers who stand out in a month, by customer service manager: the most overdue, and whom we owe as well."""

# ruff: noqa: S608 - only names and numbers of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db import connection

from creditrisk.dates import end_of_month
from customers.models import Customer, CustomerState, GradeChange
from receivables.models import AgingSum, PayableSum, Report
from receivables.selectors.aged_sums import Sql
from supervision.migration import GradeMove
from supervision.selectors.summary_portfolio import Portfolio
from supervision.summary_facts import TOP, OverdueCustomer, PayableCustomer, PayableTotals

Manager = int | None


def _rows(sql: Sql) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.text, sql.params)
        return list(cursor.fetchall())


def most_overdue(
    closing: Report | None, portfolio: Portfolio
) -> tuple[dict[Manager, list[OverdueCustomer]], list[OverdueCustomer]]:
    """Return manager → his customers with most past due, at most TOP in each currency, and the same of the group. One
    query.
    """
    if closing is None:
        return {}, []
    text = f"""
        WITH portfolio AS ({portfolio.sql.text}), ranked AS (
            SELECT manager_id, customer_id, currency, overdue_amount, total_amount, debit_amounts,
                row_number() OVER (PARTITION BY manager_id, currency ORDER BY overdue_amount DESC, customer_id) AS own,
                row_number() OVER (PARTITION BY currency ORDER BY overdue_amount DESC, customer_id) AS place
            FROM {AgingSum._meta.db_table} JOIN portfolio USING (customer_id)
            WHERE report_id = %s AND overdue_amount > 0{portfolio.only.text}
        )
        SELECT ranked.manager_id, ranked.own, ranked.place, customer.number, customer.name, customer.grade,
            ranked.currency, ranked.overdue_amount, ranked.total_amount, ranked.debit_amounts
        FROM ranked JOIN {Customer._meta.db_table} AS customer ON customer.id = ranked.customer_id
        WHERE ranked.own <= %s OR ranked.place <= %s ORDER BY ranked.currency, ranked.place"""
    params = (*portfolio.sql.params, closing.pk, *portfolio.only.params, TOP, TOP)
    own: dict[Manager, list[OverdueCustomer]] = defaultdict(list)
    group = []
    for manager, own_place, place, number, name, grade, currency, overdue, total, debits in _rows(
        Sql(text, params)
    ):
        oldest = max((position for position, debit in enumerate(debits) if debit), default=0)
        customer = OverdueCustomer(number, name, grade, currency, overdue, total, oldest)
        if own_place <= TOP:
            own[manager].append(customer)
        if place <= TOP:
            group.append(customer)
    return own, group


def payables_beside(
    payables: Report | None, closing: Report | None, portfolio: Portfolio
) -> tuple[dict[Manager, list[PayableTotals]], dict[Manager, list[PayableCustomer]], list[PayableCustomer]]:
    """Return manager → what we owe his customers beside what they owe us, by currency; manager → those we owe most, at
    most TOP in each currency, and the same of the group (P3.2.4). Two queries.
    """
    if payables is None:
        return {}, {}, []
    owed = f"""
        WITH portfolio AS ({portfolio.sql.text}), owed AS (
            SELECT portfolio.manager_id, payable.customer_id, payable.currency, payable.total_amount AS payable,
                coalesce(aging.total_amount, 0.00) AS receivable
            FROM (
                SELECT * FROM {PayableSum._meta.db_table} WHERE report_id = %s AND total_amount <>
            0{portfolio.only.text} ) AS payable JOIN portfolio USING (customer_id)
            LEFT JOIN {AgingSum._meta.db_table} AS aging ON aging.report_id = %s
                AND aging.customer_id = payable.customer_id AND aging.currency = payable.currency
        )"""
    params = (
        *portfolio.sql.params,
        payables.pk,
        *portfolio.only.params,
        None if closing is None else closing.pk,
    )
    sums = f"""{owed}
        SELECT manager_id, currency, count(*), sum(receivable), sum(payable),
            sum(greatest(least(receivable, payable), 0.00))
        FROM owed GROUP BY 1, 2 ORDER BY 2, 1"""
    totals: dict[Manager, list[PayableTotals]] = defaultdict(list)
    for manager, *figures in _rows(Sql(sums, params)):
        totals[manager].append(PayableTotals(*figures))
    ranked = f"""{owed}, ranked AS (
            SELECT owed.*,
                row_number() OVER (PARTITION BY manager_id, currency ORDER BY payable DESC, customer_id) AS own,
                row_number() OVER (PARTITION BY currency ORDER BY payable DESC, customer_id) AS place
            FROM owed
        )
        SELECT ranked.manager_id, own, place, customer.number, customer.name, ranked.currency, receivable, payable
        FROM ranked JOIN {Customer._meta.db_table} AS customer ON customer.id = ranked.customer_id
        WHERE own <= %s OR place <= %s ORDER BY ranked.currency, place"""
    own: dict[Manager, list[PayableCustomer]] = defaultdict(list)
    group = []
    for manager, own_place, place, *who in _rows(Sql(ranked, (*params, TOP, TOP))):
        if own_place <= TOP:
            own[manager].append(PayableCustomer(*who))
        if place <= TOP:
            group.append(PayableCustomer(*who))
    return totals, own, group


def _grade_on(day: str) -> str:
    """Return the SQL of `supervision.migration.grade_on` for the customer of the row."""
    history = (
        f"FROM {GradeChange._meta.db_table} AS change WHERE change.customer_id = customer.id AND effective_on"
    )
    return f"""coalesce(
        (SELECT change.new {history} <= {day} ORDER BY effective_on DESC, id DESC LIMIT 1),
        (SELECT change.old {history} > {day} ORDER BY effective_on, id LIMIT 1), customer.grade)"""


def grade_moves(month: dt.date, portfolio: Portfolio) -> dict[Manager, list[GradeMove]]:
    """Return manager → how the grades of his customers moved from the end of the month before to the end of `month`
    (its first day), by old and new grade; closed files are left out. One query.
    """
    text = f"""
        WITH portfolio AS ({portfolio.sql.text}), graded AS (
            SELECT portfolio.manager_id, {_grade_on("%s::date")} AS old, {_grade_on("%s::date")} AS new
            FROM {Customer._meta.db_table} AS customer JOIN portfolio ON portfolio.customer_id = customer.id
            WHERE customer.state <> %s
        )
        SELECT manager_id, old, new, count(*) FROM graded GROUP BY 1, 2, 3 ORDER BY 2, 3"""
    before, end = month - dt.timedelta(days=1), end_of_month(month)
    params = (*portfolio.sql.params, before, before, end, end, CustomerState.CLOSED.value)
    found: dict[Manager, list[GradeMove]] = defaultdict(list)
    for manager, old, new, customers in _rows(Sql(text, params)):
        found[manager].append(GradeMove(old, new, customers))
    return found

"""Grades at two times: how many customers have which, how they moved, and what they owe (P3.1 e, P5.2.2)."""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    CharField,
    DecimalField,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Round

from creditrisk.exchange_rates.conversion import Rates
from creditrisk.policy.schema import GRADES
from customers.models import Customer, CustomerQuerySet, CustomerState, GradeChange
from receivables.models import AgingSum, Report
from receivables.selectors.aged_sums import Sql
from supervision.kpis import UNGRADED, Migration
from supervision.selectors.sums import NOTHING, condition_on, rate_values

CHANGES, CUSTOMERS, SUMS = GradeChange._meta.db_table, Customer._meta.db_table, AgingSum._meta.db_table
PACKED = """(((effective_on - DATE '1900-01-01')::bigint << 43) | (id << 3) | strpos('ABCD', new))"""
"""A change as one number, the later the larger: its day, its key, its grade. The largest number of a customer is his
latest change; a hundred thousand of them are looked through without being sorted.
"""
NO_GRADE = "none"
"""How an address names customers without a grade."""


@dataclass(frozen=True)
class GradeAmounts:
    """What the customers of one grade owe, in the company's currency."""

    exposure_amount: Decimal = NOTHING
    overdue_amount: Decimal = NOTHING


@dataclass(frozen=True)
class GradeFigures:
    """Grades on `then_on` and on the day of a report, and what customers of each grade owe by it."""

    then_on: dt.date
    migration: Migration
    amounts: Mapping[str, GradeAmounts]

    def amounts_of(self, grade: str) -> GradeAmounts:
        """Return what the customers with a grade owe."""
        return self.amounts.get(grade, GradeAmounts())


def grade_figures(
    *, report: Report, then_on: dt.date, rates: Rates, customers: QuerySet[Customer] | None
) -> GradeFigures:
    """Return the grades of customers whose files are open today: of all (None) or of some. One query.

    A grade on a day is the one that the grade history gives by then. Who had none by the day of the report counts as
    ungraded where he owes something by it, and not at all where he does not.
    """
    only, known = condition_on(customers), rate_values(rates)
    text = f"""
        SELECT coalesce({_grade("graded.was")}, ''), coalesce({_grade("graded.now")}, ''), count(*),
            sum(owed.total_amount), sum(owed.overdue_amount)
        FROM (
            SELECT customer_id, max(change) FILTER (WHERE effective_on <= %s) AS was, max(change) AS now FROM (
                SELECT customer_id, effective_on, {PACKED} AS change FROM {CHANGES} WHERE effective_on <= %s{only.text}
            ) AS changed GROUP BY customer_id
        ) AS graded FULL JOIN (
            SELECT customer_id, sum(round(total_amount * rate.rate, 2)) AS total_amount,
                sum(round(overdue_amount * rate.rate, 2)) AS overdue_amount
            FROM {SUMS} JOIN (VALUES {known.text}) AS rate (currency, rate) USING (currency)
            WHERE report_id = %s{only.text} GROUP BY customer_id
        ) AS owed USING (customer_id) JOIN {CUSTOMERS} AS customer ON customer.id = customer_id
        WHERE customer.state <> %s GROUP BY 1, 2"""
    day = report.as_of
    params = [then_on, day, *only.params, *known.params, report.pk, *only.params, CustomerState.CLOSED]
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        rows = cursor.fetchall()
    amounts: dict[str, GradeAmounts] = {}
    for _was, now, _count, total, overdue in rows:
        sofar = amounts.get(now, GradeAmounts())
        amounts[now] = GradeAmounts(
            sofar.exposure_amount + (total or NOTHING), sofar.overdue_amount + (overdue or NOTHING)
        )
    return GradeFigures(then_on, Migration({(was, now): count for was, now, count, *_sums in rows}), amounts)


def _grade(packed: str) -> str:
    """Return the SQL of the grade in a change that is packed into a number."""
    return f"substr('ABCD', ({packed} & 7)::int, 1)"


def graded_customers(
    customers: CustomerQuerySet, *, report: Report, then_on: dt.date, rates: Rates
) -> CustomerQuerySet:
    """Return the customers that `grade_figures` counts, with `grade_now` (on the day of the report), `grade_then`,
    `exposure_amount` and `overdue_amount` in the company's currency.
    """
    annotated: Any = (
        customers.exclude(state=CustomerState.CLOSED)
        .annotate(
            grade_now=_grade_on(report.as_of),
            grade_then=_grade_on(then_on),
            exposure_amount=_owed("total_amount", report, rates),
            overdue_amount=_owed("overdue_amount", report, rates),
        )
        .defer("bank_account")
    )
    listed: CustomerQuerySet = annotated.exclude(grade_now=UNGRADED, exposure_amount__isnull=True)
    return listed


def _grade_on(day: dt.date) -> Coalesce:
    changes = GradeChange.objects.filter(customer=OuterRef("pk"), effective_on__lte=day)
    latest = changes.order_by("-effective_on", "-pk").values("new")[:1]
    return Coalesce(Subquery(latest), Value(UNGRADED), output_field=CharField())


def _owed(field: str, report: Report, rates: Rates) -> Subquery:
    rate = Case(
        *(When(currency=currency, then=Value(rate)) for currency, rate in rates.by_currency.items()),
        output_field=DecimalField(max_digits=18, decimal_places=8),
    )
    sums = AgingSum.objects.filter(
        report=report, customer=OuterRef("pk"), currency__in=list(rates.by_currency)
    )
    amount = sums.order_by().values("customer").annotate(amount=Sum(Round(F(field) * rate, precision=2)))
    return Subquery(amount.values("amount"), output_field=DecimalField(max_digits=24, decimal_places=2))


def grade_choices() -> list[str]:
    """Return the grades as addresses name them, from A to D, then none."""
    return [*GRADES, NO_GRADE]


@dataclass(frozen=True)
class LargeCustomer:
    """One of the largest exposures, in the company's currency."""

    number: str
    name: str
    exposure_amount: Decimal
    overdue_amount: Decimal


def largest_customers(
    report: Report, *, rates: Rates, customers: QuerySet[Customer] | None, limit: int
) -> list[LargeCustomer]:
    """Return the customers who owe most by a report, the largest first: of all (None) or of some. One query."""
    only: Sql = condition_on(customers)
    known = rate_values(rates)
    text = f"""
        SELECT customer.number, customer.name, owed.total_amount, owed.overdue_amount FROM (
            SELECT customer_id, sum(round(total_amount * rate.rate, 2)) AS total_amount,
                sum(round(overdue_amount * rate.rate, 2)) AS overdue_amount
            FROM {SUMS} JOIN (VALUES {known.text}) AS rate (currency, rate) USING (currency)
            WHERE report_id = %s{only.text} GROUP BY customer_id
            ORDER BY 2 DESC, customer_id LIMIT %s
        ) AS owed JOIN {CUSTOMERS} AS customer ON customer.id = owed.customer_id
        WHERE owed.total_amount > 0 ORDER BY 3 DESC, 1"""
    with connection.cursor() as cursor:
        cursor.execute(text, [*known.params, report.pk, *only.params, limit])
        return [LargeCustomer(*row) for row in cursor.fetchall()]

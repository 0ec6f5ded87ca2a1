"""Sums per customer, currency and aging bucket in SQL: the one statement of the rule that commits and pages
share.

`receivables.aging.aged_totals` is the same rule in plain Python; the tests compare the two.
"""

# ruff: noqa: S608 - only names and numbers of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from creditrisk.policy.schema import AgingBucket
from receivables.models import AgingSum, AgingTotal, OpenItem, Report

SUMS_TABLE = AgingSum._meta.db_table
TOTALS_TABLE = AgingTotal._meta.db_table
ITEMS_TABLE = OpenItem._meta.db_table


@dataclass(frozen=True)
class Sql:
    """A piece of SQL with its parameters."""

    text: str
    params: tuple[Any, ...] = ()


EVERYTHING = Sql("")
"""No condition beside the report. A condition starts with AND and is about customer_id and currency."""


def stored_sums(report: Report, only: Sql = EVERYTHING) -> Sql:
    """Return the sums as they were stored when `report` was committed: a SELECT with the columns customer_id,
    currency, debit_amounts, credit_amounts, total_amount, overdue_amount and items.
    """
    return Sql(
        "SELECT customer_id, currency, debit_amounts, credit_amounts, total_amount, overdue_amount, items"
        f" FROM {SUMS_TABLE} WHERE report_id = %s{only.text}",
        (report.pk, *only.params),
    )


def computed_sums(
    report: Report,
    *,
    as_of: dt.date,
    buckets: Sequence[AgingBucket],
    only: Sql = EVERYTHING,
    by_contract: bool = False,
) -> Sql:
    """Return the sums of the items of `report`, aged to `as_of` and grouped by `buckets`: the columns of
    `stored_sums`, and contract_number where grouped by it.

    Each item falls into one slot: its bucket, and as many further for a credit.
    """
    group = "customer_id, currency, contract_number" if by_contract else "customer_id, currency"
    width = len(buckets)
    text = f"""
        SELECT {group}, ARRAY[{_slot_sums(range(width))}] AS debit_amounts,
            ARRAY[{_slot_sums(range(width, 2 * width))}] AS credit_amounts,
            SUM(open_amount) AS total_amount,
            COALESCE(SUM(open_amount) FILTER (WHERE slot NOT IN (0, {width})), 0.00) AS overdue_amount,
            COUNT(*)::int AS items
        FROM (
            SELECT {group}, open_amount,
                width_bucket(%s::date - due_on, %s::int[]) + CASE WHEN open_amount < 0 THEN {width} ELSE 0 END
                AS slot
            FROM {ITEMS_TABLE} WHERE report_id = %s{only.text} OFFSET 0
        ) AS slotted
        GROUP BY {group}"""
    return Sql(text, (as_of, first_days(buckets), report.pk, *only.params))


def totals_of(sums: Sql, *, width: int) -> Sql:
    """Return the totals per currency of a SELECT of sums with `width` buckets: a SELECT with the columns currency,
    debit_amounts, credit_amounts, total_amount, overdue_amount, items and customers.
    """
    debits, credits_ = (
        ", ".join(f"SUM(aged.{kind}_amounts[{index}])" for index in range(1, width + 1))
        for kind in ("debit", "credit")
    )
    text = f"""
        SELECT aged.currency, ARRAY[{debits}] AS debit_amounts, ARRAY[{credits_}] AS credit_amounts,
            SUM(aged.total_amount) AS total_amount, SUM(aged.overdue_amount) AS overdue_amount,
            SUM(aged.items)::int AS items, COUNT(*)::int AS customers
        FROM ({sums.text}) AS aged GROUP BY aged.currency"""
    return Sql(text, sums.params)


def stored_totals(report: Report, *, currency: str = "") -> Sql:
    """Return the totals over all customers as they were stored: the columns of `totals_of`."""
    return Sql(
        "SELECT currency, debit_amounts, credit_amounts, total_amount, overdue_amount, items, customers"
        f" FROM {TOTALS_TABLE} WHERE report_id = %s AND %s IN ('', currency)",
        (report.pk, currency),
    )


def _slot_sums(slots: Iterable[int]) -> str:
    return ", ".join(f"COALESCE(SUM(open_amount) FILTER (WHERE slot = {slot}), 0.00)" for slot in slots)


def first_days(buckets: Sequence[AgingBucket]) -> list[int]:
    """Return the first day past due of every bucket but the first: 1, 31, 61, … (an upper bound belongs to
    its bucket).
    """
    return [bucket.up_to_days + 1 for bucket in buckets if bucket.up_to_days is not None]

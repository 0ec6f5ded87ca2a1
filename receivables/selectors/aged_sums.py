"""Sums per customer, currency and aging bucket in SQL: the one statement of the rule that commits and pages
share.

`receivables.aging.aged_totals` is the same rule in plain Python; the tests compare the two.
"""

# ruff: noqa: S608 - only names and numbers of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from creditrisk.policy.schema import AgingBucket
from receivables.models import AgingSum, OpenItem, Report

Parameter = object
SUMS_TABLE = AgingSum._meta.db_table
ITEMS_TABLE = OpenItem._meta.db_table


@dataclass(frozen=True)
class SumsSource:
    """A SELECT with the columns customer_id, currency (and contract_number where grouped by it),
    debit_amounts, credit_amounts, total_amount, overdue_amount, items.
    """

    sql: str
    params: tuple[Parameter, ...]


def stored_sums(report: Report) -> SumsSource:
    """Return the sums as they were stored when `report` was committed."""
    return SumsSource(
        "SELECT customer_id, currency, debit_amounts, credit_amounts, total_amount, overdue_amount, items"
        f" FROM {SUMS_TABLE} WHERE report_id = %s",
        (report.pk,),
    )


def computed_sums(
    report: Report, *, as_of: dt.date, buckets: Sequence[AgingBucket], by_contract: bool = False
) -> SumsSource:
    """Return the sums of the items of `report`, aged to `as_of` and grouped by `buckets`.

    Each item falls into one slot: its bucket, and as many further for a credit.
    """
    group = "customer_id, currency, contract_number" if by_contract else "customer_id, currency"
    width = len(buckets)
    sql = f"""
        SELECT {group}, ARRAY[{_slot_sums(range(width))}] AS debit_amounts,
            ARRAY[{_slot_sums(range(width, 2 * width))}] AS credit_amounts,
            SUM(open_amount) AS total_amount,
            COALESCE(SUM(open_amount) FILTER (WHERE slot NOT IN (0, {width})), 0.00) AS overdue_amount,
            COUNT(*)::int AS items
        FROM (
            SELECT {group}, open_amount,
                width_bucket(%s::date - due_on, %s::int[]) + CASE WHEN open_amount < 0 THEN {width} ELSE 0 END
                AS slot
            FROM {ITEMS_TABLE} WHERE report_id = %s OFFSET 0
        ) AS slotted
        GROUP BY {group}"""
    return SumsSource(sql, (as_of, first_days(buckets), report.pk))


def _slot_sums(slots: Iterable[int]) -> str:
    return ", ".join(f"COALESCE(SUM(open_amount) FILTER (WHERE slot = {slot}), 0.00)" for slot in slots)


def first_days(buckets: Sequence[AgingBucket]) -> list[int]:
    """Return the first day past due of every bucket but the first: 1, 31, 61, … (an upper bound belongs to
    its bucket).
    """
    return [bucket.up_to_days + 1 for bucket in buckets if bucket.up_to_days is not None]

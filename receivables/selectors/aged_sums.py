"""Sums per customer, currency and aging bucket in SQL: the one statement of the rule that commits and pages
share.

`receivables.aging.aged_totals` is the same rule in plain Python; the tests compare the two.
"""

# ruff: noqa: S608 - only names and numbers of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from creditrisk.exchange_rates.conversion import Rates
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import AgingBucket
from receivables.models import AgingSum, AgingTotal, FileKind, LedgerEntry, OpenItem, Report

Basis = Literal["due", "document"]
"""Where an item's age counts from: its due date, or its document's date."""

SUMS_TABLE = AgingSum._meta.db_table
TOTALS_TABLE = AgingTotal._meta.db_table
ITEMS_TABLE = OpenItem._meta.db_table
LEDGER_TABLE = LedgerEntry._meta.db_table


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


def buckets_of(report: Report, version: PolicyVersion) -> tuple[AgingBucket, ...]:
    """Return the buckets in which a report is shown: the policy's, or those of the file (`Report.own_buckets`)."""
    if report.own_buckets:
        return tuple(AgingBucket(**bucket) for bucket in report.own_buckets)
    return version.policy.aging_buckets


def is_rebuilt(report: Report, *, as_of: dt.date) -> bool:
    """Return whether the items of `report` on a day are not its own but what its ledger knew of the day."""
    return report.file_kind == FileKind.LEDGER and as_of < report.as_of


def items_sql(report: Report, *, as_of: dt.date, only: Sql = EVERYTHING) -> Sql:
    """Return the items of `report` on a day, as a SELECT with the columns of open items: its own, or for a day before
    it what its ledger had invoiced and not been paid by then (`receivables.open_amounts.open_on`).
    """
    where = f"report_id = %s AND as_of = %s{only.text}"
    if not is_rebuilt(report, as_of=as_of):
        return Sql(f"SELECT * FROM {ITEMS_TABLE} WHERE {where}", (report.pk, report.as_of, *only.params))
    text = f"""
        SELECT min(id) AS id, report_id, as_of, customer_id, min(row_number) AS row_number, document,
            min(document_on) AS document_on, due_on, min(due_basis) AS due_basis, currency,
            COALESCE(NULLIF(SUM(amount) FILTER (WHERE NOT is_payment), 0), SUM(amount)) AS amount,
            SUM(amount) AS open_amount, min(contract_number) AS contract_number, min(description) AS description
        FROM {LEDGER_TABLE} WHERE {where} AND booked_on <= %s
        GROUP BY report_id, as_of, customer_id, document, due_on, currency HAVING SUM(amount) <> 0"""
    return Sql(text, (report.pk, report.as_of, *only.params, as_of))


def computed_sums(
    report: Report,
    *,
    as_of: dt.date,
    buckets: Sequence[AgingBucket],
    only: Sql = EVERYTHING,
    by_contract: bool = False,
    basis: Basis = "due",
) -> Sql:
    """Return the sums of the items of `report`, aged to `as_of` and grouped by `buckets`: the columns of
    `stored_sums`, and contract_number where grouped by it.

    Each item falls into one slot: its bucket, and as many further for a credit. Its age counts from its due date, or
    by the `basis` "document" from the document's date.
    """
    group = "customer_id, currency, contract_number" if by_contract else "customer_id, currency"
    width = len(buckets)
    start = "due_on" if basis == "due" else "COALESCE(document_on, due_on)"
    aged_to = min(as_of, report.as_of) if report.file_kind == FileKind.AGED_TABLE else as_of
    items = items_sql(report, as_of=as_of, only=only)
    text = f"""
        SELECT {group}, ARRAY[{_slot_sums(range(width))}] AS debit_amounts,
            ARRAY[{_slot_sums(range(width, 2 * width))}] AS credit_amounts,
            SUM(open_amount) AS total_amount,
            COALESCE(SUM(open_amount) FILTER (WHERE slot NOT IN (0, {width})), 0.00) AS overdue_amount,
            COUNT(*)::int AS items
        FROM (
            SELECT {group}, open_amount,
                width_bucket(%s::date - {start}, %s::int[]) + CASE WHEN open_amount < 0 THEN {width} ELSE 0 END
                AS slot
            FROM ({items.text}) AS item OFFSET 0
        ) AS slotted
        GROUP BY {group}"""
    return Sql(text, (aged_to, first_days(buckets), *items.params))


def converted_sums(sums: Sql, rates: Rates, *, width: int, by_contract: bool) -> Sql:
    """Return a SELECT of sums in the base currency of `rates`: the columns of `sums`. Amounts are rounded half-up to
    the cent one by one, as `Rates.in_base` does.
    """
    group = "customer_id, contract_number" if by_contract else "customer_id"
    debits, credits_ = (
        [f"SUM(round({kind}_amounts[{index}] * rate.rate, 2))" for index in range(1, width + 1)]
        for kind in ("debit", "credit")
    )
    known = ", ".join(["(%s, %s::numeric)"] * len(rates.by_currency))
    text = f"""
        SELECT {group}, %s AS currency, ARRAY[{", ".join(debits)}] AS debit_amounts,
            ARRAY[{", ".join(credits_)}] AS credit_amounts, {" + ".join([*debits, *credits_])} AS total_amount,
            {" + ".join([*debits[1:], *credits_[1:]])} AS overdue_amount, SUM(items)::int AS items
        FROM ({sums.text}) AS given JOIN (VALUES {known}) AS rate (currency, rate) USING (currency)
        GROUP BY {group}"""
    pairs = [value for pair in sorted(rates.by_currency.items()) for value in pair]
    return Sql(text, (rates.base_currency, *sums.params, *pairs))


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

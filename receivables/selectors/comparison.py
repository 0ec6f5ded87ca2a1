"""Two reports side by side: what is new, paid, changed and gone, the bridge between the balances, and how items moved
from bucket to bucket (P5.2.2, P3.1 e).

An item is known across reports by customer, document, due date and currency; its lines in one report count together.
Amounts are in the currency beside them.
"""

# ruff: noqa: S608 - only names and numbers of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.db import connection

from creditrisk.policy.schema import AgingBucket
from customers.models import Customer
from receivables.models import Report
from receivables.selectors.aged_sums import EVERYTHING, Sql, first_days, items_sql

Change = Literal["new", "paid", "vanished", "part_paid", "raised"]
CHANGES: tuple[Change, ...] = ("new", "paid", "vanished", "part_paid", "raised")
NOTHING = Decimal("0.00")
CUSTOMERS_TABLE = Customer._meta.db_table


@dataclass(frozen=True)
class Bridge:
    """How one currency's balance came about: opening + invoiced − paid + other = closing.

    `invoiced_amount` are the documents that are new, with their full amount; `paid_amount` is by how much debts fell,
    what was paid of new documents before they were first seen among them; `other_amount` is all else: credits that are
    new, used up or changed, and balances that rose.
    """

    currency: str
    opening_amount: Decimal
    invoiced_amount: Decimal
    paid_amount: Decimal
    other_amount: Decimal
    closing_amount: Decimal


@dataclass(frozen=True)
class ChangeCount:
    """How many items of one currency changed in one way, and by how much their open amounts differ."""

    change: Change
    currency: str
    items: int
    amount: Decimal


@dataclass(frozen=True)
class Difference:
    """What differs from the earlier report to the later one."""

    bridges: tuple[Bridge, ...]
    changes: tuple[ChangeCount, ...]


@dataclass(frozen=True)
class ChangedItem:
    """One item that is not the same in both reports; an amount is None where the item is not in that report."""

    change: Change
    customer: str
    name: str
    document: str
    due_on: dt.date
    currency: str
    earlier_amount: Decimal | None
    later_amount: Decimal | None


@dataclass(frozen=True)
class Roll:
    """How one currency's debts moved: `amounts[i][j]` is what was open in bucket i at the first date and lies in bucket
    j at the second; `paid_amounts[i]` what was paid of bucket i, `new_amounts[j]` what is in bucket j and was not there
    before. Credits are left out.
    """

    currency: str
    amounts: tuple[tuple[Decimal, ...], ...]
    paid_amounts: tuple[Decimal, ...]
    new_amounts: tuple[Decimal, ...]

    def opening_amounts(self) -> tuple[Decimal, ...]:
        """What was open in each bucket at the first date."""
        return tuple(
            sum(row, NOTHING) + paid for row, paid in zip(self.amounts, self.paid_amounts, strict=True)
        )

    def ratios(self) -> tuple[tuple[Decimal | None, ...], ...]:
        """The share (0–1) of each first bucket that lies in each second one; None where nothing was in the first."""
        return tuple(
            tuple(amount / opening if opening else None for amount in row)
            for row, opening in zip(self.amounts, self.opening_amounts(), strict=True)
        )


def items_in(report: Report, only: Sql = EVERYTHING) -> Sql:
    """Return a SELECT of a report's lines for the comparison. A condition starts with AND and is about customers."""
    return items_sql(report, as_of=report.as_of, only=only)


def difference(earlier: Sql, later: Sql, *, later_on: dt.date) -> Difference:
    """Return what differs between two sets of items (`items_in`). One query.

    Gone items were "paid" where they were due by the date of the later report; those that were not due yet "vanished":
    they may have been paid early, or left out by mistake.
    """
    joined = _joined(earlier, later, later_on=later_on)
    sql = f"""
        SELECT currency, change, COUNT(*), SUM(coalesce(after, 0) - coalesce(before, 0)),
            SUM(coalesce(before, 0)), SUM(coalesce(after, 0)),
            SUM(CASE WHEN change = 'new' AND amount > 0 THEN amount ELSE 0 END),
            SUM(CASE WHEN change = 'new' AND amount > 0 THEN amount - after
                WHEN before > 0 AND coalesce(after, 0) < before THEN before - greatest(coalesce(after, 0), 0)
                ELSE 0 END)
        FROM ({joined.text}) AS item GROUP BY currency, change ORDER BY currency, change"""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [NOTHING] * 4)
    changes = []
    with connection.cursor() as cursor:
        cursor.execute(sql, joined.params)
        for currency, change, items, amount, *parts in cursor.fetchall():
            sums[currency] = [known + part for known, part in zip(sums[currency], parts, strict=True)]
            if change != "same":
                changes.append(ChangeCount(change, currency, items, amount))
    return Difference(
        bridges=tuple(
            Bridge(
                currency=currency,
                opening_amount=opening,
                invoiced_amount=invoiced,
                paid_amount=paid,
                other_amount=closing - opening - invoiced + paid,
                closing_amount=closing,
            )
            for currency, (opening, closing, invoiced, paid) in sums.items()
        ),
        changes=tuple(sorted(changes, key=lambda found: (CHANGES.index(found.change), found.currency))),
    )


def changed_items(
    earlier: Sql, later: Sql, *, later_on: dt.date, change: str = "", limit: int, offset: int = 0
) -> list[ChangedItem]:
    """Return the items that differ, the largest differences first; of one `change` where one is named. One query."""
    joined = _joined(earlier, later, later_on=later_on)
    sql = f"""
        SELECT change, customer.number, customer.name, document, due_on, item.currency, before, after
        FROM ({joined.text}) AS item JOIN {CUSTOMERS_TABLE} AS customer ON customer.id = item.customer_id
        WHERE change <> 'same' AND %s IN ('', change)
        ORDER BY item.currency, abs(coalesce(after, 0) - coalesce(before, 0)) DESC, customer.number, document, due_on
        LIMIT %s OFFSET %s"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [*joined.params, change, limit, offset])
        return [ChangedItem(*row) for row in cursor.fetchall()]


def roll(
    earlier: Sql,
    later: Sql,
    *,
    earlier_on: dt.date,
    later_on: dt.date,
    buckets: Sequence[AgingBucket],
) -> list[Roll]:
    """Return how debts moved from bucket to bucket between two dates, by currency (the migration matrix, P3.1 e). One
    query.
    """
    width = len(buckets)
    joined = _joined(earlier, later, later_on=later_on)
    bucket = "width_bucket(%s::date - due_on, %s::int[])"
    sql = f"""
        SELECT currency, {bucket}, {bucket}, SUM(before), SUM(after), SUM(least(before, after))
        FROM (SELECT currency, due_on, greatest(coalesce(before, 0), 0) AS before,
            greatest(coalesce(after, 0), 0) AS after FROM ({joined.text}) AS found) AS item
        GROUP BY 1, 2, 3 ORDER BY 1"""
    params = (earlier_on, first_days(buckets), later_on, first_days(buckets), *joined.params)
    amounts: dict[str, list[list[Decimal]]] = {}
    paid: dict[str, list[Decimal]] = {}
    new: dict[str, list[Decimal]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for currency, first, second, before, after, both in cursor.fetchall():
            amounts.setdefault(currency, [[NOTHING] * width for _bucket in buckets])[first][second] += both
            paid.setdefault(currency, [NOTHING] * width)[first] += before - both
            new.setdefault(currency, [NOTHING] * width)[second] += after - both
    return [
        Roll(currency, tuple(map(tuple, rows)), tuple(paid[currency]), tuple(new[currency]))
        for currency, rows in amounts.items()
    ]


def _joined(earlier: Sql, later: Sql, *, later_on: dt.date) -> Sql:
    """Return a SELECT of all items of both: `before` and `after` are the open amounts, `change` what became of each."""
    grouped = (
        "SELECT customer_id, document, due_on, currency, SUM(amount) AS amount, SUM(open_amount) AS open_amount"
        " FROM ({}) AS line GROUP BY customer_id, document, due_on, currency"
    )
    text = f"""
        SELECT customer_id, document, due_on, currency, was.open_amount AS before, is_now.open_amount AS after,
            is_now.amount AS amount,
            CASE WHEN was.open_amount IS NULL THEN 'new'
                WHEN is_now.open_amount IS NULL AND due_on > %s THEN 'vanished'
                WHEN is_now.open_amount IS NULL THEN 'paid'
                WHEN is_now.open_amount < was.open_amount THEN 'part_paid'
                WHEN is_now.open_amount > was.open_amount THEN 'raised' ELSE 'same' END AS change
        FROM ({grouped.format(earlier.text)}) AS was
        FULL JOIN ({grouped.format(later.text)}) AS is_now USING (customer_id, document, due_on, currency)"""
    return Sql(text, (later_on, *earlier.params, *later.params))


def as_data(found: Difference) -> dict[str, Any]:
    """Return a difference as JSON takes it: amounts as strings."""
    return {
        "bridges": [{name: str(value) for name, value in vars(bridge).items()} for bridge in found.bridges],
        "changes": [
            {"change": one.change, "currency": one.currency, "items": one.items, "amount": str(one.amount)}
            for one in found.changes
        ],
    }


def from_data(data: dict[str, Any]) -> Difference:
    """Return the difference that `as_data` wrote."""
    return Difference(
        bridges=tuple(
            Bridge(
                bridge["currency"],
                *(
                    Decimal(bridge[f"{name}_amount"])
                    for name in ("opening", "invoiced", "paid", "other", "closing")
                ),
            )
            for bridge in data.get("bridges", ())
        ),
        changes=tuple(
            ChangeCount(one["change"], one["currency"], one["items"], Decimal(one["amount"]))
            for one in data.get("changes", ())
        ),
    )

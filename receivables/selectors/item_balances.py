"""How the balances of overdue items changed day by day, as far as a day knew: what damages are counted from (P5.2.3).

A ledger dates every invoice and payment. An item that the latest ledger in force knows changes on the days booked
there; what reports after it say counts from their as-of dates. An item that no ledger knows is followed from report to
report: what is open less is dated with the as-of date of the report in which it was seen, so that the customer may
have paid some days earlier. It was open from its due date on with what the first report that has it lists: nobody
knows more.
"""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from receivables.damages import Change
from receivables.models import FileKind, LedgerEntry, OpenItem, Report
from receivables.selectors.reports import committed_reports, ledger_of

CustomerItem = tuple[int, str, dt.date, str]
"""What an item is known by across reports: customer (primary key), document, due date, currency."""


@dataclass(frozen=True)
class ItemBalances:
    """One item that fell due, with every change of its balance that was known on the day asked for.

    `contract_number` is the last one that a report or ledger gave it. `dated_to` is the day of the ledger that told the
    days of its payments; None where no ledger knows it.
    """

    customer_pk: int
    document: str
    due_on: dt.date
    currency: str
    contract_number: str
    changes: tuple[Change, ...]
    dated_to: dt.date | None = None

    @property
    def key(self) -> CustomerItem:
        """What the item is known by."""
        return self.customer_pk, self.document, self.due_on, self.currency


def overdue_items_of(customer_pks: Collection[int], *, on: dt.date) -> list[ItemBalances]:
    """Return the items of some customers that fell due before the day `on`, paid since or not, by customer, currency,
    due date and document; credits are left out.

    Only reports in force as of `on` or before count, as for the aging; where there is none, what the first ledger after
    it knew of the day. Aging tables have no items. At most four queries, however many customers.
    """
    in_force = committed_reports().filter(as_of__lte=on).order_by("as_of")
    reports = [report for report in in_force if report.file_kind != FileKind.AGED_TABLE]
    ledgers = [report for report in reports if report.file_kind == FileKind.LEDGER]
    if not reports and (ledger := ledger_of(on)) is not None:
        ledgers = [ledger]
    dated = _of_ledgers(ledgers, customer_pks, on=on) if ledgers else {}
    items = _followed(reports, dated, customer_pks, on=on) if reports else list(dated.values())
    owed = [item for item in items if any(change.amount > 0 for change in item.changes)]
    return sorted(owed, key=lambda item: (item.customer_pk, item.currency, item.due_on, item.document))


def _of_ledgers(
    ledgers: Sequence[Report], customer_pks: Collection[int], *, on: dt.date
) -> dict[CustomerItem, ItemBalances]:
    """Return the items that ledgers know, each from the latest that does."""
    found = {}
    for customer, document, due_on, currency, contract_number, as_of, days, amounts in _fetched(
        ENTRIES, ledgers, customer_pks, on=on
    ):
        changes = tuple(Change(day, amount) for day, amount in zip(days, amounts, strict=True))
        item = ItemBalances(customer, document, due_on, currency, contract_number, changes, dated_to=as_of)
        found[item.key] = item
    return found


def _followed(
    reports: Sequence[Report],
    dated: Mapping[CustomerItem, ItemBalances],
    customer_pks: Collection[int],
    *,
    on: dt.date,
) -> list[ItemBalances]:
    """Return all items: those of ledgers with what later reports say of them, the others from report to report."""
    days = [report.as_of for report in reports]
    listed: dict[CustomerItem, tuple[str, dict[dt.date, Decimal]]] = {}
    for customer, document, due_on, currency, contract_number, seen_on, amounts in _fetched(
        LINES, reports, customer_pks, on=on
    ):
        seen = dict(zip(seen_on, amounts, strict=True))
        listed[customer, document, due_on, currency] = contract_number, seen
    found = []
    for key in {**listed, **dated}:
        contract_number, seen = listed.get(key, ("", {}))
        ledger_item = dated.get(key)
        if ledger_item is not None:
            known_to, changes = ledger_item.dated_to, ledger_item.changes
            contract_number = contract_number or ledger_item.contract_number
        else:
            known_to = min(seen)
            changes = (Change(min(known_to, key[2]), seen[known_to]),)
        assert known_to is not None
        later = [day for day in days if day > known_to]
        changes += _differences(later, seen, balance=sum((change.amount for change in changes), Decimal()))
        found.append(
            ItemBalances(
                *key, contract_number, changes, dated_to=ledger_item.dated_to if ledger_item else None
            )
        )
    return found


def _differences(
    days: Iterable[dt.date], seen: Mapping[dt.date, Decimal], *, balance: Decimal
) -> tuple[Change, ...]:
    """Return what is less or more on the days of reports than before; an item that one does not list is paid."""
    changes = []
    for day in days:
        amount = seen.get(day, Decimal()) - balance
        if amount:
            changes.append(Change(day, amount))
            balance += amount
    return tuple(changes)


def _fetched(
    sql: str, reports: Sequence[Report], customer_pks: Collection[int], *, on: dt.date
) -> list[tuple[Any, ...]]:
    params: dict[str, list[int] | list[dt.date] | dt.date] = {
        "reports": [report.pk for report in reports],
        "days": [report.as_of for report in reports],
        "customers": list(customer_pks),
        "on": on,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


_KEY = "customer_id, document, due_on, currency"
_ASKED = """
    report_id = ANY(%(reports)s) AND as_of = ANY(%(days)s::date[]) AND customer_id = ANY(%(customers)s)
    AND due_on < %(on)s
"""
LINES = f"""
    SELECT {_KEY}, max(contract_number) FILTER (WHERE place = 1),
        array_agg(as_of ORDER BY as_of), array_agg(open_amount ORDER BY as_of)
    FROM (
        SELECT {_KEY}, as_of, sum(open_amount) AS open_amount, max(contract_number) AS contract_number,
            row_number() OVER (PARTITION BY {_KEY} ORDER BY max(contract_number) = '', as_of DESC) AS place
        FROM {OpenItem._meta.db_table} WHERE {_ASKED} GROUP BY {_KEY}, as_of
    ) AS line
    GROUP BY {_KEY}
"""
"""One row per item: on which reports' days it was open, and with how much."""
ENTRIES = f"""
    SELECT {_KEY}, max(contract_number), max(as_of), array_agg(booked_on ORDER BY booked_on),
        array_agg(amount ORDER BY booked_on)
    FROM (
        SELECT {_KEY}, as_of, booked_on, amount, contract_number,
            as_of = max(as_of) OVER (PARTITION BY {_KEY}) AS is_latest
        FROM {LedgerEntry._meta.db_table} WHERE {_ASKED} AND booked_on <= LEAST(as_of, %(on)s)
    ) AS entry
    WHERE is_latest GROUP BY {_KEY}
"""
"""One row per item: its entries in the latest ledger that knows it."""

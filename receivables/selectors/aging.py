"""The aging report: who owes how much in which bucket on a date, for the customers its reader may see.

Amounts are in the currency beside them; balances in several currencies are never added.
"""

# ruff: noqa: S608 - only names and numbers of ours are put into SQL
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditrisk.exchange_rates.conversion import Rates
from creditrisk.exchange_rates.selectors import rates_on
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import AgingBucket
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from receivables.aging import bucket_index, bucket_label, days_past_due
from receivables.models import DueBasis, FileKind, OpenItem, Report
from receivables.selectors.aged_sums import (
    Basis,
    Sql,
    buckets_of,
    computed_sums,
    converted_sums,
    is_rebuilt,
    items_sql,
    stored_sums,
    stored_totals,
    totals_of,
)
from receivables.selectors.reports import ledger_of, report_for

Grouping = Literal["customer", "contract", "item"]
DEFAULT_SORT = "-total"
CUSTOMERS_TABLE = Customer._meta.db_table
CHUNK_ROWS = 2000


@dataclass(frozen=True)
class AgedAmounts:
    """Amounts in one currency: one entry per bucket, credits negative or zero.

    Both together are `total_amount`; `overdue_amount` is the total less the first bucket. `items` counts
    documents.
    """

    currency: str
    debit_amounts: tuple[Decimal, ...]
    credit_amounts: tuple[Decimal, ...]
    total_amount: Decimal
    overdue_amount: Decimal
    items: int

    @property
    def credit_amount(self) -> Decimal:
        """All credits: negative or zero."""
        return sum(self.credit_amounts, Decimal())

    def bucket_amounts(self, *, netted: bool) -> tuple[Decimal, ...]:
        """Return one amount per bucket: debits less credits, or the debits alone (beside `credit_amount`)."""
        if not netted:
            return self.debit_amounts
        pairs = zip(self.debit_amounts, self.credit_amounts, strict=True)
        return tuple(debit + credit for debit, credit in pairs)


@dataclass(frozen=True)
class AgingTotal(AgedAmounts):
    """The total of one currency over `customer_count` customers."""

    customer_count: int


@dataclass(frozen=True)
class AgingRow(AgedAmounts):
    """One line of the report. `contract` is set by contract and by item, the fields after it by item only."""

    customer: str
    name: str
    contract: str = ""
    document: str = ""
    document_on: dt.date | None = None
    due_on: dt.date | None = None
    due_basis: DueBasis = DueBasis.STATED
    days_past_due: int | None = None
    amount: Decimal = Decimal("0.00")


def bucket_labels(buckets: Sequence[AgingBucket], *, basis: Basis = "due") -> list[str]:
    """Return what each bucket covers, in the reader's language: "Not due", then days such as 1–30."""
    first = _("Not due") if basis == "due" else bucket_label(0, buckets)
    return [first, *(bucket_label(index, buckets) for index in range(1, len(buckets)))]


@dataclass(frozen=True)
class AgingReport:
    """The aging of `customers` as of a date, from the items of `report`, in the buckets of `policy_version`; ages count
    from the due date or by `basis`; with `rates` sums are in the base currency.
    """

    as_of: dt.date
    report: Report
    policy_version: PolicyVersion
    customers: QuerySet[Customer]
    currency: str = ""
    basis: Basis = "due"
    rates: Rates | None = None

    @property
    def buckets(self) -> tuple[AgingBucket, ...]:
        """The buckets of the policy in force on `as_of`, or those of an aging table whose bounds are others."""
        return buckets_of(self.report, self.policy_version)

    def bucket_labels(self) -> list[str]:
        """Return what each bucket covers, in the reader's language: "Not due", then days such as 1–30; those of an
        aging table as it calls them, where its bounds are not the policy's.
        """
        known = {bucket.key for bucket in self.policy_version.policy.aging_buckets}
        labels = bucket_labels(self.buckets, basis=self.basis)
        return [
            label if not self.report.own_buckets or bucket.key in known else bucket.key
            for label, bucket in zip(labels, self.buckets, strict=True)
        ]

    @property
    def is_rebuilt(self) -> bool:
        """Whether the items are not the report's own but what its ledger knew of the day."""
        return is_rebuilt(self.report, as_of=self.as_of)

    @property
    def aged_to(self) -> dt.date:
        """The day to which ages count: the sums of an aging table have no other age than its own."""
        is_table = self.report.file_kind == FileKind.AGED_TABLE
        return min(self.as_of, self.report.as_of) if is_table else self.as_of

    @property
    def is_stored(self) -> bool:
        """Whether the sums were computed when the report was committed: same date, same buckets."""
        version = self.report.policy_version
        same_buckets = version is not None and buckets_of(self.report, version) == self.buckets
        return same_buckets and self.aged_to == self.report.as_of and self.basis == "due"

    def totals(self) -> tuple[AgingTotal, ...]:
        """Return the total of each currency, by currency. One query."""
        if self.is_stored and not self._is_restricted and self.rates is None:
            source = stored_totals(self.report, currency=self.currency)
        else:
            source = totals_of(self.sums(), width=len(self.buckets))
        with connection.cursor() as cursor:
            cursor.execute(f"{source.text} ORDER BY 1", source.params)
            return tuple(_total(row) for row in cursor.fetchall())

    def rows(
        self,
        *,
        by: Grouping = "customer",
        sort: str = DEFAULT_SORT,
        netted: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> Iterator[AgingRow]:
        """Yield the lines, by customer or contract in the order of `sort`: a key of `sort_expressions`, "-"
        before it for falling; an unknown one gives the default. Items come by customer, currency and due
        date.

        One query. Without a limit the lines come in chunks: a million of them need no more memory than a
        page.
        """
        if by == "item":
            source = items_sql(self.report, as_of=self.as_of, only=self.only())
            sql = (
                "SELECT customer.number, customer.name, aged.currency, aged.open_amount,"
                " aged.amount, aged.contract_number, aged.document, aged.document_on, aged.due_on,"
                " aged.due_basis"
                f" FROM ({source.text}) AS aged"
                f" JOIN {CUSTOMERS_TABLE} AS customer ON customer.id = aged.customer_id"
                " ORDER BY customer.number, aged.currency, aged.due_on, aged.document, aged.id"
            )
            for row in _fetched(sql, source.params, limit=limit, offset=offset):
                yield self._item_row(row)
            return
        source = self.sums(by_contract=by == "contract")
        sql = self._lines_sql(source.text, by=by, sort=sort, netted=netted)
        for row in _fetched(sql, source.params, limit=limit, offset=offset):
            yield _sums_row(row)

    def _lines_sql(self, source: str, *, by: Grouping, sort: str, netted: bool) -> str:
        contract = "aged.contract_number" if by == "contract" else "''"
        order = _order(self.buckets, sort=sort, netted=netted)
        return (
            "SELECT customer.number, customer.name, aged.currency, aged.debit_amounts, aged.credit_amounts,"
            f" aged.total_amount, aged.overdue_amount, aged.items, {contract} AS contract"
            f" FROM ({source}) AS aged"
            f" JOIN {CUSTOMERS_TABLE} AS customer ON customer.id = aged.customer_id"
            f" ORDER BY {order}{', contract' if by == 'contract' else ''}"
        )

    def page(
        self, *, sort: str, netted: bool, limit: int, offset: int
    ) -> tuple[tuple[AgingTotal, ...], list[AgingRow]]:
        """Return the totals and one page of the lines by customer. One query where the items have to be aged anew,
        which then happens once; two small ones over stored sums.
        """
        if self.is_stored:
            return self.totals(), list(self.rows(sort=sort, netted=netted, limit=limit, offset=offset))
        source = self.sums()
        totals = totals_of(Sql("SELECT * FROM given"), width=len(self.buckets))
        lines = self._lines_sql("SELECT * FROM given", by="customer", sort=sort, netted=netted)
        sql = (
            f"WITH given AS MATERIALIZED ({source.text}), lines AS MATERIALIZED ({lines} LIMIT %s OFFSET %s)"
            " SELECT NULL, NULL, currency, debit_amounts, credit_amounts, total_amount, overdue_amount, items,"
            f" customers::text FROM ({totals.text}) AS total UNION ALL SELECT * FROM lines"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [*source.params, limit, offset])
            rows = cursor.fetchall()
        return (
            tuple(
                sorted((_total((*row[2:8], int(row[8]))) for row in rows if row[0] is None), key=_currency)
            ),
            [_sums_row(row) for row in rows if row[0] is not None],
        )

    def count(self, *, by: Grouping) -> int:
        """Return how many lines there are by customer or contract. One query."""
        source = self.sums(by_contract=by == "contract")
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM ({source.text}) AS aged", source.params)
            return int(cursor.fetchone()[0])

    def items_of(self, customer: Customer) -> QuerySet[OpenItem] | list[OpenItem]:
        """Return the items of one of the customers: rows, or for a day before its ledger what they come to."""
        if not self.is_rebuilt:
            return OpenItem.objects.filter(report=self.report, as_of=self.report.as_of, customer=customer)
        source = items_sql(self.report, as_of=self.as_of, only=Sql(" AND customer_id = %s", (customer.pk,)))
        return list(OpenItem.objects.raw(source.text, source.params))

    @property
    def _is_restricted(self) -> bool:
        """Whether the reader sees some customers only; for one who sees all, nobody is looked up."""
        return bool(self.customers.query.where)

    def in_base(self, base_currency: str) -> AgingReport:
        """Return the report with its sums in one currency, at the rates of its day; single items stay in theirs.

        Each customer's amount in a bucket is rounded half-up to the cent, so that every total is the sum of what is
        shown. One query for the currencies, one for the rates. Raises MissingRateError.
        """
        currencies = [total.currency for total in self.totals()]
        return replace(self, rates=rates_on(self.as_of, currencies=currencies, base_currency=base_currency))

    def sums(self, *, by_contract: bool = False) -> Sql:
        """Return the sums per customer and currency (and contract) as a SELECT: see `aged_sums.stored_sums`."""
        if self.is_stored and not by_contract:
            source = stored_sums(self.report, self.only())
        else:
            source = computed_sums(
                self.report,
                as_of=self.as_of,
                buckets=self.buckets,
                only=self.only(),
                by_contract=by_contract,
                basis=self.basis,
            )
        if self.rates is None:
            return source
        return converted_sums(source, self.rates, width=len(self.buckets), by_contract=by_contract)

    def only(self) -> Sql:
        """Return the condition that leaves the reader's customers and the chosen currency."""
        text = ""
        params: tuple[Any, ...] = ()
        if self.currency:
            text += " AND currency = %s"
            params += (self.currency,)
        if self._is_restricted:
            try:
                customers, visible = self.customers.order_by().values("pk").query.sql_with_params()
            except EmptyResultSet:
                return Sql(" AND FALSE")
            text += f" AND customer_id IN ({customers})"
            params += tuple(visible)
        return Sql(text, params)

    def _item_row(self, row: Sequence[Any]) -> AgingRow:
        number, name, currency, amount, whole, contract, document, document_on, due_on, due_basis = row
        start = due_on if self.basis == "due" else document_on or due_on
        days = days_past_due(start, self.aged_to)
        index = bucket_index(days, self.buckets)
        spread = [Decimal("0.00")] * len(self.buckets)
        own = tuple(amount if position == index else nothing for position, nothing in enumerate(spread))
        return AgingRow(
            customer=number,
            name=name,
            currency=currency,
            debit_amounts=own if amount >= 0 else tuple(spread),
            credit_amounts=own if amount < 0 else tuple(spread),
            total_amount=amount,
            overdue_amount=amount if index else Decimal("0.00"),
            items=1,
            contract=contract,
            document=document,
            document_on=document_on,
            due_on=due_on,
            due_basis=DueBasis(due_basis),
            days_past_due=days,
            amount=whole,
        )


def aging_report(
    *, as_of: dt.date, customers: QuerySet[Customer], currency: str = "", basis: Basis = "due"
) -> AgingReport | None:
    """Return the aging report of `customers` (what its reader may see) as of a date, None where no report
    describes it.

    The latest committed report as of that date or before is aged to the date; later ones never change it. Where there
    is none, the first ledger after the date tells what it had invoiced and been paid by then.
    """
    report = report_for(as_of) or ledger_of(as_of)
    if report is None:
        return None
    return aging_of(report, as_of=as_of, customers=customers, currency=currency, basis=basis)


def aging_of(
    report: Report,
    *,
    as_of: dt.date,
    customers: QuerySet[Customer],
    currency: str = "",
    basis: Basis = "due",
) -> AgingReport:
    """Return the aging of one report, in force or superseded, aged to `as_of`."""
    return AgingReport(
        as_of=as_of,
        report=report,
        policy_version=policy_version_on(as_of),
        customers=customers,
        currency=currency,
        basis=basis,
    )


def sort_expressions(buckets: Sequence[AgingBucket], *, netted: bool) -> Mapping[str, str]:
    """Return what lines may be sorted by, key → SQL: customer, name, credits, overdue, total, bucket0,
    bucket1 …

    The keys are the allow-list; nothing else reaches the database.
    """
    credit = " + ".join(f"aged.credit_amounts[{index}]" for index in range(1, len(buckets) + 1))
    expressions = {
        "customer": "customer.number",
        "name": "customer.name",
        "credits": f"({credit})",
        "overdue": "aged.overdue_amount",
        "total": "aged.total_amount",
    }
    for index in range(1, len(buckets) + 1):
        net = f" + aged.credit_amounts[{index}]" if netted else ""
        expressions[f"bucket{index - 1}"] = f"(aged.debit_amounts[{index}]{net})"
    return expressions


def _order(buckets: Sequence[AgingBucket], *, sort: str, netted: bool) -> str:
    expressions = sort_expressions(buckets, netted=netted)
    if sort.removeprefix("-") not in expressions:
        sort = DEFAULT_SORT
    key = sort.removeprefix("-")
    direction = "DESC" if sort.startswith("-") else "ASC"
    if key in {"customer", "name"}:
        return f"{expressions[key]} {direction}, aged.customer_id, aged.currency"
    # Amounts are compared within a currency only.
    return f"aged.currency, {expressions[key]} {direction}, aged.customer_id"


def _fetched(sql: str, params: tuple[Any, ...], *, limit: int | None, offset: int) -> Iterator[Sequence[Any]]:
    if limit is not None:
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} LIMIT %s OFFSET %s", [*params, limit, offset])
            yield from cursor.fetchall()
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while chunk := cursor.fetchmany(CHUNK_ROWS):
            yield from chunk


def _currency(total: AgingTotal) -> str:
    return total.currency


def amounts_in(sums: Sequence[Any]) -> dict[str, Any]:
    """Return the fields of `AgedAmounts` from the columns of the sums as SQL gives them, from the currency on."""
    currency, debits, credits_, total, overdue, items = sums
    return {
        "currency": currency,
        "debit_amounts": tuple(debits),
        "credit_amounts": tuple(credits_),
        "total_amount": total,
        "overdue_amount": overdue,
        "items": items,
    }


def _total(row: Sequence[Any]) -> AgingTotal:
    *sums, customers = row
    return AgingTotal(**amounts_in(sums), customer_count=customers)


def _sums_row(row: Sequence[Any]) -> AgingRow:
    number, name, *sums, contract = row
    return AgingRow(**amounts_in(sums), customer=number, name=name, contract=contract)

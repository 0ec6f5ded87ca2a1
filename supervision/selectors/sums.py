"""What was open in reports, by currency and bucket, and the same in the company's currency: from stored sums alone."""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from creditrisk.exchange_rates.conversion import Rates
from customers.models import Customer
from receivables.models import AgingSum, AgingTotal
from receivables.selectors.aged_sums import Sql

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Sums:
    """Debits and credits (negative or zero) by bucket, in one currency."""

    debit_amounts: tuple[Decimal, ...] = ()
    credit_amounts: tuple[Decimal, ...] = ()

    @property
    def bucket_amounts(self) -> tuple[Decimal, ...]:
        """Debits less credits, by bucket."""
        pairs = zip(self.debit_amounts, self.credit_amounts, strict=True)
        return tuple(debit + credit for debit, credit in pairs)

    @property
    def total_amount(self) -> Decimal:
        """All that is open, credits taken off."""
        return sum(self.bucket_amounts, NOTHING)

    @property
    def current_amount(self) -> Decimal:
        """What is not due yet: the first bucket."""
        return self.bucket_amounts[0] if self.debit_amounts else NOTHING

    @property
    def overdue_amount(self) -> Decimal:
        """What is past due: the total less the first bucket."""
        return self.total_amount - self.current_amount

    def plus(self, other: Sums) -> Sums:
        """Return the sums of both; the same currency and buckets are the caller's to see to."""
        if not self.debit_amounts:
            return other
        return Sums(
            tuple(one + two for one, two in zip(self.debit_amounts, other.debit_amounts, strict=True)),
            tuple(one + two for one, two in zip(self.credit_amounts, other.credit_amounts, strict=True)),
        )


@dataclass(frozen=True)
class BaseSums:
    """Sums in the company's currency; `left_out` are the totals in currencies without a rate, in their currency."""

    sums: Sums
    left_out: tuple[tuple[str, Decimal], ...] = ()


ByCurrency = Mapping[str, Sums]


def condition_on(customers: QuerySet[Customer] | None) -> Sql:
    """Return the condition AND customer_id IN (…); empty for all customers (None)."""
    if customers is None:
        return Sql("")
    try:
        text, params = customers.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return Sql(" AND FALSE")
    return Sql(f" AND customer_id IN ({text})", tuple(params))


def sums_of_reports(
    report_pks: Iterable[int], *, customers: QuerySet[Customer] | None
) -> dict[int, dict[str, Sums]]:
    """Return report → currency → what was open: of all customers (None) or of some, credits by bucket. One query."""
    pks = sorted(set(report_pks))
    found: dict[int, dict[str, Sums]] = defaultdict(dict)
    if customers is None:
        totals = AgingTotal.objects.filter(report__in=pks).order_by()
        rows = totals.values_list("report_id", "currency", "debit_amounts", "credit_amounts")
        for report, currency, debits, credits_ in rows:
            found[report][currency] = Sums(tuple(debits), tuple(credits_))
        return found
    only = condition_on(customers)
    text = f"""
        SELECT report_id, currency, array_agg(debit ORDER BY bucket), array_agg(credit ORDER BY bucket) FROM (
            SELECT report_id, currency, bucket, sum(debit) AS debit, sum(credit) AS credit
            FROM {AgingSum._meta.db_table},
                unnest(debit_amounts, credit_amounts) WITH ORDINALITY AS part (debit, credit, bucket)
            WHERE report_id = ANY(%s){only.text} GROUP BY 1, 2, 3
        ) AS bucketed GROUP BY 1, 2"""
    with connection.cursor() as cursor:
        cursor.execute(text, [pks, *only.params])
        for report, currency, debits, credits_ in cursor.fetchall():
            found[report][currency] = Sums(tuple(debits), tuple(credits_))
    return found


def in_base(by_currency: ByCurrency, rates: Rates) -> BaseSums:
    """Return sums of several currencies in the base currency; each bucket of a currency is rounded half-up to the cent.

    A currency without a rate is left out and told: it is never added as if one were worth one.
    """
    added = Sums()
    left_out = []
    for currency, sums in sorted(by_currency.items()):
        if currency in rates.by_currency:
            added = added.plus(
                Sums(
                    _converted(sums.debit_amounts, currency, rates),
                    _converted(sums.credit_amounts, currency, rates),
                )
            )
        elif any(sums.debit_amounts) or any(sums.credit_amounts):
            left_out.append((currency, sums.total_amount))
    return BaseSums(added, tuple(left_out))


def _converted(amounts: Sequence[Decimal], currency: str, rates: Rates) -> tuple[Decimal, ...]:
    return tuple(rates.in_base(amount, currency) for amount in amounts)


def amount_in_base(by_currency: Mapping[str, Decimal], rates: Rates) -> Decimal:
    """Return amounts of several currencies in the base currency, those without a rate left out."""
    known = (
        rates.in_base(amount, currency)
        for currency, amount in by_currency.items()
        if currency in rates.by_currency
    )
    return sum(known, NOTHING)


def rate_values(rates: Rates) -> Sql:
    """Return the rates as the rows of a VALUES list: currency and rate."""
    pairs = sorted(rates.by_currency.items())
    text = ", ".join(["(%s, %s::numeric)"] * len(pairs))
    return Sql(text, tuple(value for pair in pairs for value in pair))

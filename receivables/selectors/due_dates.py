"""Due dates of items that state none: the document's date and the payment term agreed (P5.2.2)."""

from __future__ import annotations

import polars as pl

from customers.models import Contract, Customer
from customers.payment_terms import due_on
from receivables.models import DueBasis

Term = tuple[str, int]


def with_due_dates(lines: pl.DataFrame) -> pl.DataFrame:
    """Return matched lines with a due date in every row, and where it comes from (`due_basis`).

    The term is that of the line's contract where the contract is the customer's, else the customer's; a customer whose
    file is still to be opened has the usual one. Two queries where a due date is missing, else none.
    """
    if "due_basis" in lines.columns:
        return lines
    if not lines["due_on"].null_count():
        return lines.with_columns(pl.lit(DueBasis.STATED.value).alias("due_basis"))
    key = ["customer_id", "contract", "document_on"]
    wanted = lines.filter(pl.col("due_on").is_null()).select(key).unique()
    terms = _terms(wanted)
    days = [
        due_on(day, *terms.of(customer, contract)) if day is not None else None
        for customer, contract, day in wanted.iter_rows()
    ]
    counted = wanted.with_columns(pl.Series("counted", days, dtype=pl.Date))
    joined = lines.join(counted, on=key, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(
        pl.coalesce("due_on", "counted").alias("due_on"),
        pl.when(pl.col("due_on").is_null())
        .then(pl.lit(DueBasis.TERM.value))
        .otherwise(pl.lit(DueBasis.STATED.value))
        .alias("due_basis"),
    ).drop("counted")


class _Terms:
    def __init__(self, contracts: dict[tuple[int, str], Term], customers: dict[int, Term]) -> None:
        self._contracts, self._customers = contracts, customers
        self._usual = (Customer().payment_term_kind, Customer().payment_term_days)

    def of(self, customer: int | None, contract: str | None) -> Term:
        if customer is None:
            return self._usual
        own = self._customers.get(customer, self._usual)
        return self._contracts.get((customer, contract), own) if contract else own


def _terms(wanted: pl.DataFrame) -> _Terms:
    numbers = wanted["contract"].drop_nulls().unique().to_list()
    contracts = Contract.objects.filter(number__in=numbers).values_list(
        "customer_id", "number", "payment_term_kind", "payment_term_days"
    )
    pks = wanted["customer_id"].drop_nulls().unique().to_list()
    customers = Customer.objects.filter(pk__in=pks).values_list(
        "pk", "payment_term_kind", "payment_term_days"
    )
    return _Terms(
        {(customer, number): (kind, days) for customer, number, kind, days in contracts},
        {pk: (kind, days) for pk, kind, days in customers},
    )

"""Which customer a row of an uploaded file means: by number, then by credit code, then by exact name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from customers.models import Customer
from customers.numbers import clean_number, clean_uscc, is_valid_number
from receivables.reading import RowError

NAME_MAX_LENGTH = 200


@dataclass(frozen=True)
class NewCustomer:
    """A customer whom the file names and nobody has; `currency` is that of his first row."""

    number: str
    name: str
    currency: str


@dataclass(frozen=True)
class MatchedLines:
    """The lines with the column `customer_id`, null for those of `new_customers`.

    `errors` are the first of `error_count`, in the order of the rows; a row with an error is not in `lines`.
    `matched_by_name` counts the customers whom the file knows under another number than we do.
    """

    lines: pl.DataFrame
    errors: tuple[RowError, ...]
    error_count: int
    new_customers: tuple[NewCustomer, ...]
    matched_by_name: int


@dataclass(frozen=True)
class _Match:
    """A customer; or an error code, with the numbers of the candidates; or neither: a new customer."""

    customer_id: int | None = None
    code: str | None = None
    candidates: str = ""
    by_name: bool = False


class CustomerRegister:
    """All customers under each key by which a file may name them."""

    def __init__(self, customers: Sequence[tuple[int, str, str | None, str, str]]) -> None:
        self._customers = customers
        self.by_number = {number: pk for pk, number, _code, _name, _name_en in customers}
        self.by_code = {code: pk for pk, _number, code, _name, _name_en in customers if code}

    @cached_property
    def by_name(self) -> dict[str, dict[int, str]]:
        """Name → primary key → number of every customer with that name, Chinese or English."""
        names: dict[str, dict[int, str]] = {}
        for pk, number, _code, *both in self._customers:
            for name in filter(None, both):
                names.setdefault(name_key(name), {})[pk] = number
        return names

    def match(self, ref: str, name: str | None) -> _Match:
        """Return whom a row means that carries `ref` and perhaps a name beside it."""
        pk = self.by_number.get(clean_number(ref)) or self.by_code.get(clean_uscc(ref))
        if pk is not None:
            return _Match(pk)
        for text in filter(None, (ref, name)):
            namesakes = self.by_name.get(name_key(text), {})
            if len(namesakes) > 1:
                return _Match(code="ambiguous_customer", candidates=", ".join(sorted(namesakes.values())))
            if namesakes:
                return _Match(next(iter(namesakes)), by_name=True)
        return _Match()


def customer_register() -> CustomerRegister:
    """Return all customers as they are now. One query."""
    return CustomerRegister(list(Customer.objects.values_list("pk", "number", "uscc", "name", "name_en")))


def name_key(name: str) -> str:
    """Return a name without width, case and blanks: 华瑞（上海） and 华瑞 (上海) are one."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def match_customers(
    lines: pl.DataFrame, register: CustomerRegister, *, create_customers: bool, column: str, max_errors: int
) -> MatchedLines:
    """Return the lines of a file with their customers.

    `column` is what the file calls its customers. Unknown ones become new customers where
    `create_customers` says so, else row errors; a name that several customers carry is an error always.
    """
    keys = ["customer_ref", "customer_name"]
    pairs = lines.select(*keys, "currency").unique(keys, keep="first", maintain_order=True)
    matches: list[_Match] = []
    new: dict[str, NewCustomer] = {}
    for ref, name, currency in pairs.iter_rows():
        match = register.match(ref, name)
        if match == _Match():
            match = _Match(
                code=_refusal_to_create(ref, name or ref) if create_customers else "unknown_customer"
            )
            if match.code is None:
                number = clean_number(ref)
                new.setdefault(number, NewCustomer(number, name or ref, currency))
        matches.append(match)
    known = pairs.select(
        *keys,
        pl.Series("customer_id", [match.customer_id for match in matches], dtype=pl.Int64),
        pl.Series("error_code", [match.code for match in matches], dtype=pl.String),
        pl.Series("candidates", [match.candidates for match in matches], dtype=pl.String),
    )
    matched = lines.join(known, on=keys, how="left", nulls_equal=True, maintain_order="left")
    matched = matched.with_columns(pl.lit(None, dtype=pl.Int64).alias("other_row"))
    if known["customer_id"].drop_nulls().is_duplicated().any():
        matched = _items_twice(matched)
    wrong = matched.filter(pl.col("error_code").is_not_null())
    if wrong.height:
        matched = matched.filter(pl.col("error_code").is_null())
    return MatchedLines(
        lines=matched.drop("error_code", "candidates", "other_row"),
        errors=tuple(_errors(wrong.head(max_errors), column=column)),
        error_count=wrong.height,
        new_customers=tuple(new.values()),
        matched_by_name=sum(match.by_name for match in matches),
    )


def _refusal_to_create(ref: str, name: str) -> str | None:
    valid = is_valid_number(clean_number(ref)) and len(name.strip()) <= NAME_MAX_LENGTH
    return None if valid else "customer_cannot_be_created"


def _items_twice(matched: pl.DataFrame) -> pl.DataFrame:
    """Mark the items that a customer has twice because the file names him in two ways."""
    key = ["customer_id", "document", "due_on", "currency"]
    first = pl.col("row_number").min().over(key)
    twice = pl.col("customer_id").is_not_null() & (pl.col("row_number") > first)
    return matched.with_columns(
        pl.when(twice).then(pl.lit("customer_item_twice")).otherwise("error_code").alias("error_code"),
        pl.when(twice).then(first).alias("other_row"),
    )


def _errors(wrong: pl.DataFrame, *, column: str) -> Iterator[RowError]:
    rows = wrong.select("row_number", "customer_ref", "error_code", "candidates", "other_row")
    for row, ref, code, candidates, other_row in rows.iter_rows():
        yield RowError(row, column, ref, code, {"candidates": candidates, "other_row": other_row})

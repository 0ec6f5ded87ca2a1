"""Which customer a row of an uploaded file means: by number, alias, credit code, then by exact name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import polars as pl

from customers.models import Customer, CustomerAlias
from customers.names import name_key
from customers.numbers import clean_number, clean_uscc, is_valid_number
from receivables.models import FileKind
from receivables.reading import RowError

NAME_MAX_LENGTH = 200
FOUND = ("customer_id", "error_code", "candidates")
LEAVE_OUT: Final = "left_out"
Unknown = Literal["unknown_customer", "create", "left_out"]
"""What becomes of a row whose customer nobody knows: it is an error, opens his file, or is left out."""


@dataclass(frozen=True)
class NewCustomer:
    """A customer whom the file names and nobody has; `currency` is that of his first row."""

    number: str
    name: str
    currency: str


@dataclass(frozen=True)
class MatchedLines:
    """The lines with the column `customer_id`, null for those of `new_customers`.

    `errors` are the first of `error_count`, in the order of the rows; a row with an error is not in `lines`, nor are
    the `left_out` rows of `left_out_names` nobody knows.
    `matched_by_name` counts the customers whom the file knows under another number than we do.
    """

    lines: pl.DataFrame
    errors: tuple[RowError, ...]
    error_count: int
    new_customers: tuple[NewCustomer, ...]
    matched_by_name: int
    left_out: int = 0
    left_out_names: int = 0


@dataclass(frozen=True)
class _Match:
    """A customer; or an error code, with the numbers of the candidates; or neither: a new customer."""

    customer_id: int | None = None
    code: str | None = None
    candidates: str = ""
    by_name: bool = False


_UNKNOWN = _Match()


@dataclass(frozen=True)
class KnownCustomer:
    """What a customer goes by; `names` are his name, English name and short name where he has them. A merged file
    (`is_merged`) stands for the customer into whose file it went: `pk` is that one's."""

    pk: int
    number: str
    uscc: str | None
    names: tuple[str, ...]
    is_merged: bool = False


class CustomerRegister:
    """All customers under each key by which a file may name them. `aliases` are pairs of primary key and key."""

    def __init__(self, customers: Sequence[KnownCustomer], aliases: Sequence[tuple[int, str]] = ()) -> None:
        self._customers = customers
        self.by_number = {customer.number: customer.pk for customer in customers}
        self.by_code = {customer.uscc: customer.pk for customer in customers if customer.uscc}
        self.by_alias: dict[str, set[int]] = {}
        for pk, key in aliases:
            self.by_alias.setdefault(key, set()).add(pk)

    @cached_property
    def by_name(self) -> dict[str, set[int]]:
        """Name → primary keys of every customer with that name: Chinese, English or short."""
        names: dict[str, set[int]] = {}
        for customer in self._customers:
            for name in customer.names:
                names.setdefault(name_key(name), set()).add(customer.pk)
        return names

    @cached_property
    def _numbers(self) -> dict[int, str]:
        return {customer.pk: customer.number for customer in self._customers if not customer.is_merged}

    def match(self, ref: str, name: str | None) -> _Match:
        """Return whom a row means that carries `ref` and perhaps a name beside it.

        A number that is ours, or an alias that somebody entered, is surer than a code; names are the last resort.
        An alias or name that several customers carry is ambiguous, whatever comes after it.
        """
        number = self.by_number.get(clean_number(ref))
        if number is not None:
            return _Match(number)
        if aliased := self.by_alias.get(name_key(ref)):
            return self._only(aliased, by_name=False)
        code = self.by_code.get(clean_uscc(ref))
        if code is not None:
            return _Match(code)
        if name and (aliased := self.by_alias.get(name_key(name))):
            return self._only(aliased, by_name=True)
        for text in filter(None, (ref, name)):
            if namesakes := self.by_name.get(name_key(text)):
                return self._only(namesakes, by_name=True)
        return _UNKNOWN

    def _only(self, candidates: Collection[int], *, by_name: bool) -> _Match:
        if len(candidates) == 1:
            return _Match(next(iter(candidates)), by_name=by_name)
        numbers = sorted(self._numbers[pk] for pk in candidates)
        return _Match(code="ambiguous_customer", candidates=", ".join(numbers))


def unknown_in(kind: str, *, create_customers: bool) -> Unknown:
    """Return what becomes of rows of unknown customers in a kind of file: payables name every supplier, and most of
    them are no customers of ours (P3.4).
    """
    if kind == FileKind.PAYABLES:
        return LEAVE_OUT
    return "create" if create_customers else "unknown_customer"


def customer_register() -> CustomerRegister:
    """Return all customers as they are now. Two queries."""
    columns = ("pk", "merged_into", "number", "uscc", "name", "name_en", "short_name")
    rows = Customer.objects.order_by().values_list(*columns)
    return CustomerRegister(
        [
            KnownCustomer(kept or pk, number, uscc, tuple(filter(None, names)), is_merged=kept is not None)
            for pk, kept, number, uscc, *names in rows.iterator(chunk_size=10_000)
        ],
        list(CustomerAlias.objects.order_by().values_list("customer_id", "key")),
    )


def match_customers(
    lines: pl.DataFrame,
    register: CustomerRegister,
    *,
    unknown: Unknown,
    column: str,
    max_errors: int,
    once: bool = True,
) -> MatchedLines:
    """Return the lines of a file with their customers.

    `column` is what the file calls its customers; `unknown` says what becomes of those whom nobody knows. A name that
    several customers carry is an error always; `once`, so is an item that a customer has twice.
    """
    keys = ["customer_ref", "customer_name"]
    parts = [part.select(*keys, "currency") for part in _chunks(lines)]
    pairs = pl.concat(part.unique(keys, keep="first", maintain_order=True) for part in parts)
    pairs = pairs.unique(keys, keep="first", maintain_order=True)
    matches: list[_Match] = []
    new: dict[str, NewCustomer] = {}
    for ref, name, currency in pairs.iter_rows():
        match = register.match(ref, name)
        if match is _UNKNOWN:
            match = _Match(code=_refusal_to_create(ref, name or ref) if unknown == "create" else unknown)
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
    found = pl.concat(
        part.join(known, on=keys, how="left", nulls_equal=True, maintain_order="left").select(FOUND)
        for part in parts
    )
    matched = lines.hstack(found).with_columns(pl.lit(None, dtype=pl.Int64).alias("other_row"))
    if once and known["customer_id"].drop_nulls().is_duplicated().any():
        matched = _items_twice(matched)
    left_out = matched.filter(pl.col("error_code") == LEAVE_OUT).height
    wrong = matched.filter(pl.col("error_code").is_not_null() & (pl.col("error_code") != LEAVE_OUT))
    if wrong.height or left_out:
        matched = matched.filter(pl.col("error_code").is_null())
    return MatchedLines(
        lines=matched.drop("error_code", "candidates", "other_row"),
        errors=tuple(_errors(wrong.head(max_errors), column=column)),
        error_count=wrong.height,
        new_customers=tuple(new.values()),
        matched_by_name=sum(match.by_name for match in matches),
        left_out=left_out,
        left_out_names=sum(match.code == LEAVE_OUT for match in matches),
    )


def _chunks(lines: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the lines in the pieces in which they lie in memory: columns in other pieces beside them would copy all."""
    start = 0
    for length in lines["row_number"].chunk_lengths():
        yield lines.slice(start, length)
        start += length


def _refusal_to_create(ref: str, name: str) -> str | None:
    valid = is_valid_number(clean_number(ref)) and len(name.strip()) <= NAME_MAX_LENGTH
    return None if valid else "customer_cannot_be_created"


def _items_twice(matched: pl.DataFrame) -> pl.DataFrame:
    """Mark the items that a customer has twice because the file names him in two ways."""
    key = ["customer_id", "document", pl.coalesce("due_on", "document_on"), "currency"]
    first = pl.col("row_number").min().over(key)
    twice = pl.col("customer_id").is_not_null() & (pl.col("row_number") > first)
    return matched.with_columns(
        pl.when(twice).then(pl.lit("customer_item_twice")).otherwise("error_code").alias("error_code"),
        pl.when(twice).then(first).alias("other_row"),
    )


def _errors(wrong: pl.DataFrame, *, column: str) -> Iterator[RowError]:
    rows = wrong.select(
        "row_number", "customer_ref", "customer_name", "error_code", "candidates", "other_row"
    )
    for row, ref, name, code, candidates, other_row in rows.iter_rows():
        params = {"candidates": candidates, "other_row": other_row, "name": name}
        yield RowError(
            row, column, ref, code, {key: value for key, value in params.items() if value is not None}
        )

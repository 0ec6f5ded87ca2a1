"""Whole columns of text turned into dates, amounts and currencies.

The ordinary cells are read at once, the odd ones one by one.

Each function returns a frame with the parsed `value` and, where a cell could not be read, the `code` of the
error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import polars as pl

from receivables.reading.amounts import DOT, AmountError, decimal_mark, parse_amount
from receivables.reading.currencies import currency_code
from receivables.reading.dates import DateError, day_order, parse_date

AMOUNT = pl.Decimal(18, 2)
_ERROR_CELL = r"^#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|ERROR)$"
_PLAIN = r"^-?[0-9]{1,14}(?:\.[0-9]{1,2})?$"
_GROUPED = r"^-?[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,2})?$"
OUTLIER_FACTOR, OUTLIERS_FROM_ROWS, OUTLIERS_AT_MOST = 10, 10, 3
_GROUPED_CENTS = r",[0-9]{3}\.[0-9]"


def dates(columns: Iterable[pl.Series], *, epoch_1904: bool, order: str | None = None) -> list[pl.DataFrame]:
    """Return for each column of texts its dates: `value` (Date) and `code`.

    Whether 3/4/2025 is in March or in April is decided by `order`, or by all the date columns of the file together.
    """
    return read_dates(columns, epoch_1904=epoch_1904, order=order)[0]


def read_dates(
    columns: Iterable[pl.Series], *, epoch_1904: bool, order: str | None = None
) -> tuple[list[pl.DataFrame], str | None]:
    """Return what `dates` does, and by which order the columns were read: None where nothing shows it."""
    columns = list(columns)
    texts = [column.unique().drop_nulls() for column in columns]
    order = order or day_order(text for column in texts for text in column)

    def parse(text: str) -> object:
        return parse_date(text, order=order, epoch_1904=epoch_1904)

    found = [
        _looked_up(column, unique, parse, pl.Date) for column, unique in zip(columns, texts, strict=True)
    ]
    return found, order


def amounts(columns: list[pl.Series], exponents: list[int], *, mark: str | None = None) -> list[pl.DataFrame]:
    """Return for each column of texts its amounts: `value` (Decimal(18, 2)), `code` and `signs`.

    `signs` are the currencies a sign beside the amount allows, joined by commas. The decimal mark is `mark`, or
    decided by all the amount columns of the file together.
    """
    return read_amounts(columns, exponents, mark=mark)[0]


def read_amounts(
    columns: list[pl.Series], exponents: list[int], *, mark: str | None = None
) -> tuple[list[pl.DataFrame], str | None]:
    """Return what `amounts` does, and by which decimal mark the columns were read: None where nothing shows it."""
    plain = [column.str.contains(_PLAIN) for column in columns]
    grouped = [column.str.contains(_GROUPED) & ~flat for column, flat in zip(columns, plain, strict=True)]
    odd = [
        column.filter(~(flat | group)).unique().drop_nulls()
        for column, flat, group in zip(columns, plain, grouped, strict=True)
    ]
    dots = any(
        column.filter(flat).str.contains(".", literal=True).any()
        or column.filter(group).str.contains(_GROUPED_CENTS).any()
        for column, flat, group in zip(columns, plain, grouped, strict=True)
    )
    mark = mark or decimal_mark((text for column in odd for text in column), plain_dots=dots)
    results = []
    for column, flat, group, exponent in zip(columns, plain, grouped, exponents, strict=True):
        ready = flat if mark not in (None, DOT) else flat | group
        if exponent:
            ready = pl.repeat(False, len(column), eager=True)
        results.append(_amounts(column, ready.fill_null(False), mark, exponent))
    return results, mark or (DOT if dots else None)


def _amounts(column: pl.Series, ready: pl.Series, mark: str | None, exponent: int) -> pl.DataFrame:
    simple = column.set(~ready, None).str.replace_all(",", "", literal=True).cast(AMOUNT)
    odd = column.set(ready, None)
    unique = odd.unique().drop_nulls()
    if unique.is_empty():
        nothing = pl.repeat(None, len(column), dtype=pl.String, eager=True)
        return pl.DataFrame({"value": simple, "code": nothing, "signs": nothing})

    signs: dict[str, str] = {}

    def parse(text: str) -> object:
        amount = parse_amount(text, mark=mark, exponent=exponent)
        if amount.currencies:
            signs[text] = ",".join(sorted(amount.currencies))
        return amount.text

    parsed = _looked_up(odd, unique, parse, pl.String)
    return pl.DataFrame(
        {
            "value": pl.select(pl.coalesce(simple, parsed["value"].cast(AMOUNT))).to_series(),
            "code": parsed["code"],
            "signs": odd.replace_strict(signs, default=None, return_dtype=pl.String),
        }
    )


def currencies(column: pl.Series) -> pl.DataFrame:
    """Return the ISO 4217 codes of a column of currency names: `value` and `code`."""

    def parse(text: str) -> object:
        code = currency_code(text)
        if code is None:
            raise AmountError("unknown_currency")
        return code

    return _looked_up(column, column.unique().drop_nulls(), parse, pl.String)


def outliers(currency: pl.Series, amounts: pl.Series) -> pl.Series:
    """Return which amounts are suspiciously large: more than ten times the next smaller one of their currency, and the
    largest but few. A decimal point that slipped looks like this; a small file has nothing to compare with.
    """
    table = pl.DataFrame({"currency": currency, "size": amounts.abs().cast(pl.Float64).fill_null(0.0)})
    marks = (
        table.group_by("currency")
        .agg(
            pl.len().alias("count"),
            pl.col("size").top_k(OUTLIERS_AT_MOST + 1).sort(descending=True).alias("largest"),
        )
        .filter(pl.col("count") >= OUTLIERS_FROM_ROWS)
    )
    above: dict[str, float] = {}
    for name, _count, largest in marks.iter_rows():
        for bigger, smaller in pairwise(largest):
            if smaller > 0 and bigger > OUTLIER_FACTOR * smaller:
                above[name] = bigger
                break
    limits = currency.replace_strict(above, default=None, return_dtype=pl.Float64)
    return (table["size"] >= limits).fill_null(False)


def error_cells(column: pl.Series) -> pl.Series:
    """Return which cells hold a spreadsheet's error value, such as #N/A or #REF!."""
    sharp = column.str.starts_with("#")
    return sharp & column.str.contains(_ERROR_CELL) if sharp.any() else sharp


def _looked_up(
    column: pl.Series,
    unique: pl.Series,
    parse: Callable[[str], object],
    dtype: pl.DataType | type[pl.DataType],
) -> pl.DataFrame:
    """Parse each different text once and give every cell its result."""
    values: list[object] = []
    codes: list[str | None] = []
    for text in unique:
        try:
            values.append(parse(text))
            codes.append(None)
        except (AmountError, DateError) as error:
            values.append(None)
            codes.append(error.code)
    table = pl.DataFrame(
        {"text": unique, "value": pl.Series(values, dtype=dtype), "code": pl.Series(codes, dtype=pl.String)}
    )
    return (
        pl.DataFrame({"text": column}).join(table, on="text", how="left", maintain_order="left").drop("text")
    )

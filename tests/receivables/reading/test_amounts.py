"""Amounts: what is understood, what is refused, and that nothing is ever guessed."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.reading import columns
from receivables.reading.amounts import COMMA, DOT, MIXED, AmountError, decimal_mark, parse_amount

cents = st.integers(-(10**15), 10**15)


def error(text: str, mark: str | None = None, exponent: int = 0) -> str:
    with pytest.raises(AmountError) as raised:
        parse_amount(text, mark=mark, exponent=exponent)
    return raised.value.code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234.5", "1234.50"),
        ("1,234.50", "1234.50"),
        ("(1,234.50)", "-1234.50"),
        ("（1,234.50）", "-1234.50"),
        ("-1,234.50", "-1234.50"),
        ("－1234.50", "-1234.50"),
        ("−1234.50", "-1234.50"),
        ("1,234.50-", "-1234.50"),
        ("+12", "12.00"),
        ("1.234,50", "1234.50"),
        ("1.234.567,5", "1234567.50"),
        ("1,234,567", "1234567.00"),
        ("1.234.567", "1234567.00"),
        ("1,234", "1234.00"),
        ("12,50", "12.50"),
        ("１，２３４．５０", "1234.50"),
        ("¥1,234.50", "1234.50"),
        ("￥1,234.50", "1234.50"),
        ("-¥12", "-12.00"),
        ("¥-12", "-12.00"),
        ("$ 12.00", "12.00"),
        ("12 €", "12.00"),
        ("RMB 1,234.50", "1234.50"),
        ("1234.50 CNY", "1234.50"),
        ("1234.50元", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234\u00a0567.50", "1234567.50"),
        ("1'234.50", "1234.50"),
        (".5", "0.50"),
        ("5.", "5.00"),
        ("12.3400", "12.34"),
        ("1234.5600000001", "1234.56"),
        ("0.30000000000000004", "0.30"),
        ("99999999999.990005493", "99999999999.99"),
        ("99999999999999.99", "99999999999999.99"),
        ("-", "0.00"),
        ("¥ -", "0.00"),
        ("1,234.50 CR", "-1234.50"),
        ("1,234.50 DR", "1234.50"),
        ("-0", "0.00"),
    ],
)
def test_an_amount_is_understood(text: str, expected: str) -> None:
    assert parse_amount(text).text == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("-inf", "not_a_number"),
        ("1e5", "not_a_number"),
        ("1_000", "not_a_number"),
        ("0x10", "not_a_number"),
        ("abc", "not_a_number"),
        ("true", "not_a_number"),
        ("2025-03-01 00:00:00", "not_a_number"),
        ("#N/A", "not_a_number"),
        ("(12", "not_a_number"),
        ("-(12)", "not_a_number"),
        ("--12", "not_a_number"),
        ("-12-", "not_a_number"),
        ("¥12元", "not_a_number"),
        ("XYZ 12", "not_a_number"),
        ("1,23,456.00", "not_a_number"),
        ("1,2345.00", "not_a_number"),
        ("12 34", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("1 234 567.8.9", "not_a_number"),
        ("1 234,567,890", "not_a_number"),
        ("1.234,567.89", "not_a_number"),
        ("²", "not_a_number"),
        ("١٢", "not_a_number"),
        ("12.345", "too_many_decimals"),
        ("1.234", "too_many_decimals"),
        ("0.001", "too_many_decimals"),
        ("12." + "1" * 40, "too_many_decimals"),
        ("123456789012345", "too_large"),
        ("1" * 400, "too_large"),
    ],
)
def test_what_is_no_amount_to_the_cent_is_refused(text: str, code: str) -> None:
    assert error(text) == code


@pytest.mark.parametrize(
    ("text", "mark", "expected"),
    [
        ("1.234", COMMA, "1234.00"),
        ("1,234", DOT, "1234.00"),
        ("1,234", COMMA, "too_many_decimals"),
        ("1.234", DOT, "too_many_decimals"),
        ("1.234", MIXED, "ambiguous_number"),
        ("1,234", MIXED, "ambiguous_number"),
        ("12,50", DOT, "ambiguous_number"),
        ("12.50", COMMA, "ambiguous_number"),
        ("12,50", MIXED, "ambiguous_number"),
        ("1.234,50", MIXED, "1234.50"),
        ("1,234.50", MIXED, "1234.50"),
        ("0.123", COMMA, "ambiguous_number"),
    ],
)
def test_the_column_decides_what_a_single_separator_means(text: str, mark: str, expected: str) -> None:
    try:
        found = parse_amount(text, mark=mark).text
    except AmountError as refused:
        found = refused.code
    assert found == expected


@pytest.mark.parametrize(
    ("texts", "plain_dots", "mark"),
    [
        ([], False, None),
        ([], True, DOT),
        (["1,234"], False, None),
        (["1.234", "12"], False, None),
        (["1,234.50"], False, DOT),
        (["1.234,50"], False, COMMA),
        (["12,5"], False, COMMA),
        (["1.234.567"], False, COMMA),
        (["1,234,567"], False, DOT),
        (["0.123"], False, DOT),
        (["12,5", "1,234.50"], False, MIXED),
        (["12,5"], True, MIXED),
        (["n/a"], False, None),
    ],
)
def test_the_decimal_mark_of_a_column(texts: list[str], plain_dots: bool, mark: str | None) -> None:
    assert decimal_mark(texts, plain_dots=plain_dots) == mark


def test_ten_thousands_are_applied_exactly() -> None:
    """12.345678 万元 = 123,456.78; 12.3456789 万元 would be 123,456.789."""
    assert parse_amount("12.345678", exponent=4).text == "123456.78"
    assert parse_amount("-0.000001", exponent=4).text == "-0.01"
    assert error("12.3456789", exponent=4) == "too_many_decimals"
    assert error("99999999999", exponent=4) == "too_large"


@pytest.mark.parametrize(
    ("text", "currencies"),
    [
        ("12", set()),
        ("¥12", {"CNY", "JPY"}),
        ("12 USD", {"USD"}),
        ("US$12", {"USD"}),
        ("€12", {"EUR"}),
        ("美元12", {"USD"}),
    ],
)
def test_a_sign_names_the_currencies_it_may_stand_for(text: str, currencies: set[str]) -> None:
    assert parse_amount(text).currencies == currencies


def test_a_dollar_may_be_any_dollar_but_not_a_euro() -> None:
    dollars = parse_amount("$5").currencies
    assert {"USD", "HKD", "SGD", "AUD"} <= dollars
    assert not {"EUR", "CNY"} & dollars


WRITERS = [
    lambda value: f"{value:.2f}",
    lambda value: f"{value:,.2f}",
    lambda value: f"({-value:,.2f})" if value < 0 else f"{value:,.2f}",
    lambda value: f"{abs(value):,.2f}-" if value < 0 else f"{value:,.2f}",
    lambda value: f"¥{value:,.2f}",
    lambda value: f"{value:,.2f}".replace(",", " "),
    lambda value: f"{value:,.2f}".translate(str.maketrans(",.", ".,")),
    lambda value: f"{value:,.2f}".translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
]


@given(cents, st.sampled_from(WRITERS))
def test_every_way_of_writing_an_amount_comes_back_to_the_cent(amount: int, write) -> None:  # type: ignore[no-untyped-def]
    value = Decimal(amount).scaleb(-2)
    assert Decimal(parse_amount(write(value)).text) == value


@given(st.lists(st.tuples(cents, st.sampled_from(WRITERS[:5])), min_size=1, max_size=30))
def test_a_whole_column_is_what_its_cells_are(cells) -> None:  # type: ignore[no-untyped-def]
    """The vectorised path of ordinary cells and the careful path of odd ones agree."""
    values = [Decimal(amount).scaleb(-2) for amount, _ in cells]
    texts = pl.Series([write(value) for value, (_, write) in zip(values, cells, strict=True)])
    [result] = columns.amounts([texts], [0])
    assert result["code"].null_count() == len(cells)
    assert result["value"].to_list() == values


@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_an_error(text: str) -> None:
    [result] = columns.amounts([pl.Series([text])], [0])
    [value], [code] = result["value"].to_list(), result["code"].to_list()
    assert (value is None) == (code in {"not_a_number", "ambiguous_number", "too_many_decimals", "too_large"})


@given(st.integers(-(10**13), 10**13))
def test_what_a_double_makes_of_cents_is_read_as_those_cents(amount: int) -> None:
    """A spreadsheet keeps 0.1 + 0.2 as 0.30000000000000004 and its reader writes nine decimals."""
    assert parse_amount(f"{amount / 100:.9f}").cents == amount

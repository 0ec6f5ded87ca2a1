"""Customer numbers and unified social credit codes."""

from __future__ import annotations

import pytest
from stdnum.cn import uscc

from customers.numbers import (
    clean_number,
    clean_postal_code,
    clean_uscc,
    is_valid_number,
    is_valid_postal_code,
    is_valid_uscc,
)

HUAWEI = "914403001922038216"
RURAL_COLLECTIVE = "N2330106MF0Y2E5K1"


@pytest.mark.parametrize("number", ["C000001", "01.0001", "KH-001(A)", "客户001", "a" * 30, "New"])
def test_number_that_fits_an_address(number: str) -> None:
    assert is_valid_number(number)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "a" * 31,
        "A/1",
        "A\\1",
        "A\n1",
        "A\x001",
        "new",
        ".",
        "..",
        " A",
        "A ",
        "A  1",
        "A\u202e1",
        "\ud800",
    ],
)
def test_number_that_does_not(number: str) -> None:
    assert not is_valid_number(number)


@pytest.mark.parametrize(
    ("typed", "number"), [(" C1 ", "C1"), ("C 1", "C 1"), ("Ｃ１", "C1"), ("A\t\tB", "A B")]
)
def test_number_is_written_one_way(typed: str, number: str) -> None:
    assert clean_number(typed) == number


@pytest.mark.parametrize(
    "typed", ["914403001922038216", " 91440300-1922038216", "９１４４０３００１９２２０３８２１６"]
)
def test_code_is_written_one_way(typed: str) -> None:
    assert clean_uscc(typed) == HUAWEI


def test_code_with_its_check_character() -> None:
    assert is_valid_uscc(HUAWEI)
    assert is_valid_uscc("91110000600037341L")


def test_letters_may_name_who_registered_whom() -> None:
    body = RURAL_COLLECTIVE[:17].replace("O", "0")
    assert is_valid_uscc(body + uscc.calc_check_digit(body))


@pytest.mark.parametrize(
    "code",
    [
        "914403001922038217",  # another check character
        "914403001922038261",  # two characters exchanged
        "91440300192203821",  # 17 characters
        "9144030019220382166",  # 19 characters
        "91440300192203821O",  # O is not in the alphabet
        "91440300192203821i",  # small letters: clean first
        "",
    ],
)
def test_code_that_cannot_be_one(code: str) -> None:
    assert not is_valid_uscc(code)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("200120", "200120"),
        (" ２００１２０ ", "200120"),
        ("sw1a  1aa", "SW1A 1AA"),
        ("100-0001", "100-0001"),
        ("123", "123"),
    ],
)
def test_post_codes_of_china_and_abroad(typed: str, kept: str) -> None:
    assert clean_postal_code(typed) == kept
    assert is_valid_postal_code(kept)


@pytest.mark.parametrize(
    "code", ["", "12", "12345678901", "2001#0", "-2001", "邮编200120", "200120\n", "sw1a"]
)
def test_what_is_no_post_code(code: str) -> None:
    assert not is_valid_postal_code(code)

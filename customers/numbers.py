"""Customer numbers and unified social credit codes: what is a valid one, written how. Pure rules."""

from __future__ import annotations

import re
import unicodedata

from stdnum.cn import uscc

RUNNING_NUMBER = "C{:06d}"
NUMBER_MAX_LENGTH = 30
NUMBER_FORBIDDEN = r"[/\\[:cntrl:]]"
"""What the database refuses in a number: it is part of the customer's address."""
NUMBERS_RESERVED = ("new", "merge", "merges", "import", "imports", ".", "..")

_POSTAL_CODE = re.compile(r"[0-9A-Z](?:[0-9A-Z -]{1,8})[0-9A-Z]")
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


def clean_number(text: str) -> str:
    """Return a customer number in one way of writing: full-width characters made plain, blanks trimmed."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def is_valid_number(number: str) -> bool:
    """Return whether `number` can name a customer: 1–30 characters, no slash, none invisible, not
    reserved."""
    return (
        0 < len(number) <= NUMBER_MAX_LENGTH
        and number == clean_number(number)
        and number not in NUMBERS_RESERVED
        and not any(char in "/\\" or unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in number)
    )


def plain_account_number(number: str) -> str:
    """Return a bank account number as the bank reads it: without the blanks and dashes that people write."""
    return number.replace(" ", "").replace("-", "")


def clean_uscc(text: str) -> str:
    """Return a unified social credit code in one way of writing: capitals, no blanks, no dashes."""
    return uscc.compact(unicodedata.normalize("NFKC", text))


def is_valid_uscc(code: str) -> bool:
    """Return whether `code` has the form and the check character of GB 32100-2015.

    The first two characters (who registered it, and what) may be letters, e.g. N2 for rural collectives.
    """
    return bool(_USCC.fullmatch(code)) and code[-1] == uscc.calc_check_digit(code[:-1])


def clean_postal_code(text: str) -> str:
    """Return a post code in one way of writing: plain capitals and digits, single blanks."""
    return clean_number(text).upper()


def is_valid_postal_code(code: str) -> bool:
    """Return whether `code`, as `clean_postal_code` writes it, can be a post code of some country: 3–10 characters."""
    return bool(_POSTAL_CODE.fullmatch(code))

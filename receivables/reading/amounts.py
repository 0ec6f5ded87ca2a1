"""Amounts of money as people and programs write them, to the cent or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal

from receivables.reading.currencies import SIGN_PATTERN, sign_currencies
from receivables.reading.texts import half_width

MAX_INTEGER_DIGITS = 14
# A spreadsheet's own arithmetic leaves noise such as 1234.5600000001; half a unit in the last place of a
# double, and never less than a millionth of a currency unit, is noise and not a third decimal.
_NOISE = Decimal("0.000001")
_HALF_ULP = Decimal(2) ** -53
_EXACT = Context(prec=80)

# `.` or `,` as the decimal mark of a column; `mixed` where both are used; None where nothing tells.
DOT, COMMA, MIXED = ".", ",", "mixed"

_NUMBER = r"[0-9]{1,3}(?:[ ,.'’][0-9]{3})+(?:[.,][0-9]*)?|[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+"
_AMOUNT = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<before>{SIGN_PATTERN})?\s*(?P<inner>[-+])?\s*(?P<number>{_NUMBER})\s*"
    rf"(?P<after>{SIGN_PATTERN})?\s*(?P<tail>[-+]|CR|DR)?\s*(?P<close>\))?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"([1-9][0-9]{0,2})[.,]([0-9]{3})")
_ZERO_DASH = re.compile(rf"(?:{SIGN_PATTERN})?\s*-+\s*", re.IGNORECASE)


class AmountError(ValueError):
    """The text is no amount to the cent; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Amount:
    """An exact number of cents; `currencies` are those its sign or code allows (empty: it had none)."""

    cents: int
    currencies: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """Return the amount as plain text with two decimals, such as -1234.50."""
        whole, cents = divmod(abs(self.cents), 100)
        return f"{'-' if self.cents < 0 else ''}{whole}.{cents:02d}"


def decimal_mark(texts: Iterable[str], *, plain_dots: bool) -> str | None:
    """Return the decimal mark the texts of a column agree on.

    `plain_dots`: 1234.50 was seen elsewhere in it.
    """
    seen = {DOT} if plain_dots else set()
    for text in texts:
        match = _AMOUNT.fullmatch(half_width(text))
        if match is not None and (mark := _evident_mark(match["number"])):
            seen.add(mark)
            if len(seen) > 1:
                return MIXED
    return seen.pop() if seen else None


def _evident_mark(number: str) -> str | None:
    """Return the decimal mark that a number proves; 1,234 and 1.234 prove nothing."""
    marks = [sign for sign in number if sign in ".,"]
    if not marks:
        return None
    if len(set(marks)) > 1:
        return marks[-1]
    if len(marks) > 1:
        return COMMA if marks[0] == DOT else DOT
    return None if _THOUSANDS.fullmatch(number) else marks[0]


def parse_amount(text: str, *, mark: str | None = None, exponent: int = 0) -> Amount:
    """Return the amount `text` states, times ten to the power of `exponent` (4 for a column in 万元).

    `mark` is the column's decimal mark. A value is never guessed: 1.234 is 1,234 only where the column
    shows that a comma is its decimal mark. Raises AmountError: not_a_number, ambiguous_number,
    too_many_decimals, too_large.
    """
    narrow = half_width(text)
    if _ZERO_DASH.fullmatch(narrow):
        return Amount(0)
    match = _AMOUNT.fullmatch(narrow)
    if match is None or (match["open"] is None) != (match["close"] is None):
        raise AmountError("not_a_number")
    tail = (match["tail"] or "").upper()
    signs = [sign for sign in (match["sign"], match["inner"], tail) if sign]
    if len(signs) + (match["open"] is not None) > 1 or (match["before"] and match["after"]):
        raise AmountError("not_a_number")
    negative = match["open"] is not None or signs in (["-"], ["CR"])
    whole, fraction = _split(match["number"], mark)
    cents = _cents(whole, fraction, exponent)
    try:
        currencies = sign_currencies(match["before"] or match["after"])
    except ValueError:
        raise AmountError("not_a_number") from None
    return Amount(-cents if negative else cents, currencies)


def _split(number: str, mark: str | None) -> tuple[str, str]:
    """Return the digits before and after the decimal mark."""
    number = number.replace("’", "'")
    grouped = re.sub("[ ']", "", number)
    spaced = grouped != number
    marks = [sign for sign in grouped if sign in ".,"]
    if not marks:
        return grouped, ""
    last = marks[-1]
    whole, _, fraction = grouped.rpartition(last)
    if len(set(marks)) == 2:
        if marks.count(last) > 1 or spaced:
            raise AmountError("not_a_number")
        return re.sub("[.,]", "", whole), fraction
    if len(marks) > 1:
        if spaced or len(fraction) != 3:
            raise AmountError("not_a_number")
        return grouped.replace(last, ""), ""
    if thousands := _THOUSANDS.fullmatch(grouped):
        return _split_thousands(thousands[1], thousands[2], last, mark)
    if mark not in (None, last):
        raise AmountError("ambiguous_number")
    return whole or "0", fraction


def _split_thousands(whole: str, fraction: str, sign: str, mark: str | None) -> tuple[str, str]:
    """Return the digits of 1,234 or 1.234: thousands, or three decimals, which money does not have."""
    if mark == MIXED:
        raise AmountError("ambiguous_number")
    if sign == mark or (mark is None and sign == DOT):
        return whole, fraction
    return whole + fraction, ""


def _cents(whole: str, fraction: str, exponent: int) -> int:
    if len(whole.lstrip("0")) > MAX_INTEGER_DIGITS or len(fraction) > 30:
        raise AmountError("too_large" if len(fraction) <= 30 else "too_many_decimals")
    value = _EXACT.scaleb(Decimal(f"{whole}.{fraction or '0'}"), exponent)
    if value >= Decimal(10) ** MAX_INTEGER_DIGITS:
        raise AmountError("too_large")
    cents = _EXACT.scaleb(value, 2)
    nearest = int(cents.to_integral_value(context=_EXACT))
    noise = _EXACT.multiply(max(_NOISE, _EXACT.multiply(value, _HALF_ULP)), Decimal(100))
    if abs(_EXACT.subtract(cents, Decimal(nearest))) > noise:
        raise AmountError("too_many_decimals")
    return nearest

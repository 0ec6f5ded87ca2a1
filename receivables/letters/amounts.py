"""Amounts and rates as a letter writes them, among them Chinese capital numerals (大写金额)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

LIMIT = Decimal(10) ** 16


@dataclass(frozen=True)
class _Numerals:
    digits: str
    units: tuple[tuple[int, str], ...]
    yuan: str
    whole: str = "整"
    jiao: str = "角"
    fen: str = "分"


SIMPLIFIED = _Numerals(
    "零壹贰叁肆伍陆柒捌玖",
    ((100_000_000, "亿"), (10_000, "万"), (1000, "仟"), (100, "佰"), (10, "拾")),
    "元",
)
TRADITIONAL = _Numerals(
    "零壹貳參肆伍陸柒捌玖",
    ((100_000_000, "億"), (10_000, "萬"), (1000, "仟"), (100, "佰"), (10, "拾")),
    "圓",
)


def _capital_integer(number: int, numerals: _Numerals) -> str:
    for size, unit in numerals.units:
        if number >= size:
            high, low = divmod(number, size)
            gap = numerals.digits[0] if 0 < low < size // 10 else ""
            rest = _capital_integer(low, numerals) if low else ""
            return _capital_integer(high, numerals) + unit + gap + rest
    return numerals.digits[number]


def capital_amount(amount: Decimal, *, traditional: bool = False) -> str:
    """Return `amount` in Chinese capital numerals, without a currency: 1009.50 is 壹仟零玖元伍角整.

    整 follows a whole amount and one that ends in 角, not one that ends in 分; a gap of zeros inside the
    number is one 零. Raises ValueError for a negative amount, a fraction of a 分, or 10 quadrillion and more.
    """
    if not amount.is_finite() or not 0 <= amount < LIMIT or amount != round(amount, 2):
        raise ValueError(f"{amount} has no capital form")
    numerals = TRADITIONAL if traditional else SIMPLIFIED
    yuan, cents = divmod(int(amount * 100), 100)
    jiao, fen = divmod(cents, 10)
    text = _capital_integer(yuan, numerals) + numerals.yuan if yuan or not cents else ""
    if jiao:
        text += numerals.digits[jiao] + numerals.jiao
    elif fen and yuan:
        text += numerals.digits[0]
    return text + (numerals.digits[fen] + numerals.fen if fen else numerals.whole)


def grouped(amount: Decimal) -> str:
    """Return the amount to the cent with thousands separators: 1,234,567.80."""
    return f"{amount:,.2f}"


def percentage(ratio: Decimal) -> str:
    """Return a ratio as a percentage without needless zeros: 0.0005 is 0.05%."""
    return f"{(ratio * 100).normalize():f}%"

"""One header cell understood: which field it names, in which unit and currency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from receivables.reading.currencies import currency_code
from receivables.reading.texts import cleaned_cell, half_width

# Characters of column names, folded so that one list of names serves both scripts.
_SIMPLIFIED = str.maketrans(
    "戶編號碼稱單據發憑證幣別額應餘備註說約帳賬開轉貨購預計匯總檔業務實際還結項償債權價稅內簡該條訂銷聯絡處員類錄細萬億圓產經營銀財齡",
    "户编号码称单据发凭证币别额应余备注说约账账开转货购预计汇总档业务实际还结项偿债权价税内简该条订销联络处员类录细万亿圆产经营银财龄",
)
_BRACKETS = re.compile(r"[(\[【〔{（［]([^)\]】〕}）］]*)[)\]】〕}）］]")
_NOISE = re.compile(r"[^0-9a-z#一-鿿]+")
_LATIN = re.compile(r"[0-9a-z#]+")
_CHINESE = re.compile(r"[一-鿿]+")
_NUMBERED = re.compile(r"(?:第?[0-9一二三四五六七八九十]{1,2}[次期笔]?)?(.+?)[0-9一二三四五六七八九十]{0,2}")
_UNITS = {"元": 0, "圆": 0, "千元": 3, "k": 3, "000": 3, "000s": 3, "thousand": 3, "thousands": 3, "万": 4,
          "万元": 4, "百万元": 6, "million": 6, "millions": 6, "亿元": 8, "亿": 8}  # fmt: skip
_TITLE_UNIT = re.compile(r"单位\s*[:：]?\s*([^\s,，;；、|)）]{1,12})")
_UNIT_WORDS = re.compile(r"^(?:单位|in|unit|currency|币种)+")
_TAILS = re.compile(r"(百万元|千元|万元|亿元|元|人民币|美元|港币|欧元|rmb|cny|usd|eur|hkd|gbp|jpy|twd)$")


@dataclass(frozen=True)
class HeaderCell:
    """A header text. `exponent` is 4 for 万元 (None: not stated), `currency` the ISO code it names."""

    text: str
    field: str | None = None
    rank: int = 0
    exponent: int | None = None
    currency: str | None = None


def simplified(text: str) -> str:
    """Return a text with the traditional characters of column names made simplified."""
    return text.translate(_SIMPLIFIED)


@lru_cache(maxsize=4096)  # the first rows of a file are read for several layouts
def normalised(text: str) -> str:
    """Return a column name without width, case, script, space and punctuation: the key of the look-up."""
    return _NOISE.sub("", half_width(text).casefold().translate(_SIMPLIFIED))


def unit(text: str) -> tuple[int | None, str | None]:
    """Return the power of ten and the currency that a unit such as 万元, 人民币万元 or "in CNY" states."""
    key = _UNIT_WORDS.sub("", normalised(text))
    if key in _UNITS:
        return _UNITS[key], None
    if code := currency_code(key):
        return None, code
    for name, exponent in _UNITS.items():
        head = key.removesuffix(name)
        if head != key and (code := currency_code(head)):
            return exponent, code
        tail = key.removeprefix(name)
        if tail != key and (code := currency_code(tail)):
            return exponent, code
    return None, None


def title_unit(text: str) -> tuple[int | None, str | None]:
    """Return what a title row such as 金额单位：人民币万元 states for all amounts below it."""
    match = _TITLE_UNIT.search(half_width(text).translate(_SIMPLIFIED))
    return unit(match[1]) if match else (None, None)


def header_cell(
    text: str, ranks: Mapping[str, tuple[str, int]], *, numbered: frozenset[str] = frozenset()
) -> HeaderCell | None:
    """Return what a header text means, with field None where no name fits; None for an empty cell.

    Names of the fields `numbered` may carry a number: 收款日期2 is another 收款日期.
    """
    shown = cleaned_cell(text)
    if not shown:
        return None
    exponent: int | None = None
    currency: str | None = None
    for inside in _BRACKETS.findall(half_width(shown)):
        inside_exponent, inside_currency = unit(inside)
        exponent = inside_exponent if inside_exponent is not None else exponent
        currency = inside_currency or currency
    bare = normalised(_BRACKETS.sub("", half_width(shown)))
    for key in dict.fromkeys([normalised(shown), bare, *_halves(bare)]):
        if key in ranks:
            field, rank = ranks[key]
            return HeaderCell(shown, field, rank, exponent, currency)
    if numbered and (match := _NUMBERED.fullmatch(bare)) and ranks.get(match[1], ("", 0))[0] in numbered:
        field, rank = ranks[match[1]]
        return HeaderCell(shown, field, rank, exponent, currency)
    if tail := _TAILS.search(bare):
        stem = bare[: tail.start()].removesuffix("in")
        if stem in ranks:
            tail_exponent, tail_currency = unit(tail[1])
            field, rank = ranks[stem]
            return HeaderCell(
                shown,
                field,
                rank,
                exponent if exponent is not None else tail_exponent,
                currency or tail_currency,
            )
    return HeaderCell(shown, None, 0, exponent, currency)


def _halves(key: str) -> list[str]:
    """Return the Chinese and the Latin part of a bilingual name such as 客户编码 Customer No."""
    return ["".join(_CHINESE.findall(key)), "".join(_LATIN.findall(key))]

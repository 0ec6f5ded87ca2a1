"""Currencies by ISO 4217 code, by name and by sign."""

from __future__ import annotations

from receivables.reading.texts import half_width

_CODE_LIST = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP "
    "LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR "
    "PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC "
    "SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF "
    "XPF YER ZAR ZMW ZWG"
)
CODES = frozenset(_CODE_LIST.split())
_NAMES = {
    "人民币": "CNY", "人民幣": "CNY", "RMB": "CNY", "CNH": "CNY", "¥": "CNY", "CN¥": "CNY", "RMB¥": "CNY",
    "人民币元": "CNY", "人民幣元": "CNY", "元": "CNY", "RENMINBI": "CNY", "YUAN": "CNY",
    "美元": "USD", "美金": "USD", "US$": "USD", "US DOLLAR": "USD", "US DOLLARS": "USD", "DOLLAR": "USD",
    "港币": "HKD", "港幣": "HKD", "港元": "HKD", "HK$": "HKD",
    "新台币": "TWD", "新臺幣": "TWD", "新台幣": "TWD", "台币": "TWD", "台幣": "TWD", "臺幣": "TWD",
    "NT$": "TWD", "NTD": "TWD", "澳门元": "MOP", "澳門元": "MOP", "MOP$": "MOP",
    "欧元": "EUR", "歐元": "EUR", "€": "EUR", "EURO": "EUR",
    "英镑": "GBP", "英鎊": "GBP", "£": "GBP", "POUND": "GBP",
    "日元": "JPY", "日圆": "JPY", "日圓": "JPY", "日币": "JPY", "日幣": "JPY", "JP¥": "JPY", "YEN": "JPY",
    "韩元": "KRW", "韓元": "KRW", "韩圆": "KRW", "韓圜": "KRW", "₩": "KRW",
    "新加坡元": "SGD", "新币": "SGD", "S$": "SGD", "SG$": "SGD", "澳元": "AUD", "澳币": "AUD",
    "A$": "AUD", "AU$": "AUD", "加元": "CAD", "加币": "CAD", "C$": "CAD", "CA$": "CAD",
    "瑞士法郎": "CHF", "卢布": "RUB", "盧布": "RUB", "₽": "RUB", "泰铢": "THB", "泰銖": "THB",
    "印度卢比": "INR", "₹": "INR", "越南盾": "VND", "林吉特": "MYR",
}  # fmt: skip
# A sign beside an amount that stands for several currencies.
_SHARED_SIGNS = {
    "¥": frozenset({"CNY", "JPY"}),
    "$": frozenset(
        code for code in CODES if code.endswith("D") or code in {"MXN", "ARS", "CLP", "COP", "MOP"}
    ),
    "元": frozenset({"CNY", "HKD", "TWD", "USD", "JPY", "MOP", "SGD", "AUD", "CAD"}),
}
SIGN_PATTERN = (
    r"CN¥|JP¥|RMB\s?¥?|(?:US|HK|NT|MOP|SG|S|AU|A|CA|C)?\$|[¥€£₩₽₹]|[A-Z]{3}(?![A-Z])"
    r"|人民[币幣]元?|[美港欧歐]?元"
)


def currency_code(text: str) -> str | None:
    """Return the ISO 4217 code that `text` names (CNY, rmb, 人民币, HK$ …), or None."""
    name = half_width(text).upper()
    if name in CODES:
        return name
    return _NAMES.get(name) or _NAMES.get(name.replace(" ", ""))


def sign_currencies(sign: str | None) -> frozenset[str]:
    """Return the currencies a sign or code beside an amount may stand for; empty where there is none.

    Raises ValueError where the letters are no currency.
    """
    if not sign:
        return frozenset()
    name = half_width(sign).upper().replace(" ", "")
    if name in _SHARED_SIGNS:
        return _SHARED_SIGNS[name]
    code = currency_code(name)
    if code is None:
        raise ValueError(sign)
    return frozenset({code})

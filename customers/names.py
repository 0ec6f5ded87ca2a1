"""Company names: what of a name tells one company from another, and how much two names have in common. Pure rules.

`name_key` finds the same name written another way; `name_core` what is left without the form of the company;
`name_grams` and `similarity` find names that are nearly the same.

The pieces of a name are pairs of Chinese characters and threes of all others. PostgreSQL's own trigrams
(pg_trgm) do not see Chinese at all where the database's LC_CTYPE is C, as ours is (docs/adr/0010), and of a
name of four characters threes would leave two pieces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from itertools import groupby

INITIALS_MIN = 2
_IDEOGRAPHS = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_IDEOGRAPHS}]+|[^\W_{_IDEOGRAPHS}]+")
_IS_CHINESE = re.compile(rf"[{_IDEOGRAPHS}]")
# The longer form first. A branch (分公司) is another file than its company: it keeps its word.
_CHINESE_FORMS = re.compile(
    "股份有限公司|有限责任公司|有限責任公司|股份公司|有限公司|有限合伙|有限合夥|合伙企业|合夥企業|集团|集團|(?<![分子])公司$"
)
_LATIN_FORMS = frozenset(
    {"co", "coltd", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "limited"}
    | {"llc", "llp", "ltd", "ltda", "plc", "pte", "pty"}
)
_LATIN_FORMS_AT_THE_END = frozenset(
    {
        "ab",
        "ag",
        "as",
        "bv",
        "group",
        "holding",
        "holdings",
        "kg",
        "nv",
        "oy",
        "sa",
        "sarl",
        "sas",
        "spa",
        "srl",
    }
)
"""These are words of names too ("SA Trading"): they count as a form only where nothing else follows."""
CHINESE_PIECE, OTHER_PIECE = 2, 3


def name_key(name: str) -> str:
    """Return a name without width, case and blanks: 华瑞（上海） and 华瑞 (上海) are one."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def name_core(name: str) -> str:
    """Return what tells the company from others: no punctuation, no blanks, no words for the company's form.

    华瑞（上海）科技有限公司 and 华瑞(上海)科技股份公司 both give 华瑞上海科技; “ACME Trading Co., Ltd.” gives
    acmetrading. A place in brackets stays. A name of nothing but such words stays as it is; one without any
    letter or digit gives an empty core. Traditional and simplified characters stay different.
    """
    return "".join(_runs(name))


def name_initials(name: str) -> str:
    """Return what a person types who writes a name by the first letters of its pinyin, in small letters: 上海美林 gives
    shml, 重庆长安 gives cqca (readings by the word, not the character). Latin letters and digits stay; blanks and marks
    go. A name without a Chinese character gives nothing: it is found as it is written.
    """
    if not _IS_CHINESE.search(name):
        return ""
    # Its dictionaries take a third of a second to load: only what writes or fills a file pays for them.
    from pypinyin import Style, lazy_pinyin

    parts = lazy_pinyin(unicodedata.normalize("NFKC", name), style=Style.FIRST_LETTER)
    return "".join(char for char in "".join(parts).casefold() if char.isalnum())


def typed_initials(text: str) -> str:
    """Return the initials that somebody who searches for `text` may mean: two or more letters or digits, none of them
    Chinese; else nothing."""
    letters = text.strip().casefold()
    is_latin = letters.isascii() and letters.isalnum() and not letters.isdigit()
    return letters if is_latin and len(letters) >= INITIALS_MIN else ""


def name_grams(name: str) -> list[str]:
    """Return the different pieces of a name's core, sorted: pairs of Chinese characters, threes of others.

    华瑞科技 gives 华瑞, 瑞科, 科技; a run that is shorter than a piece is one piece.
    """
    pieces = set()
    for run in _runs(name):
        width = CHINESE_PIECE if _IS_CHINESE.match(run) else OTHER_PIECE
        pieces |= {run[start : start + width] for start in range(max(1, len(run) - width + 1))}
    return sorted(pieces)


def similarity(one: Set[str], other: Set[str]) -> float:
    """Return how much two names have in common, 0 to 1: the share of their pieces (`name_grams`) that both have.

    上海华瑞信息科技 (7 pieces) and 华瑞信息科技 (5, all of them in the first): 5 of 7 pieces, 0.71.
    """
    pieces = len(one | other)
    return len(one & other) / pieces if pieces else 0.0


def _runs(name: str) -> list[str]:
    """Return the runs of Chinese and of other characters that the core consists of."""
    words = _RUN.findall(unicodedata.normalize("NFKC", name).casefold().replace(".", ""))
    kept: list[str] = []
    for is_chinese, group in groupby(words, key=lambda word: bool(_IS_CHINESE.match(word))):
        if is_chinese:  # punctuation does not part the halves of a Chinese name: 华瑞(上海) is one run
            kept.append(_CHINESE_FORMS.sub("", "".join(group)))
        else:
            kept += [word for word in group if word not in _LATIN_FORMS]
    while len(kept) > 1 and kept[-1] in {"", *_LATIN_FORMS_AT_THE_END}:
        kept.pop()
    return [word for word in kept if word] or words

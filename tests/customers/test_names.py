"""What of a company's name counts, and how near two names are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.names import name_core, name_grams, name_initials, name_key, similarity, typed_initials


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("华瑞（上海）科技有限公司", "华瑞上海科技"),
        ("华瑞(上海) 科技股份公司", "华瑞上海科技"),
        ("华瑞科技股份有限公司", "华瑞科技"),
        ("华瑞科技有限责任公司", "华瑞科技"),
        ("華瑞科技有限責任公司", "華瑞科技"),
        ("华瑞集团有限公司", "华瑞"),
        ("华瑞公司", "华瑞"),
        ("华瑞有限公司上海分公司", "华瑞上海分公司"),  # a branch keeps its word
        ("ＡＣＭＥ　Trading Co., Ltd.", "acmetrading"),
        ("ACME Trading Company Limited", "acmetrading"),
        ("Acme Trading Co.Ltd", "acmetrading"),
        ("Acme, Inc.", "acme"),
        ("Acme Corp.", "acme"),
        ("Acme GmbH & Co. KG", "acme"),
        ("Acme LLC", "acme"),
        ("Acme S.A.", "acme"),
        ("SA Trading", "satrading"),  # a word of the name where something follows
        ("Huarui Co., Ltd. (Shanghai)", "huaruishanghai"),
        ("华瑞Co.,Ltd.", "华瑞"),
        ("集团有限公司", "集团有限公司"),  # nothing else is left to tell it by
        ("Group", "group"),
        ("Acme 集团", "acme"),
        ("---", ""),
        ("", ""),
    ],
)
def test_core_leaves_out_what_tells_no_company_from_another(name: str, core: str) -> None:
    assert name_core(name) == core


def test_key_is_the_same_name_in_another_way_of_writing() -> None:
    assert name_key("华瑞（上海） Co") == name_key("华瑞 (上海) ＣＯ")
    assert name_key("华瑞有限公司") != name_key("华瑞")


@pytest.mark.parametrize(
    ("name", "grams"),
    [
        ("华瑞科技有限公司", ["华瑞", "瑞科", "科技"]),
        ("华", ["华"]),
        ("Acme", ["acm", "cme"]),
        ("AB", ["ab"]),
        ("ABC华瑞", ["abc", "华瑞"]),
        ("", []),
    ],
)
def test_pieces(name: str, grams: list[str]) -> None:
    assert name_grams(name) == sorted(grams)


def test_similarity_is_the_share_of_common_pieces() -> None:
    """上海, 海华, 华瑞, 瑞信, 信息, 息科, 科技 against the last five of them: 5 of 7."""
    one, other = (set(name_grams(name)) for name in ("上海华瑞信息科技有限公司", "华瑞信息科技"))
    assert similarity(one, other) == 5 / 7
    assert similarity(one, one) == 1
    assert similarity(one, {"苏州"}) == 0
    assert similarity(set(), set()) == 0


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_name_has_a_core_and_a_similarity(one: str, other: str) -> None:
    grams = [set(name_grams(name)) for name in (one, other)]
    assert similarity(*grams) == similarity(*reversed(grams))
    assert 0 <= similarity(*grams) <= 1
    assert bool(name_grams(one)) == bool(name_core(one))
    assert all(1 <= len(piece) <= 3 for piece in grams[0])


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("上海美林", "shml"),
        ("重庆长安", "cqca"),
        ("华瑞（上海）科技 ABC 2", "hrshkjabc2"),
        ("華瑞科技", "hrkj"),
        ("Acme Ltd", ""),
        ("", ""),
    ],
)
def test_initials_are_read_by_the_word_and_keep_latin_letters(name: str, initials: str) -> None:
    assert name_initials(name) == initials


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("SHml", "shml"),
        (" ml ", "ml"),
        ("m", ""),
        ("abc2", "abc2"),
        ("12", ""),
        ("美林", ""),
        ("a b", ""),
        ("a%", ""),
    ],
)
def test_two_or_more_latin_letters_may_be_initials(text: str, meant: str) -> None:
    assert typed_initials(text) == meant

"""What surrounds the words on paper: the company's seal, an envelope's window, fold marks, and no account to pay to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from creditrisk.policy.schema import DunningStageCode
from receivables.letters import Language, LetterContent, capital_amount, render_letter
from receivables.letters.mails import mail_for
from receivables.letters.rendering import letter_images
from tests.factories.images import ink, png
from tests.receivables.letter_contents import letter_content
from tests.receivables.pdf_text import pdf_pages, pdf_text

LANGUAGES: tuple[Language, ...] = ("en", "zh-hans", "zh-hant")
PICTURE = b"/Subtype/Image"
DOTS_PER_MM = 2
SEEN = {
    "chinese": ((6, 25, 125, 80), (25, 40, 106, 65)),
    "din": ((10, 45, 110, 95), (20, 50, 100, 90)),
    "right": ((100, 45, 200, 95), (110, 50, 190, 90)),
}
"""Per window, in mm from the sheet's left and top edge: what it shows at most, and what it always shows.

Chinese, DL 220 × 110 mm: window 25–125 mm from the left, 30–70 from the top. The sheet (210 mm, folded at 105) slips
10 mm sideways and 5 mm up and down: 15–125 × 25–70 at most, 25–115 × 30–65 always. C5, 229 × 162: window 25–125 ×
40–80, the sheet (210 × 148.5) slips 19 and 13.5 mm: 6–125 × 26.5–80 at most, 25–106 × 40–66.5 always. Both envelopes
together: 6–125 × 25–80 and 25–106 × 40–65.

DIN 680, DL: window 20–110 mm from the left, 50–95 from the top (15 from the bottom): 10–110 × 45–95 at most, 20–100 ×
50–90 always. Right: 110–200 from the left, so 100–200 at most, 110–190 always.
"""


def dressed(
    stage: DunningStageCode = "dunning_letter", language: Language = "zh-hans", **company: object
) -> LetterContent:
    letter = letter_content(stage, language)
    return replace(letter, company=replace(letter.company, **company))  # type: ignore[arg-type]


# Seal -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbered_letters_carry_the_seal_reminders_do_not(language: Language) -> None:
    stages: tuple[DunningStageCode, ...] = ("reminder", "dunning_letter", "final_demand")
    sealed = [stage for stage in stages if PICTURE in render_letter(dressed(stage, language, seal=png()))]
    assert sealed == ["dunning_letter", "final_demand"]


def test_without_a_seal_there_is_a_place_for_it_and_with_one_there_is_none() -> None:
    plain, sealed = (pdf_text(render_letter(dressed(seal=seal))) for seal in (b"", png()))
    assert "（盖章）" in plain
    assert "（盖章）" not in sealed
    assert PICTURE not in render_letter(dressed())


@pytest.mark.parametrize("items", range(1, 11))
@pytest.mark.parametrize("window", ["none", "chinese", "din"])
def test_no_seal_stands_on_a_page_without_words(items: int, window: str) -> None:
    """Where the signature moves to the next page, the account comes with it."""
    letter = letter_content("final_demand", "zh-hans", items=items)
    letter = replace(letter, company=replace(letter.company, seal=png(), window=window))  # type: ignore[arg-type]
    last = "".join(pdf_pages(render_letter(letter))[-1].split())
    assert "示范科技有限公司" in last
    assert "收款账户" in last


def test_the_same_letter_with_its_seal_gives_the_same_bytes() -> None:
    assert render_letter(dressed(seal=png())) == render_letter(dressed(seal=png()))
    assert render_letter(dressed(seal=png())) != render_letter(dressed(seal=png(61)))


# Envelopes --------------------------------------------------------------------------------------------------


def spots(letter: LetterContent) -> set[tuple[float, float]]:
    """Return where the first page is not white, in mm from its left and top edge."""
    page = letter_images(letter, dots_per_inch=round(25.4 * DOTS_PER_MM))[0]
    width, height, places = ink(page)
    assert (width, height) == (pytest.approx(420, abs=3), pytest.approx(594, abs=3))
    return {(x * 210 / width, y * 297 / height) for x, y in places}


def inside(place: tuple[float, float], box: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = box
    return left <= place[0] <= right and top <= place[1] <= bottom


@pytest.mark.parametrize("is_long", [False, True])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("window", SEEN)
def test_a_window_shows_the_address_wholly_and_nothing_else(
    window: str, language: Language, is_long: bool
) -> None:
    """However the sheet slips in its envelope; even with a name of 200 and an address of 300 characters (cut off)."""
    at_most, always = SEEN[window]
    letter = dressed(language=language, window=window, has_fold_marks=True)
    if is_long:
        customer = replace(letter.customer, name="长名" * 100, address="地址 " * 100, postal_code="215021")
        company = replace(letter.company, name="我司" * 40, name_en="Our own " * 12, address="路" * 80)
        letter = replace(letter, customer=customer, company=company)
    seen = {place for place in spots(letter) if inside(place, at_most)}
    assert len(seen) > 100
    assert [place for place in seen if not inside(place, always)] == []


@pytest.mark.parametrize("window", SEEN)
def test_a_name_and_an_address_of_80_characters_fit_whole(window: str) -> None:
    letter = dressed(window=window)
    customer = replace(
        letter.customer, name="名" * 78 + "甲乙", address="址" * 78 + "丙丁", postal_code="215021"
    )
    letter = replace(letter, customer=customer)
    assert "丙丁" in pdf_pages(render_letter(letter))[0]
    at_most, always = SEEN[window]
    assert all(inside(place, always) for place in spots(letter) if inside(place, at_most))


@pytest.mark.parametrize("window", ["none", *SEEN])
def test_every_line_is_on_the_letter_whatever_the_window(window: str) -> None:
    letter = dressed(window=window)
    letter = replace(letter, customer=replace(letter.customer, postal_code="215021"))
    first = "".join(pdf_pages(render_letter(letter))[0].split())
    for expected in (
        "215021江苏省苏州市星湖街328号",
        "王晓梅女士收",
        "DL-2026-000123",
        "上海市浦东新区示范路100号",
        "finance@example.com",
    ):
        assert expected in first


def test_fold_marks_stand_at_the_left_edge_of_the_first_page() -> None:
    edge = (4.0, 90.0, 12.0, 220.0)
    found = {place[1] for place in spots(dressed(has_fold_marks=True)) if inside(place, edge)}
    marks = {mark: [y for y in found if abs(y - mark) < 1] for mark in (105, 148.5, 210)}
    assert all(marks.values())
    assert found == {y for places in marks.values() for y in places}
    assert not [place for place in spots(dressed()) if inside(place, edge)]


# No account -------------------------------------------------------------------------------------------------

ASKS = {
    "en": "Please contact us for the account to pay to: Li Jing +86 21 5555 0118",
    "zh-hans": "付款账户请与我公司联系确认：Li Jing +86 21 5555 0118",
    "zh-hant": "付款帳戶請與我公司聯絡確認：Li Jing +86 21 5555 0118",
}
BANK = {"en": "Payment details", "zh-hans": "收款账户", "zh-hant": "收款帳戶"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_an_account_the_letter_and_its_mail_ask_to_get_in_touch(language: Language) -> None:
    letter = dressed(language=language, bank_account="")
    text = pdf_text(render_letter(letter))
    assert "".join(ASKS[language].split()) in text
    assert "".join(BANK[language].split()) not in text
    with_account, without = mail_for(dressed(language=language)).body, mail_for(letter).body
    assert with_account != without
    assert "and our account" not in without
    assert "收款" not in without


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_anybody_to_ask_the_sentence_is_still_whole(language: Language) -> None:
    letter = replace(dressed(language=language, bank_account="", phone=""), contact_name="", contact_phone="")
    text = pdf_text(render_letter(letter))
    assert "".join(ASKS[language].split(":")[0].split("：")[0].split()) in text
    assert "{contact}" not in text


# 大写金额: 零, 整, 角分, 万亿 ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "capital"),
    [
        # 整 after whole amounts and after 角, never after 分
        ("20", "贰拾元整"), ("20.30", "贰拾元叁角整"), ("20.34", "贰拾元叁角肆分"), ("20.04", "贰拾元零肆分"),
        ("0.30", "叁角整"), ("0.34", "叁角肆分"), ("0.04", "肆分"), ("0.00", "零元整"),
        # one 零 for a gap inside, none at its end
        ("1020", "壹仟零贰拾元整"), ("1200", "壹仟贰佰元整"), ("1002", "壹仟零贰元整"), ("1202", "壹仟贰佰零贰元整"),
        ("10020", "壹万零贰拾元整"), ("10200", "壹万零贰佰元整"), ("12000", "壹万贰仟元整"),
        ("100002", "壹拾万零贰元整"),
        ("102000", "壹拾万贰仟元整"), ("1000200", "壹佰万零贰佰元整"), ("10002000", "壹仟万贰仟元整"),
        ("100010", "壹拾万零壹拾元整"), ("10100010", "壹仟零壹拾万零壹拾元整"),
        # 亿 and 万 with and without 零 between them
        ("200000000", "贰亿元整"), ("200000002", "贰亿零贰元整"), ("200020000", "贰亿零贰万元整"),
        ("220000000", "贰亿贰仟万元整"), ("202000000", "贰亿零贰佰万元整"), ("1000000000", "壹拾亿元整"),
        ("1020000000", "壹拾亿贰仟万元整"), ("100000000000", "壹仟亿元整"), ("100100000000", "壹仟零壹亿元整"),
        # 万亿
        ("1000000000000", "壹万亿元整"), ("1000100000000", "壹万零壹亿元整"), ("1020000000000", "壹万零贰佰亿元整"),
        ("1200000000000", "壹万贰仟亿元整"), ("10000000000000", "壹拾万亿元整"), ("1000000010000", "壹万亿零壹万元整"),
        ("1000000000000.01", "壹万亿元零壹分"), ("1234500000000.50", "壹万贰仟叁佰肆拾伍亿元伍角整"),
    ],
)  # fmt: skip
def test_capital_numerals(amount: str, capital: str) -> None:
    assert capital_amount(Decimal(amount)) == capital


@pytest.mark.parametrize(
    ("amount", "capital"),
    [
        ("0", "零圓整"),
        ("10.05", "壹拾圓零伍分"),
        ("20002.60", "貳萬零貳圓陸角整"),
        ("300000000000", "參仟億圓整"),
        ("1000000010000.45", "壹萬億零壹萬圓肆角伍分"),
    ],
)
def test_capital_numerals_in_traditional_characters(amount: str, capital: str) -> None:
    assert capital_amount(Decimal(amount), traditional=True) == capital

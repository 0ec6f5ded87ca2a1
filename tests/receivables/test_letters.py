"""Letters as PDF (P5.2.3): what each stage says in each language, to the cent; hostile names are inert."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.pdf import FONTS
from creditrisk.policy.schema import DunningStageCode
from receivables.letters import Language, capital_amount, render_letter
from receivables.letters.amounts import grouped, percentage
from receivables.letters.layout import printable
from receivables.letters.rendering import LONG_LIST_ITEMS
from receivables.letters.texts import TEXTS
from tests.receivables.letter_contents import CUSTOMERS, ISSUED_ON, letter_content, letter_item
from tests.receivables.pdf_text import pdf_pages, pdf_text

ROOT = Path(__file__).resolve().parents[2]
STAGES: tuple[DunningStageCode, ...] = ("reminder", "dunning_letter", "final_demand")
LANGUAGES: tuple[Language, ...] = ("en", "zh-hans", "zh-hant")


def squeezed(text: str) -> str:
    return "".join(text.split())


# Chinese capital numerals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "capital"),
    [
        ("0", "零元整"),
        ("0.01", "壹分"),
        ("0.10", "壹角整"),
        ("0.50", "伍角整"),
        ("0.99", "玖角玖分"),
        ("1", "壹元整"),
        ("1.05", "壹元零伍分"),
        ("1.50", "壹元伍角整"),
        ("10", "壹拾元整"),
        ("11", "壹拾壹元整"),
        ("100", "壹佰元整"),
        ("101", "壹佰零壹元整"),
        ("110", "壹佰壹拾元整"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1001", "壹仟零壹元整"),
        ("1010", "壹仟零壹拾元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("9999.99", "玖仟玖佰玖拾玖元玖角玖分"),
        ("10000", "壹万元整"),
        ("10001", "壹万零壹元整"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("100700", "壹拾万零柒佰元整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("1000000", "壹佰万元整"),
        ("99999999.99", "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("100001000", "壹亿零壹仟元整"),
        ("1000000000000", "壹万亿元整"),
        ("1000000000001.10", "壹万亿零壹元壹角整"),
        ("123456789012345.67", "壹佰贰拾叁万肆仟伍佰陆拾柒亿捌仟玖佰零壹万贰仟叁佰肆拾伍元陆角柒分"),
        ("9999999999999999.99", "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_an_amount_in_capital_numerals(amount: str, capital: str) -> None:
    assert capital_amount(Decimal(amount)) == capital


def test_capital_numerals_in_traditional_characters() -> None:
    assert (
        capital_amount(Decimal("123456700.89"), traditional=True) == "壹億貳仟參佰肆拾伍萬陸仟柒佰圓捌角玖分"
    )


@pytest.mark.parametrize("amount", ["-0.01", "-1", "0.001", "1E16", "NaN", "Infinity"])
def test_an_amount_that_has_no_capital_form_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="no capital form"):
        capital_amount(Decimal(amount))


VALUES = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_integer(text: str) -> int:
    """Read capital numerals digit by digit: an independent way back."""
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        if unit in text:
            high, _, low = text.rpartition(unit)
            return read_integer(high) * size + read_integer(low)
    total, digit = 0, 0
    for char in text:
        if char in UNITS:
            total, digit = total + digit * UNITS[char], 0
        else:
            digit = VALUES[char]
    return total + digit


@given(amount=st.decimals(min_value=0, max_value="9999999999999999.99", places=2))
def test_capital_numerals_read_back_give_the_amount(amount: Decimal) -> None:
    text = capital_amount(amount).removesuffix("整")
    yuan, mark, cents = text.rpartition("元")
    if not mark:
        yuan, cents = "零", text
    jiao, mark, fen = cents.rpartition("角")
    value = read_integer(yuan) * 100 + (VALUES[jiao] * 10 if mark else 0)
    value += VALUES[fen.strip("零分")] if fen else 0
    assert Decimal(value) / 100 == amount
    assert "零零" not in text
    assert capital_amount(amount).endswith(("整", "分"))


def test_figures_as_a_letter_writes_them() -> None:
    assert [grouped(Decimal(amount)) for amount in ("0.1", "1234567.8", "-1000")] == [
        "0.10",
        "1,234,567.80",
        "-1,000.00",
    ]
    assert [percentage(Decimal(ratio)) for ratio in ("0.0005", "0.20", "0.1", "1")] == [
        "0.05%",
        "20%",
        "10%",
        "100%",
    ]


# What the letters say ---------------------------------------------------------------------------------------

SAYS: dict[tuple[Language, DunningStageCode], tuple[str, ...]] = {
    ("en", "reminder"): ("Payment reminder", "friendly reminder", "about to fall due"),
    ("en", "dunning_letter"): (
        "Dunning letter",
        "by 9 March 2026",
        "0.05% of the overdue amount per day",
        "up to 20% of the item",
        "15 days or more past due, any security deposit you have lodged with us automatically becomes",
        "cooperation stops",
    ),
    ("en", "final_demand"): (
        "Final demand for payment",
        "In spite of our dunning letter No. DL-2026-000098 of 12 February 2026 the items",
        "Any security deposit you have lodged with us automatically becomes liquidated damages",
        "cooperation stops",
        "late-payment damages of 0.05% of the overdue amount per day, up to 20% of each item",
        "they amount to CNY 604.94",
        "by legal means",
    ),
    ("zh-hans", "reminder"): ("付款提醒函", "友好提醒", "即将到期"),
    ("zh-hans", "dunning_letter"): (
        "催款函",
        "2026年3月9日前（含当日）",
        "每日 0.05%",
        "累计不超过该笔款项的 20%",
        "逾期达 15 日及以上的款项，贵公司如缴有保证金，该保证金自动转为违约金，我公司同时停止合作",
    ),
    ("zh-hans", "final_demand"): (
        "最终催款函",
        "催款函（2026年2月12日 DL-2026-000098 号）",
        "贵公司如缴有保证金，该保证金自动转为违约金，不再退还",
        "停止与贵公司的合作",
        "截至本函出具之日为人民币 604.94 元",
        "法律途径",
    ),
    ("zh-hant", "reminder"): ("付款提醒函", "友好提醒", "即將到期"),
    ("zh-hant", "dunning_letter"): (
        "催款函",
        "2026年3月9日前（含當日）",
        "每日 0.05%",
        "累計不超過該筆款項的 20%",
        "逾期達 15 日或以上的款項，貴公司如繳有保證金，該保證金自動轉為違約金，我公司同時停止合作",
    ),
    ("zh-hant", "final_demand"): (
        "最終催款函",
        "催款函（2026年2月12日 DL-2026-000098 號）",
        "貴公司如繳有保證金，該保證金自動轉為違約金，不再退還",
        "停止與貴公司的合作",
        "截至本函發出之日為人民幣 604.94 元",
        "法律途徑",
    ),
}
TOTALS: dict[Language, str] = {
    "en": "CNY 37,037.01",
    "zh-hans": "大写：人民币叁万柒仟零叁拾柒元零壹分",
    "zh-hant": "大寫：人民幣參萬柒仟零參拾柒圓零壹分",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", STAGES)
def test_a_letter_says_what_the_policy_wants_in_the_customer_s_language(
    stage: DunningStageCode, language: Language
) -> None:
    """12,345.67 + 24,691.34 = 37,037.01. Damages at 32 and 33 days:

    12,345.67 × 0.016 = 197.53072 → 197.53; 24,691.34 × 0.0165 = 407.40711 → 407.41; together 604.94.
    """
    letter = letter_content(stage, language)
    text = pdf_text(render_letter(letter))
    customer = CUSTOMERS[language]
    for expected in (
        *SAYS[language, stage],
        TOTALS[language],
        customer.name,
        customer.address,
        customer.contact,
    ):
        assert squeezed(expected) in text
    for item in letter.items:
        for expected in (item.document, item.due_on.isoformat(), grouped(item.open_amount)):
            assert squeezed(expected) in text
    assert squeezed(letter.company.bank_account) in text
    assert ("DL-2026-000123" in text) == (stage != "reminder")
    assert "\ufffd" not in text


@pytest.mark.parametrize("stage", STAGES)
def test_days_count_down_on_a_reminder_and_up_afterwards(stage: DunningStageCode) -> None:
    items = (replace(letter_item(1, 0), days_overdue=-777 if stage == "reminder" else 777),)
    letter = replace(letter_content(stage), items=items, total_amount=items[0].open_amount)
    lines = pdf_pages(render_letter(letter))[0].split("\n")
    assert "777" in lines
    assert "-777" not in lines


def test_damages_are_on_the_final_demand_only() -> None:
    texts = {stage: pdf_text(render_letter(letter_content(stage))) for stage in STAGES}
    assert {stage for stage, text in texts.items() if "604.94" in text} == {"final_demand"}


def test_a_contract_s_own_terms_take_the_place_of_the_policy_s() -> None:
    letter = replace(
        letter_content(),
        late_payment_daily_ratio=Decimal("0.001"),
        late_payment_cap_ratio=Decimal("0.3"),
        final_demand_from_day=30,
    )
    text = pdf_text(render_letter(letter))
    assert squeezed("0.1% of the overdue amount per day") in text
    assert squeezed("up to 30% of the item") in text
    assert squeezed("30 days or more past due") in text


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("CNY", "大写：人民币叁万柒仟"), ("USD", "大写：美元叁万柒仟"), ("JPY", None)],
)
def test_the_capital_line_names_the_currency_or_is_left_out(currency: str, expected: str | None) -> None:
    text = pdf_text(render_letter(letter_content("reminder", "zh-hans", currency=currency)))
    assert f"{currency}37,037.01" in text
    assert ("大写" in text) == (expected is not None)
    assert expected is None or expected in text


def test_a_letter_without_contact_address_or_earlier_letter_is_still_a_letter() -> None:
    letter = letter_content("final_demand")
    bare = replace(
        letter,
        customer=replace(letter.customer, contact="", address=""),
        company=replace(letter.company, name_en="", address_en="", phone=""),
        contact_name="",
        contact_phone="",
        earlier_letters=(),
        items=tuple(replace(item, document_on=None) for item in letter.items),
    )
    text = pdf_text(render_letter(bare))
    assert squeezed("Dear Sir or Madam,") in text
    assert squeezed("In spite of our dunning letter the items") in text
    assert letter.company.name in text
    assert "Yourcontact" not in text
    assert "Attn." not in text


@pytest.mark.parametrize(
    "change",
    [
        {"items": ()},
        {"total_amount": Decimal("37037.02")},
        {"number": None},
        {"pay_by_on": None},
    ],
)
def test_content_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"item|add up|number and a date"):
        replace(letter_content(), **change)  # type: ignore[arg-type]


def test_a_reminder_needs_neither_number_nor_date_to_pay_by() -> None:
    reminder = letter_content("reminder")
    assert (reminder.number, reminder.pay_by_on) == (None, None)


# Long letters -----------------------------------------------------------------------------------------------


def test_three_thousand_items_are_all_listed_under_a_head_on_every_page() -> None:
    """12,345.67 × (1 + 2 + … + 3000) = 12,345.67 × 4,501,500 = 55,574,033,505.00."""
    pdf = render_letter(letter_content("final_demand", items=3000))
    pages = pdf_pages(pdf)
    text = "".join("".join(pages).split())
    assert all(f"INV-2026-{index:05d}" in text for index in range(1, 3001))
    assert text.count("INV-2026-") == 3000
    assert len(pages) > 50
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert ("Open amount" in page) == (number > 1)
    assert squeezed("55,574,033,505.00") in "".join(pages[-1].split())
    assert squeezed("The items are listed in the schedule") in "".join(pages[0].split())
    assert len(pdf) < 1_000_000


@pytest.mark.parametrize(("items", "pages"), [(1, 1), (10, 2), (11, 2)])
def test_many_items_move_to_a_schedule_after_the_signature(items: int, pages: int) -> None:
    found = pdf_pages(render_letter(letter_content("reminder", items=items)))
    assert len(found) <= pages
    assert ("Schedule of items" in "".join(found)) == (items > 10)


@pytest.mark.parametrize("items", [LONG_LIST_ITEMS, LONG_LIST_ITEMS + 1])
def test_a_long_list_goes_without_structure_tags(items: int) -> None:
    pdf = render_letter(letter_content("reminder", items=items))
    assert (b"/StructTreeRoot" in pdf) == (items <= LONG_LIST_ITEMS)


# Hostile and odd names --------------------------------------------------------------------------------------

HOSTILE = (
    '#let x = read("/etc/hostname")',
    "#panic()",
    "$ x^2 $ *bold* _it_ `raw` \\ @ref <label>",
    "{total} {0} %s ${HOME} **",
    "<script>alert('1')</script>",
    '"quoted" \'single\' \\" \\u{41}',
    "//comment /* open",
    "= Heading",
    "龘䶮犇骉㛃堃 · Ærøskøbing – Łódź",
)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_hostile_name_prints_as_itself(name: str, language: Language) -> None:
    letter = letter_content(language=language)
    item = replace(letter.items[0], document=name[:18])
    letter = replace(
        letter,
        customer=replace(letter.customer, name=name, address=f"A {name}", contact=f"C {name}"),
        contact_name=f"N {name}",
        items=(item, *letter.items[1:]),
    )
    text = pdf_text(render_letter(letter)).replace("\u200b", "")
    for expected in (name, f"A {name}", f"C {name}", f"N {name}", name[:18]):
        assert squeezed(expected) in text


@pytest.mark.parametrize(
    "name", ["שלום בע״מ", "شركة المثال", "😀 Ltd", "𠮷野家", "\ufffe\U0010ffff", "e\u0301" * 40]
)
def test_a_character_that_the_font_lacks_or_that_runs_leftwards_stops_no_letter(name: str) -> None:
    letter = letter_content()
    text = pdf_text(render_letter(replace(letter, customer=replace(letter.customer, name=name))))
    assert "37,037.01" in text


def test_what_would_turn_or_break_the_line_is_taken_out_of_names() -> None:
    assert printable("A\u202eB\u2066C\nD\x00E\ud800F\u2028G  H") == "ABC D E F G H"


def test_long_words_may_break_and_ordinary_numbers_stay_whole() -> None:
    assert printable("1" * 20) == "1" * 20
    assert printable("1" * 21) == "1" * 12 + "\u200b" + "1" * 9
    assert printable("长" * 40) == "长" * 40


def test_a_lone_surrogate_or_nul_stops_no_letter() -> None:
    letter = letter_content()
    letter = replace(letter, customer=replace(letter.customer, name="A\ud800\x00B", contact="\x07"))
    assert "37,037.01" in pdf_text(render_letter(letter))


def test_a_letter_holds_no_script_link_or_attachment() -> None:
    pdf = render_letter(letter_content())
    for name in (b"/JavaScript", b"/JS", b"/URI", b"/Launch", b"/EmbeddedFile", b"/OpenAction"):
        assert name not in pdf


# Same bytes, threads, processes -----------------------------------------------------------------------------

RENDER = (
    "import hashlib; from tests.receivables.letter_contents import letter_content;"
    "from receivables.letters import render_letter;"
    "print(hashlib.sha256(render_letter(letter_content('final_demand', 'zh-hans'))).hexdigest())"
)
FORK = """
import os, signal
from receivables.letters import render_letter
from creditrisk.pdf import RenderedBeforeForkError
from tests.receivables.letter_contents import letter_content
if {before}:
    render_letter(letter_content())
child = os.fork()
if child == 0:
    signal.alarm(30)
    try:
        render_letter(letter_content())
    except RenderedBeforeForkError:
        os._exit(3)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def run_python(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120
    ).stdout.strip()


def test_the_same_content_gives_the_same_bytes_in_another_process_too() -> None:
    here = hashlib.sha256(render_letter(letter_content("final_demand", "zh-hans"))).hexdigest()
    assert run_python(RENDER) == here


def test_another_day_number_or_policy_gives_other_bytes() -> None:
    letter = letter_content()
    changed = [
        replace(letter, issued_on=ISSUED_ON.replace(day=3)),
        replace(letter, number="DL-2026-000124"),
        replace(letter, policy_version="v2"),
    ]
    assert len({render_letter(content) for content in (letter, *changed)}) == 4


def test_the_date_of_the_pdf_is_the_date_of_the_letter() -> None:
    assert b"/CreationDate(D:20260302000000Z)" in render_letter(letter_content())


def test_threads_render_at_the_same_time() -> None:
    letters = [letter_content(stage, language) for stage in STAGES for language in LANGUAGES] * 3
    expected = [render_letter(letter) for letter in letters[:9]] * 3
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(render_letter, letters)) == expected


@pytest.mark.parametrize(("before", "exit_code"), [(False, "0"), (True, "3")])
def test_a_fork_after_rendering_is_told_instead_of_hanging(before: bool, exit_code: str) -> None:
    assert run_python(FORK.format(before=before)) == exit_code


# Fonts and wording ------------------------------------------------------------------------------------------


def strings_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from strings_in(entry)
    elif isinstance(value, tuple):
        for entry in value:
            yield from strings_in(entry)
    elif is_dataclass(value):
        for field in fields(value):
            yield from strings_in(getattr(value, field.name))


def characters(weight: str) -> set[int]:
    with TTFont(FONTS / f"NotoSansSC-{weight}.ttf", lazy=True) as font:
        return set(font.getBestCmap())


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_fonts_have_every_character_of_our_own_wording(weight: str) -> None:
    ours = {ord(char) for texts in TEXTS.values() for text in strings_in(texts) for char in text}
    ours |= {ord(char) for char in "零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整貳參陸萬億圓0123456789,.-–%·"}
    assert ours - characters(weight) == set()


def test_the_regular_font_has_every_ideograph_of_gbk_and_big5() -> None:
    def ideographs(encoding: str, leads: range) -> set[int]:
        pairs = (bytes((lead, trail)) for lead in leads for trail in range(0x40, 0xFF))
        chars = {ord(char) for pair in pairs for char in pair.decode(encoding, "ignore")}
        return {code for code in chars if 0x4E00 <= code <= 0x9FFF}

    wanted = ideographs("gbk", range(0x81, 0xFE)) | ideographs("big5", range(0xA4, 0xFA))
    assert len(wanted) > 20_900
    assert wanted - characters("Regular") == set()


def test_the_fonts_are_the_vendored_ones_with_their_licence() -> None:
    run_python(
        "import runpy, sys; sys.argv = ['vendor_fonts.py', '--check'];"
        "runpy.run_path('tools/vendor_fonts.py', run_name='__main__')"
    )
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text()


def test_each_chinese_is_written_in_its_own_characters() -> None:
    "".join(strings_in(TEXTS["zh-hans"])).encode("gb2312")
    "".join(strings_in(TEXTS["zh-hant"])).encode("big5")


def test_a_chinese_letter_has_no_half_width_punctuation_between_its_characters() -> None:
    for language in ("zh-hans", "zh-hant"):
        for text in strings_in(TEXTS[language]):
            if any("\u4e00" <= char <= "\u9fff" for char in text):
                assert not set(text) & set(",;:()!?")


def test_every_stage_has_a_text_in_every_language() -> None:
    assert set(TEXTS) == set(LANGUAGES)
    assert all(set(texts.stages) == set(STAGES) for texts in TEXTS.values())


def test_the_currency_names_are_the_same_set_in_both_chinese() -> None:
    simplified, traditional = TEXTS["zh-hans"], TEXTS["zh-hant"]
    assert set(simplified.capital_currencies) == set(traditional.capital_currencies)

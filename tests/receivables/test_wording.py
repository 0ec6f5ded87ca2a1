"""What a person may write as the words of a letter, and what is told where it cannot be one. No database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.policy.schema import DunningStageCode
from receivables.letters import Language, render_letter
from receivables.letters.mails import mail_for
from receivables.letters.texts import TEXTS, StageTexts
from receivables.letters.wording import (
    FIELDS,
    MAX_CHARACTERS,
    MAX_LINES,
    PLACEHOLDERS,
    WordingFault,
    filled,
    wording_faults,
    wording_from,
    wording_values,
)
from receivables.letters.wording_diff import text_difference
from receivables.letters.wording_messages import FIELD_LABELS, MESSAGES, fault_message, named_message
from tests.receivables.letter_contents import letter_content
from tests.receivables.pdf_text import pdf_text

STAGES: tuple[DunningStageCode, ...] = ("reminder", "dunning_letter", "final_demand")
LANGUAGES: tuple[Language, ...] = ("en", "zh-hans", "zh-hant")
GOOD = StageTexts(
    title="Pay up",
    opening=("You owe **{total}**.", "Pay by {pay_by}."),
    closing=("Thank you.",),
    mail=("You owe {total} by {pay_by}.",),
)


def faults(stage: DunningStageCode = "dunning_letter", **changes: object) -> list[tuple[str, str, str]]:
    """Return field, kind and piece of everything wrong with GOOD after some changes."""
    found = wording_faults(replace(GOOD, **changes), stage=stage)  # type: ignore[arg-type]
    return [(fault.field, fault.kind, fault.what) for fault in found]


# What the product comes with --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", STAGES)
def test_the_words_that_the_product_comes_with_obey_its_own_rules(
    stage: DunningStageCode, language: Language
) -> None:
    assert wording_faults(TEXTS[language].stages[stage], stage=stage) == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", STAGES)
def test_editing_and_saving_without_a_change_changes_nothing(
    stage: DunningStageCode, language: Language
) -> None:
    wording = TEXTS[language].stages[stage]
    assert wording_from(wording_values(wording)) == wording


def test_a_line_is_a_paragraph_whatever_ends_it() -> None:
    wording = wording_from({"opening": " a \r\n\r\n\tb\rc\u3000\n", "title": " x \n y ", "points": ""})
    assert (wording.opening, wording.title, wording.points) == (("a", "b", "c"), "x y", ())


# Placeholders -----------------------------------------------------------------------------------------------


def test_good_words_have_no_fault() -> None:
    assert faults() == []


@pytest.mark.parametrize("stage", STAGES)
def test_every_placeholder_of_a_stage_may_be_written_and_is_filled_in(stage: DunningStageCode) -> None:
    """A PDF of all of them holds no brace any more."""
    text = " ".join("{" + name + "}" for name in PLACEHOLDERS[stage])
    wording = StageTexts(title="T", opening=(text,), closing=("c",), mail=(text,))
    assert wording_faults(wording, stage=stage) == ()
    letter = replace(letter_content(stage), own_wording=wording)
    assert "{" not in pdf_text(render_letter(letter))
    assert "{" not in mail_for(letter).body


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("{totl}", "unknown", "totl"),
        ("{}", "unknown", ""),
        ("{0}", "unknown", "0"),
        ("{ }", "unknown", " "),
        ("{TOTAL}", "unknown", "TOTAL"),
        ("{合计}", "unknown", "合计"),
        ("{damages}", "other_stage", "damages"),
        ("{earlier}", "other_stage", "earlier"),
        ("{total.__class__}", "not_plain", "total.__class__"),
        ("{total[0]}", "not_plain", "total[0]"),
        ("{total!r}", "not_plain", "total!r"),
        ("{total:>9999999}", "not_plain", "total:>9999999"),
        ("{ total }", "not_plain", " total "),
        ("{__class__}", "unknown", "__class__"),
        ("{", "stray_brace", "{"),
        ("a } b", "stray_brace", "}"),
        ("{{total}}", "stray_brace", "{"),
        ("{total", "stray_brace", "{"),
        ("{to{total}", "stray_brace", "{"),
        ("｛total｝", "full_width", "｛total｝"),
    ],
)
def test_a_placeholder_that_is_none_is_named(text: str, kind: str, what: str) -> None:
    assert faults(closing=(f"x {text} y",)) == [("closing", kind, what)]


def test_what_a_stage_does_not_know_is_told() -> None:
    """A reminder has no number and no day to pay by: each item keeps its own."""
    assert faults("reminder", mail=("{total}",), opening=("{total} {number}",)) == [
        ("opening", "other_stage", "number")
    ]


@pytest.mark.parametrize(
    ("stage", "missing"),
    [("reminder", ["total"]), ("dunning_letter", ["total", "pay_by"]), ("final_demand", ["total", "pay_by"])],
)
def test_how_much_and_by_when_have_to_be_said_in_the_letter_and_in_the_mail(
    stage: DunningStageCode, missing: list[str]
) -> None:
    found = faults(stage, opening=("Pay.",), mail=("Pay.",))
    assert found == [(field, "missing", name) for name in missing for field in ("opening", "mail")]


def test_it_may_be_said_anywhere_in_the_letter() -> None:
    assert faults(opening=("Pay.",), points_intro="{total}", points=("{pay_by}",)) == []


def test_the_title_is_plain_words_it_becomes_the_subject_of_the_mail() -> None:
    assert faults(title="Letter {number}") == [("title", "title_placeholder", "Letter {number}")]
    assert faults(title="**Letter**") == [("title", "plain_stars", "")]
    assert faults(mail=("**{total}** {pay_by}",)) == [("mail", "plain_stars", "")]


@pytest.mark.parametrize(
    ("text", "is_good"), [("**a** b **c**", True), ("a ** b", False), ("**a** **", False), ("* a *", True)]
)
def test_bold_begins_and_ends_in_the_same_line(text: str, is_good: bool) -> None:
    assert faults(closing=(text,)) == ([] if is_good else [("closing", "stars", text)])


def test_what_is_empty_too_long_or_too_much() -> None:
    assert faults(title="", opening=("{total}{pay_by}",)) == [("title", "empty", "")]
    assert faults(closing=()) == [("closing", "empty", "")]
    assert faults(title="x" * 60) == []
    assert faults(title="x" * 61) == [("title", "too_long", "60")]
    assert faults(closing=("x" * MAX_CHARACTERS["closing"],)) == []
    assert faults(closing=("x" * MAX_CHARACTERS["closing"], "y")) == [("closing", "too_long", "4000")]
    assert faults(points=("x",) * MAX_LINES) == []
    assert faults(points=("x",) * (MAX_LINES + 1)) == [("points", "too_many_lines", "20")]
    assert faults(points_intro="Note:") == [("points_intro", "no_points", "")]


@pytest.mark.parametrize("char", ["\u202e", "\x00", "\x0c", "\ud800", "\u2028", "\u2066"])
def test_invisible_characters_are_refused(char: str) -> None:
    assert faults(closing=(f"abc{char}def",)) == [("closing", "invisible", f"abc{char}def")]


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_every_fault_has_a_sentence_that_names_field_and_remedy(language: str) -> None:
    with override(language):
        for kind in MESSAGES:
            text = fault_message(WordingFault("opening", kind, "total"), stage="dunning_letter")
            assert "%(" not in text
            named = named_message(WordingFault("opening", kind, "total"), stage="dunning_letter")
            assert named.endswith(text)
            assert str(FIELD_LABELS["opening"]) in named


def test_a_sentence_names_placeholder_and_choice() -> None:
    text = fault_message(WordingFault("mail", "unknown", "totl"), stage="reminder")
    assert text == (
        "There is no placeholder {totl}. There are: {total}, {issued_on}, {customer}, {company}, {contact}"
    )
    assert "turned�around" in fault_message(
        WordingFault("mail", "invisible", "turned\u202earound"), stage="reminder"
    )
    assert "Write {total}." in fault_message(WordingFault("mail", "not_plain", "total!r"), stage="reminder")
    assert "Write {total} with" in fault_message(
        WordingFault("mail", "full_width", "｛total｝"), stage="reminder"
    )


# Filling in -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "figures", "expected"),
    [
        ("{a} {b}", {"a": "{b}", "b": "2"}, "{b} 2"),
        ("{a.b} {a[0]} {a!r}", {"a": "1"}, "{a.b} {a[0]} {a!r}"),
        ("{{a}}", {"a": "1"}, "{1}"),
    ],
)
def test_each_placeholder_is_replaced_once_and_nothing_is_evaluated(
    text: str, figures: Mapping[str, str], expected: str
) -> None:
    assert filled(text, figures) == expected


HOSTILE = (
    "<script>alert('1')</script>",
    '#let x = read("/etc/hostname")',
    "** {total} {pay_by} ** {0}",
    '"quoted" \\u{41} $x$ @ref *b* _i_',
    "שלום שלום",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_in_a_placeholder_prints_as_itself(name: str) -> None:
    wording = replace(
        GOOD, opening=("**{customer}** owes {total} by {pay_by}, asks {contact} of {company}.",)
    )
    letter = letter_content()
    letter = replace(
        letter,
        own_wording=wording,
        customer=replace(letter.customer, name=name),
        contact_name=name,
        company=replace(letter.company, name_en=name),
    )
    text = pdf_text(render_letter(letter)).replace("\u200b", "")
    expected = "".join(name.split())
    if not expected.isascii():  # a script that runs leftwards is drawn in its own order
        expected = expected[::-1]
    assert text.count(expected) >= 3
    assert "CNY37,037.01" in text


def test_hostile_words_print_as_themselves() -> None:
    words = '#panic() $x^2$ <label> @ref `raw` = H // c /* d */ \\ "q" <b>b</b> &amp;'
    wording = replace(GOOD, title="#panic() <b>", closing=(words,), points_intro=words, points=(words, words))
    text = pdf_text(render_letter(replace(letter_content(), own_wording=wording))).replace("\u200b", "")
    assert text.count("".join(words.split())) == 4
    assert "#panic()<b>" in text


def test_the_title_becomes_the_subject_and_a_safe_file_name() -> None:
    wording = replace(GOOD, title="Pay: now/later?", mail=("{total}",))
    mail = mail_for(replace(letter_content("reminder"), own_wording=wording))
    assert mail.subject == "Pay: now/later?, Demo Technology Co., Ltd."
    assert mail.attachment_name == "Pay- now-later- 2026-03-02.pdf"


@given(st.text(alphabet="ab{}*｛｝ .[]!:总\n", max_size=60))
def test_any_words_are_either_told_apart_or_can_be_printed(text: str) -> None:
    """What the check lets pass is filled without an error, and holds no placeholder that stays."""
    wording = wording_from({**wording_values(GOOD), "closing": text})
    found = wording_faults(wording, stage="dunning_letter")
    if not found:
        for part in wording.closing:
            assert "{" not in filled(part, dict.fromkeys(PLACEHOLDERS["dunning_letter"], "x"))


# What differs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("same", "same", [("same", "same")]),
        ("", "", []),
        ("", "new", [("new", "new")]),
        ("Pay by {pay_by} now", "Pay before {pay_by} now", [
            ("same", "Pay "), ("old", "by"), ("new", "before"), ("same", " {pay_by} now")]),
        ("请于本月付款", "请于下月付款", [("same", "请于"), ("old", "本"), ("new", "下"), ("same", "月付款")]),
        ("**a**", "a", [("old", "**a**"), ("new", "a")]),
        ("**four**", "four", [("old", "**"), ("same", "four"), ("old", "**")]),
        ("我方已发函", "对方未发信", [("old", "我方已发函"), ("new", "对方未发信")]),
    ],
)  # fmt: skip
def test_what_differs_word_by_word(old: str, new: str, pieces: list[tuple[str, str]]) -> None:
    assert [(piece.kind, piece.text) for piece in text_difference(old, new)] == pieces


@given(st.text(max_size=80), st.text(max_size=80))
def test_both_texts_are_whole_in_their_difference(old: str, new: str) -> None:
    pieces = text_difference(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "old") == new


def test_all_fields_are_known() -> None:
    assert set(FIELDS) == set(StageTexts.__dataclass_fields__)

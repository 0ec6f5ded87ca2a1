"""Encodings: the right text or a refusal, never mojibake."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.reading import FileRefused
from receivables.reading import encodings as reading_encodings
from receivables.reading.encodings import Encoding, detect, transcode, wide

SIMPLIFIED = "上海浦东电子科技有限公司,北京中关村软件股份有限公司,深圳市南山区贸易商行,广州设备租赁中心"
TRADITIONAL = "臺北電子科技股份有限公司,香港貿易發展有限公司,高雄港務設備租賃行,新竹軟體工程顧問公司"
# Characters that people's and companies' names are made of.
COMMON_SIMPLIFIED = (
    "上海北京广州深圳市电子科技有限公司股份贸易商行设备租赁中心软件工程顾问建设集团投资发展国际物流食品机械"
)
COMMON_TRADITIONAL = (
    "臺北香港高雄電子科技股份有限公司貿易發展港務設備租賃行軟體工程顧問建設集團投資國際物流食品機械"
)


def nothing_known(_text: str) -> int:
    return 0


def detected(content: bytes, folder: Path, known: str = "") -> str:
    path = folder / "text"
    path.write_bytes(content)
    return detect(path, lambda text: sum(name in text for name in known.split())).name


def mojibake(content: bytes, folder: Path, right: str) -> bool:
    """Return whether a file was read as another text than the right one."""
    try:
        name = detected(content, folder)
    except FileRefused:
        return False
    return content.decode(name) != right


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"]
)
def test_simplified_chinese_under_an_english_header(codec: str, tmp_path: Path) -> None:
    text = f"Customer,Due date\r\n{SIMPLIFIED},2025-04-30\r\n"
    name = detected(text.encode(codec), tmp_path)
    assert text.encode(codec).decode(name).lstrip("\ufeff") == text


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "big5"])
def test_traditional_chinese_under_an_english_header(codec: str, tmp_path: Path) -> None:
    text = f"Customer,Due date\r\n{TRADITIONAL},2025-04-30\r\n"
    name = detected(text.encode(codec), tmp_path)
    assert text.encode(codec).decode(name).lstrip("\ufeff") == text


def test_a_header_that_can_be_read_decides_over_rare_characters(tmp_path: Path) -> None:
    text = "客户编码,到期日\r\n淼焱垚犇骉,2025\r\n"
    assert detected(text.encode("gb18030"), tmp_path, "客户编码 到期日") == "gb18030"


def test_rare_characters_alone_are_a_question(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        detected("Customer\r\n淼焱垚犇骉\r\n".encode("gb18030"), tmp_path)
    assert refused.value.code in {"unknown_encoding", "ambiguous_encoding"}


def test_two_plausible_readings_are_a_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No text found is everyday Chinese in both encodings; the rule is shown with equal marks."""
    monkeypatch.setattr(reading_encodings, "_traditional", lambda _text: 1.0)
    monkeypatch.setattr(reading_encodings, "_simplified", lambda _text: 0.9)
    with pytest.raises(FileRefused) as refused:
        detected("一二".encode("big5"), tmp_path)
    assert refused.value.params == {"encodings": ["big5", "gb18030"]}


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        detected(b"Customer\r\n\x81\x81\x81\xff\x81\r\n", tmp_path)
    assert refused.value.code == "unknown_encoding"


def test_one_broken_byte_does_not_turn_utf_8_into_another_language(tmp_path: Path) -> None:
    text = f"Customer\r\n{SIMPLIFIED}\r\n".encode()
    with pytest.raises(FileRefused):
        detected(text + b"\xff", tmp_path)


def test_a_wide_sample_needs_its_zeros_on_one_side() -> None:
    assert wide("Customer,12".encode("utf-16-le")) == "utf-16-le"
    assert wide("Customer,12".encode("utf-16-be")) == "utf-16-be"
    assert wide(b"Customer,12") is None
    assert wide(b"\0" * 20) is None
    assert wide(b"") is None


def test_zeros_around_half_a_pair_are_no_utf_16() -> None:
    assert wide(b"a\0" * 20 + b"\x00\xdc" + b"a\0" * 20) is None


def test_a_pair_cut_off_by_the_end_of_the_sample_is_utf_16() -> None:
    assert wide(b"a\0" * 20 + b"\x3d\xd8") == "utf-16-le"


def test_a_damaged_text_is_refused_and_not_patched(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes("客户".encode("gb18030") + b"\x81")
    with pytest.raises(FileRefused) as refused:
        transcode(source, tmp_path / "target", Encoding("gb18030"))
    assert refused.value.params == {"encoding": "gb18030"}


@given(st.lists(st.text(COMMON_SIMPLIFIED, min_size=6, max_size=20), min_size=3, max_size=10))
def test_names_in_gbk_never_become_other_names(tmp_path_factory, names) -> None:  # type: ignore[no-untyped-def]
    text = "Customer\r\n" + "\r\n".join(names) + "\r\n"
    assert not mojibake(text.encode("gbk"), tmp_path_factory.getbasetemp(), text)


@given(st.lists(st.text(COMMON_TRADITIONAL, min_size=6, max_size=20), min_size=3, max_size=10))
def test_names_in_big5_never_become_other_names(tmp_path_factory, names) -> None:  # type: ignore[no-untyped-def]
    text = "Customer\r\n" + "\r\n".join(names) + "\r\n"
    assert not mojibake(text.encode("big5"), tmp_path_factory.getbasetemp(), text)


@given(
    st.lists(
        st.sampled_from(["Müller & Söhne", "Crédit Agricole", "Peña", "Ångström AB", "Straße 12"]), min_size=1
    )
)
def test_names_in_cp1252_never_become_other_names(tmp_path_factory, names) -> None:  # type: ignore[no-untyped-def]
    text = "Customer\r\n" + "\r\n".join(names) + "\r\n"
    assert not mojibake(text.encode("cp1252"), tmp_path_factory.getbasetemp(), text)

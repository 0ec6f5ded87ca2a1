"""Tables that people hand in, read in a child; and tables we hand out."""

from __future__ import annotations

import io
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from creditrisk.exceptions import InvalidInputError
from creditrisk.spreadsheets import child, reader
from creditrisk.spreadsheets.limits import Limits, Refused
from creditrisk.spreadsheets.reader import read_table
from creditrisk.spreadsheets.writer import neutral, restored, write_table

TEXT = '编号,名称\nK-1, 华瑞 \n\n,\nK-2,"两\n行"\n'


def workbook(path: Path, build: Callable[[Any], None]) -> Path:
    book = xlsxwriter.Workbook(path)
    build(book)
    book.close()
    return path


def read(path: Path, **limits: int) -> list[tuple[int, list[str]]]:
    """Read in this process: what the child does."""
    scratch = Path(tempfile.mkdtemp(dir=path.parent))
    rows: list[tuple[int, list[str]]] = child.read(path, Limits(**limits), scratch)["rows"]
    return rows


def refused(path: Path, **limits: int) -> str:
    with pytest.raises(Refused) as refusal:
        read(path, **limits)
    return refusal.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-with-mark", "gb18030"])
def test_text_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = TEXT.replace("名称", "客户名称以及地址和联系人的说明")
    content = b"\xff\xfe" + text.encode("utf-16-le") if "mark" in encoding else text.encode(encoding)
    (tmp_path / "a").write_bytes(content)
    rows = read(tmp_path / "a")
    assert [number for number, _cells in rows] == [1, 2, 5]
    assert rows[1][1] == ["K-1", "华瑞"]
    assert rows[2][1] == ["K-2", "两\n行"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(tmp_path: Path, separator: str) -> None:
    (tmp_path / "a").write_text(f"\na{separator}b{separator}c\n1{separator}2{separator}\n")
    assert read(tmp_path / "a") == [(2, ["a", "b", "c"]), (3, ["1", "2"])]


def test_workbook_gives_the_first_visible_sheet_with_cells(tmp_path: Path) -> None:
    def build(book: Any) -> None:
        book.add_worksheet("empty")
        hidden = book.add_worksheet("hidden")
        hidden.write(0, 0, "no")
        hidden.hide()
        shown = book.add_worksheet("shown")
        shown.write_row(1, 0, ["编号", "账期", "资本"])
        shown.write_row(3, 0, ["K-1", 30, 1234.5])

    rows = read(workbook(tmp_path / "a", build))
    assert rows == [(2, ["编号", "账期", "资本"]), (4, ["K-1", "30", "1234.5"])]


def archive(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return path


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    cases = {
        b" \n": "empty",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old": "old_or_protected",
        b"PK\x03\x04broken": "damaged",
        b"%PDF-1.7\x00": "not_a_table",
        b" <html><table>": "web_page",
        b'a,b\n"x"y,1\n': "damaged",
        b"\xff\xfea": "encoding",
        b",,\n": "empty",
    }
    for content, code in cases.items():
        (tmp_path / "a").write_bytes(content)
        assert refused(tmp_path / "a") == code, content
    path = tmp_path / "b"
    assert refused(archive(path, other=b"x")) == "not_a_table"
    assert refused(archive(path, xl__vbaProject_dot_bin=b"x", xl__workbook_dot_xml=b"x")) == "macros"
    assert refused(archive(path, xl__workbook_dot_xml=b"x")) == "damaged"
    assert refused(archive(path, mimetype=b"application/vnd.oasis.opendocument.spreadsheet")) == "damaged"
    assert refused(archive(path, one=b"1234", two=b"5"), unpacked_bytes=4) == "unpacks_too_large"
    assert refused(archive(path, one=b"1", two=b"5"), parts=1) == "unpacks_too_large"
    assert refused(workbook(tmp_path / "c", lambda book: book.add_worksheet())) == "empty"


@pytest.mark.parametrize("content", [b"\x81\x20\x81\x20\xff\xff\xfe\x81", b"\xc3\x28" * 3 + b"\xff" * 9])
def test_bytes_that_are_no_text_in_any_encoding(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert refused(tmp_path / "a") == "encoding"


def test_both_sides_of_each_limit(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("ab,c\n1,2\n")
    assert len(read(path, rows=2, columns=2, cell_characters=2, file_bytes=9)) == 2
    assert refused(path, rows=1) == "too_many_rows"
    assert refused(path, columns=1) == "too_many_columns"
    assert refused(path, cell_characters=1) == "cell_too_long"
    assert refused(path, file_bytes=8) == "file_too_large"


def test_the_child_brings_the_rows_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(TEXT)
    table = read_table(tmp_path / "a")
    assert table.file_format == "csv"
    assert table.rows[0] == (1, ("编号", "名称"))


def test_the_child_says_why_not(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(TEXT)
    with pytest.raises(InvalidInputError, match="more than 1 rows") as refusal:
        read_table(tmp_path / "a", limits=Limits(rows=1))
    assert refusal.value.code == "spreadsheet.too_many_rows"


def test_a_child_without_memory_ends_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a,b\n" + b"1,2\n" * 400_000)
    with pytest.raises(InvalidInputError) as refusal:
        read_table(tmp_path / "a", limits=Limits(memory_bytes=24 << 20, rows=10**7))
    assert refusal.value.code == "spreadsheet.too_much"


def test_a_child_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*args: object, **kwargs: object) -> None:
        raise subprocess.TimeoutExpired("child", 1)

    (tmp_path / "a").write_text(TEXT)
    monkeypatch.setattr(reader.subprocess, "run", run)
    with pytest.raises(InvalidInputError) as refusal:
        read_table(tmp_path / "a")
    assert refusal.value.code == "spreadsheet.too_much"


@pytest.mark.parametrize("text", ["=1+1", "+86 21", "-5", "@x", "plain", "'quoted", "", " =1", "＝1"])
def test_no_cell_becomes_a_formula_and_comes_back_as_it_was(text: str) -> None:
    assert restored(neutral(text)) == text
    assert not neutral(text).lstrip(" ").startswith(("=", "+", "-", "@", "＝"))


def test_writing_a_table() -> None:
    file = io.BytesIO()
    write_table(file, name="错误", head=["编号", "=x"], rows=[["K-1", "+86"]])
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue())).get_sheet_by_name("错误")
    assert sheet.to_python() == [["编号", "'=x"], ["K-1", "'+86"]]

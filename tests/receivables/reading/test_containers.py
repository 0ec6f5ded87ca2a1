"""Inside the containers: the directory of old files, and the one pass over a worksheet's XML."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from receivables.reading import FileRefused, ReadingLimits
from receivables.reading.containers import check_container
from receivables.reading.grid import Merge
from receivables.reading.ole import check_workbook
from receivables.reading.sheet_scan import SheetScanner, cell_position
from tests.receivables.reading.files import HEAD, compound_file, item, part, repacked, xls, xlsx

SHEET = (
    b'<worksheet><dimension ref="A1:C4"/><sheetData>'
    b'<row r="1"><c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B1"><f>A2</f></c></row>'
    b'<row r="2"><c r="A2"><f t="shared" ref="A2:A3" si="0">B2</f><v>5</v></c><c r="B2"><f>X</f><v></v></c></row>'
    b'<row r="3"><c r="A3"><f t="shared" si="0"/><v>6</v></c><c r="C3" t="str"><f>Y</f><v/></c></row>'
    b'<row r="4"><c s="1" r="AA4" t="e"><v>#N/A</v></c><c r="B4" t="e"/></row>'
    b'</sheetData><mergeCells count="2"><mergeCell ref="A1:A2"/><mergeCell ref="B3:AB4"/></mergeCells></worksheet>'
)


@pytest.mark.parametrize("size", [1, 7, 50, 64, 10_000])
def test_a_worksheet_is_read_alike_in_pieces_of_any_size(size: int) -> None:
    scanner = SheetScanner()
    for start in range(0, len(SHEET), size):
        scanner.feed(SHEET[start : start + size])
    facts = scanner.facts()
    assert facts.broken == {(0, 0): "#DIV/0!", (3, 26): "#N/A", (3, 1): "#ERROR"}
    assert facts.unvalued == {(0, 1), (1, 1), (2, 2)}
    assert facts.merges == (Merge(0, 0, 1, 0), Merge(2, 1, 3, 27))
    assert facts.formulas == 5 + 1


def test_a_worksheet_without_cells_or_dimension() -> None:
    scanner = SheetScanner()
    scanner.feed(b"<worksheet><sheetData/><x/></worksheet>")
    assert (scanner.facts().dimension, scanner.facts().cells, scanner.facts().merges) == ("", 1, ())


def test_rows_without_an_end_are_not_kept_for_ever() -> None:
    scanner = SheetScanner()
    for _ in range(4):
        scanner.feed(b"<x>" + b" " * 600_000)
    assert len(scanner._carry) <= 512 * 1024


def test_only_so_many_odd_cells_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("receivables.reading.sheet_scan.MAX_CELLS_NOTED", 2)
    scanner = SheetScanner()
    rows = (
        b'<row><c r="A%d" t="e"><v>#N/A</v></c><c r="B%d"><f>x</f></c></row>' % (n, n) for n in range(1, 6)
    )
    scanner.feed(b"<sheetData>" + b"".join(rows) + b"</sheetData>")
    assert len(scanner.facts().broken) == len(scanner.facts().unvalued) == 2


@pytest.mark.parametrize(
    ("reference", "cell"),
    [(b"A1", (0, 0)), (b"Z9", (8, 25)), (b"AA10", (9, 26)), (b"XFD1048576", (1048575, 16383))],
)
def test_a_reference_is_a_row_and_a_column(reference: bytes, cell: tuple[int, int]) -> None:
    assert cell_position(reference) == cell


def test_the_sheets_of_a_workbook_are_found_by_name(tmp_path: Path) -> None:
    path = tmp_path / "book"
    path.write_bytes(
        xlsx([HEAD, item()], sheet="明细 & 表", more=[("旧", [HEAD])], hidden=["旧"], date_1904=True)
    )
    container = check_container(path, ReadingLimits())
    assert set(container.sheets) == {"明细 & 表", "旧"}
    assert (container.hidden, container.epoch_1904, container.external_links) == ({"旧"}, True, False)
    assert container.sheets["明细 & 表"].dimension == "A1:H2"


def test_a_workbook_somewhere_else_in_its_container_is_found(tmp_path: Path) -> None:
    """Targets may be absolute, and the workbook may have any name."""
    content = xlsx([HEAD, item()])
    relations = part(content, "xl/_rels/workbook.xml.rels").replace(b'Target="work', b'Target="/xl/work')
    path = tmp_path / "book"
    path.write_bytes(
        repacked(
            content,
            {
                "_rels/.rels": part(content, "_rels/.rels").replace(b"xl/workbook.xml", b"/xl/book.xml"),
                "xl/workbook.xml": None,
                "xl/book.xml": part(content, "xl/workbook.xml"),
                "xl/_rels/workbook.xml.rels": None,
                "xl/_rels/book.xml.rels": relations,
            },
        )
    )
    assert set(check_container(path, ReadingLimits()).sheets) == {"Sheet1"}


def test_a_small_part_that_is_huge_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book"
    content = xlsx([HEAD, item()])
    types = part(content, "[Content_Types].xml") + random.Random(1).randbytes(9 * 1024 * 1024)
    path.write_bytes(repacked(content, {"[Content_Types].xml": types}))
    with pytest.raises(FileRefused) as refused:
        check_container(path, ReadingLimits())
    assert refused.value.code == "zip_bomb"


def check(content: bytes, folder: Path) -> bool:
    path = folder / "old.xls"
    path.write_bytes(content)
    return check_workbook(path)


def test_the_date_system_of_an_old_workbook(tmp_path: Path) -> None:
    assert check(xls([HEAD], date_1904=True), tmp_path) is True
    assert check(xls([HEAD]), tmp_path) is False


def test_globals_without_a_date_system_count_from_1900(tmp_path: Path) -> None:
    bof = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 5, 0x0DBB, 0x07CC, 0, 6)
    assert check(compound_file({"Workbook": bof + struct.pack("<HH", 0x000A, 0)}), tmp_path) is False
    assert check(compound_file({"Workbook": struct.pack("<HH", 0x0099, 0xFFFF)}), tmp_path) is False


def changed(content: bytes, offset: int, value: bytes) -> bytes:
    return content[:offset] + value + content[offset + len(value) :]


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (30, b"\x0b\x00"),  # sectors of 2,048 bytes do not exist
        (48, b"\xff\xff\xff\x0f"),  # a directory far behind the end
        (76, b"\xff\xff\x00\x00"),  # an allocation table far behind the end
    ],
)
def test_a_compound_file_that_makes_no_sense_is_refused(offset: int, value: bytes, tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        check(changed(xls([HEAD]), offset, value), tmp_path)
    assert refused.value.code == "truncated"


def test_a_directory_that_loops_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("receivables.reading.ole._MAX_SECTORS", 1_000)
    content = xls([HEAD])
    directory = struct.unpack_from("<I", content, 48)[0]
    table = (struct.unpack_from("<I", content, 76)[0] + 1) * 512
    with pytest.raises(FileRefused) as refused:
        check(changed(content, table + directory * 4, struct.pack("<I", directory)), tmp_path)
    assert refused.value.code == "truncated"


def test_a_directory_cut_off_is_refused(tmp_path: Path) -> None:
    """The last sector of a file is its allocation table here: put the directory behind it."""
    content = xls([HEAD])
    behind = len(content) // 512 - 1
    table = (struct.unpack_from("<I", content, 76)[0] + 1) * 512
    looped = changed(content, table + behind * 4, struct.pack("<I", 0xFFFFFFFE))
    with pytest.raises(FileRefused) as refused:
        check(changed(looped, 48, struct.pack("<I", behind)), tmp_path)
    assert refused.value.code == "truncated"


def test_a_small_workbook_lives_in_small_sectors(tmp_path: Path) -> None:
    """A stream below 4,096 bytes is kept in the root's stream, in pieces of 64 bytes."""
    stream = struct.pack("<HHH", 0x0099, 2, 0) * 12 + struct.pack("<HHH", 0x0022, 2, 1)
    content = bytearray(compound_file({"Filler": stream, "Workbook": b""}))
    directory = (struct.unpack_from("<I", content, 48)[0] + 1) * 512
    filler_start = struct.unpack_from("<I", content, directory + 128 + 116)[0]
    # The root's stream is the filler; the workbook is its first 78 bytes; the table of small sectors follows.
    struct.pack_into("<II", content, directory + 116, filler_start, 4096)
    struct.pack_into("<II", content, directory + 256 + 116, 0, len(stream))
    table_sector = filler_start + 4
    struct.pack_into("<II", content, (table_sector + 1) * 512, 1, 0xFFFFFFFE)
    fat = (struct.unpack_from("<I", content, 76)[0] + 1) * 512
    struct.pack_into("<I", content, fat + (table_sector - 1) * 4, 0xFFFFFFFE)
    struct.pack_into("<I", content, fat + table_sector * 4, 0xFFFFFFFE)
    struct.pack_into("<I", content, 60, table_sector)
    assert check(bytes(content), tmp_path) is True


def test_an_allocation_table_that_goes_on_elsewhere_is_followed(tmp_path: Path) -> None:
    """More than 109 table sectors need a list of their own; here a file of 7 MB puts its table into one."""
    content = bytearray(compound_file({"Workbook": xls_stream(), "Filler": b"\0" * 200}))
    first_table = struct.unpack_from("<I", content, 76)[0]
    extra = len(content) // 512 - 1
    content += struct.pack("<128I", first_table, *([0xFFFFFFFF] * 126), 0xFFFFFFFE)
    struct.pack_into("<I", content, 76, 0xFFFFFFFF)
    struct.pack_into("<II", content, 68, extra, 1)
    # One slot of the header is empty now, so the count of sectors read must reach the list.
    struct.pack_into("<I", content, 44, 110)
    assert check(bytes(content), tmp_path) is True


def xls_stream() -> bytes:
    return struct.pack("<HHH", 0x0022, 2, 1)

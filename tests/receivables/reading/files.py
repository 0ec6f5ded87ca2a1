"""Files as finance sends them, made from rows: xlsx, xls, xlsb, ods, csv, and the broken and hostile ones."""

from __future__ import annotations

import datetime as dt
import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

from receivables.reading import ReadingLimits, ReadReport
from receivables.reading.child import RESULT, _plain, read
from receivables.reading.choices import Choices
from receivables.reading.reader import collect
from receivables.reading.report import Job

HEAD = ("客户编码", "客户名称", "发票号", "发票日期", "到期日", "币种", "发票金额", "应收余额")
AS_OF = dt.date(2025, 6, 30)

Row = Sequence[Any]


def item(document: str = "INV1", **changes: Any) -> list[Any]:
    """Return an ordinary row under HEAD, with some cells changed by the name of their column."""
    row = dict(
        zip(
            HEAD,
            ("C001", "上海一贸易有限公司", document, "2025-03-01", "2025-04-30", "CNY", "100.00", "100.00"),
            strict=True,
        )
    )
    return list((row | changes).values())


def read_here(
    content: bytes,
    folder: Path,
    *,
    limits: ReadingLimits | None = None,
    currency: str = "CNY",
    name: str = "file",
    kind: str = "open_items",
    as_of: dt.date = AS_OF,
    choices: Choices | None = None,
    remembered: Mapping[str, Mapping[str, Any]] | None = None,
) -> ReadReport:
    """Read in this process, as the child does, so that a test sees every line that runs."""
    path = folder / name
    path.write_bytes(content)
    with TemporaryDirectory(dir=folder) as work:
        job = Job(
            str(path),
            name,
            kind,
            currency,
            as_of,
            limits or ReadingLimits(),
            work,
            choices or Choices(),
            remembered or {},
        )
        result = read(job)
        (Path(work) / RESULT).write_text(json.dumps(result, default=_plain), encoding="utf-8")
        return collect(Path(work))


def lines(report: ReadReport) -> list[tuple[str, str, str, str, str]]:
    """Return customer, document, due date, currency and open amount of each clean line."""
    table = report.lines.select("customer_ref", "document", "due_on", "currency", "open_amount")
    return [(c, d, str(due), cur, str(amount)) for c, d, due, cur, amount in table.iter_rows()]


def errors(report: ReadReport) -> list[tuple[int, str, str, str]]:
    """Return row, column, value and code of each error."""
    return [(error.row, error.column, error.value, error.code) for error in report.errors]


def csv_text(rows: Sequence[Row], separator: str = ",") -> str:
    """Return the rows as text, quoted where needed, with Windows line ends."""

    def cell(value: Any) -> str:
        text = "" if value is None else str(value)
        return (
            '"' + text.replace('"', '""') + '"' if separator in text or '"' in text or "\n" in text else text
        )

    return "".join(separator.join(cell(value) for value in row) + "\r\n" for row in rows)


def csv(rows: Sequence[Row], encoding: str = "utf-8", separator: str = ",") -> bytes:
    """Return a text file."""
    return csv_text(rows, separator).encode(encoding)


def xlsx(
    rows: Sequence[Row],
    *,
    merges: Sequence[str] = (),
    sheet: str = "Sheet1",
    more: Sequence[tuple[str, Sequence[Row]]] = (),
    hidden: Sequence[str] = (),
    date_1904: bool = False,
) -> bytes:
    """Return a workbook; dates become date cells, numbers number cells, text beginning with = formulas."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "date_1904": date_1904, "strings_to_formulas": False, "strings_to_urls": False},
    )
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, content in [(sheet, rows), *more]:
        page = book.add_worksheet(name)
        for number, row in enumerate(content):
            for column, value in enumerate(row):
                _write(page, number, column, value, day)
        if name == sheet:
            for merge in merges:
                page.merge_range(merge, _first(content, merge))
        if name in hidden:
            page.hide()
    book.close()
    return buffer.getvalue()


class Formula:
    """A formula with the value that a spreadsheet program stored beside it; None: it never calculated."""

    def __init__(self, text: str, value: Any) -> None:
        self.text, self.value = text, value


def _write(page: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, Formula):
        page.write_formula(row, column, value.text, None, "" if value.value is None else value.value)
    elif isinstance(value, dt.date):
        page.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), day)
    elif isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, int | float | Decimal):
        page.write_number(row, column, float(value))
    else:
        page.write_string(row, column, value)


def _first(content: Sequence[Row], merge: str) -> Any:
    first = merge.split(":")[0]
    letters = first.rstrip("0123456789")
    return content[int(first[len(letters) :]) - 1][ord(letters) - 65]


def repacked(
    content: bytes, changes: dict[str, bytes | None], compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Return a zip container with parts replaced, added, or (None) left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        for part in old.infolist():
            if part.filename not in changes:
                new.writestr(part.filename, old.read(part))
        for name, data in changes.items():
            if data is not None:
                new.writestr(name, data)
    return buffer.getvalue()


def part(content: bytes, name: str) -> bytes:
    """Return one part of a zip container."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def zipped(parts: dict[str, bytes]) -> bytes:
    """Return a zip container with these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def ods(rows: Sequence[Row], *, manifest: bytes = b"<manifest/>") -> bytes:
    """Return an OpenDocument spreadsheet."""
    body = "".join(
        "<table:table-row>" + "".join(_ods_cell(value) for value in row) + "</table:table-row>"
        for row in rows
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Sheet1">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content.encode(),
            "META-INF/manifest.xml": manifest,
        }
    )


def _ods_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    kind = 'office:value-type="string"'
    if isinstance(value, dt.date):
        kind = f'office:value-type="date" office:date-value="{value}"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def compound_file(streams: dict[str, bytes]) -> bytes:
    """Return an OLE2 compound file; every stream is padded to live in ordinary sectors."""
    sector = 512
    fat: list[int] = []
    data: list[bytes] = []

    def store(content: bytes) -> int:
        start = len(fat)
        count = max(1, -(-len(content) // sector))
        for index in range(count):
            fat.append(start + index + 1 if index < count - 1 else 0xFFFFFFFE)
            data.append(content[index * sector : (index + 1) * sector].ljust(sector, b"\0"))
        return start

    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0)]
    for name, content in streams.items():
        padded = content.ljust(4096, b"\0")
        entries.append(_entry(name, 2, store(padded), len(padded)))
    while len(entries) % 4:
        entries.append(b"\0" * 128)
    directory = store(b"".join(entries))
    fat_start = len(fat)
    fat_sectors = -(-(len(fat) + 1) // 128)
    fat += [0xFFFFFFFD] * fat_sectors
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(fat_sectors * sector, b"\xff")
    numbers = [fat_start + index for index in range(fat_sectors)] + [0xFFFFFFFF] * (109 - fat_sectors)
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
        + struct.pack("<IIIIIIIII", 0, fat_sectors, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
        + struct.pack("<109I", *numbers)
    )  # fmt: skip
    return header + b"".join(data) + table


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    coded = (name + "\0").encode("utf-16-le")
    head = coded.ljust(64, b"\0") + struct.pack("<HBB", len(coded), kind, 1)
    child = 1 if kind == 5 else 0xFFFFFFFF
    links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return head + links + b"\0" * 36 + struct.pack("<II", start, size) + b"\0" * 4


def xls(
    rows: Sequence[Row], *, date_1904: bool = False, password: bool = False, stream: str = "Workbook"
) -> bytes:
    """Return an Excel 97 workbook with one sheet."""

    def record(kind: int, body: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    xf_general = struct.pack("<HHHBBBBIIH", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    xf_date = struct.pack("<HHHBBBBIIH", 0, 14, 0, 0, 0, 0, 0, 0, 0, 0)
    middle = record(0x002F, struct.pack("<HHH", 0, 1, 2)) if password else b""
    head = (
        record(0x0809, bof) + middle + record(0x0042, struct.pack("<H", 1200))
        + record(0x0022, struct.pack("<H", date_1904)) + record(0x00E0, xf_general) + record(0x00E0, xf_date)
    )  # fmt: skip
    name = "Sheet1".encode("utf-16-le")
    length = len(head) + 4 + 8 + len(name) + 4
    bound = record(0x0085, struct.pack("<IBBBB", length, 0, 0, 6, 1) + name)
    sheet_bof = struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6)
    sheet = record(0x0809, sheet_bof)
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, dt.date):
                zero = dt.date(1904, 1, 1) if date_1904 else dt.date(1899, 12, 30)
                sheet += record(0x0203, struct.pack("<HHHd", number, column, 1, float((value - zero).days)))
            elif isinstance(value, int | float):
                sheet += record(0x0203, struct.pack("<HHHd", number, column, 0, float(value)))
            else:
                text = value.encode("utf-16-le")
                sheet += record(0x0204, struct.pack("<HHHHB", number, column, 0, len(value), 1) + text)
    return compound_file({stream: head + bound + record(0x000A) + sheet + record(0x000A)})


def xlsb(rows: Sequence[Row]) -> bytes:
    """Return a binary workbook with one sheet."""

    def record(kind: int, body: bytes = b"") -> bytes:
        coded = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
        size, length = len(body), b""
        while True:
            length += bytes([size & 0x7F | (0x80 if size > 127 else 0)])
            size >>= 7
            if not size:
                return coded + length + body

    def wide(text: str) -> bytes:
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Sheet1"))
    book += record(144) + record(132)
    width = max(len(row) for row in rows)
    sheet = record(129) + record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, width - 1)) + record(145)
    for number, row in enumerate(rows):
        sheet += record(0, struct.pack("<IIHB", number, 0, 300, 0) + b"\0" * 6)
        for column, value in enumerate(row):
            cell = struct.pack("<II", column, 0)
            if isinstance(value, int | float):
                sheet += record(5, cell + struct.pack("<d", value))
            elif value is not None:
                sheet += record(6, cell + wide(value))
    sheet += record(146) + record(130)
    types = (
        b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        b'<Override PartName="/xl/workbook.bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
        b"</Types>"
    )
    relations = (
        b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s"'
        b' Target="%s"/></Relationships>'
    )
    return zipped(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": relations % (b"officeDocument", b"xl/workbook.bin"),
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": relations % (b"worksheet", b"worksheets/sheet1.bin"),
            "xl/worksheets/sheet1.bin": sheet,
        }
    )

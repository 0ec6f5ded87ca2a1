"""The child process: what it is given, what it may use, and that its death is only a refusal."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from receivables.reading import FileRefused, ReadingLimits, read_report
from receivables.reading import child as child_module
from receivables.reading.child import RESULT, job_from_json, job_to_json, limit_resources, main
from receivables.reading.reader import _crash
from receivables.reading.report import MEBIBYTE, Job
from tests.receivables.reading.files import AS_OF, HEAD, csv, errors, item, lines, ods, part, repacked, xlsx

ROOT = Path(__file__).resolve().parents[3]


def read_in_child(content: bytes, folder: Path, **changes: Any) -> Any:
    path = folder / "file"
    path.write_bytes(content)
    options: dict[str, Any] = {"file_name": "aging.xlsx", "default_currency": "CNY", "as_of": AS_OF}
    return read_report(path, **(options | changes))


def refused(content: bytes, folder: Path, **changes: Any) -> FileRefused:
    with pytest.raises(FileRefused) as raised:
        read_in_child(content, folder, **changes)
    return raised.value


def far_cell(reference: bytes) -> bytes:
    """A workbook whose one cell far away makes a parser ask for the whole rectangle; the dimension lies."""
    content = xlsx([HEAD, item()])
    name = "xl/worksheets/sheet1.xml"
    row = reference.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    far = b'<row r="' + row + b'"><c r="' + reference + b'"><v>1</v></c></row></sheetData>'
    return repacked(content, {name: part(content, name).replace(b"</sheetData>", far)})


def test_a_report_comes_back_from_the_child_whole(tmp_path: Path) -> None:
    rows = [HEAD, item(), item("INV2", 应收余额="?"), ["合计", "", "", "", "", "", "", "100"]]
    report = read_in_child(csv(rows), tmp_path)
    assert lines(report) == [("C001", "INV1", "2025-04-30", "CNY", "100.00")]
    assert errors(report) == [(3, "应收余额", "?", "not_a_number")]
    assert report.lines.schema["open_amount"].is_decimal()
    assert (report.total_rows[0].row, report.total_rows[0].agrees) == (4, None)


def test_a_refusal_comes_back_with_its_code_and_parameters(tmp_path: Path) -> None:
    error = refused(csv([["客户编码", "发票号"], ["C", "I"]]), tmp_path)
    assert error.code == "missing_columns"
    assert error.params["missing"] == ["due_on", "open_amount"]


def test_a_cell_in_the_last_corner_ends_the_child_and_not_its_parent(tmp_path: Path) -> None:
    """17 thousand million cells; the sheet's own dimension does not mention them."""
    error = refused(far_cell(b"XFD1048576"), tmp_path)
    assert error.code in {"too_much_memory", "sheet_dimensions"}


def test_memory_is_bounded(tmp_path: Path) -> None:
    limits = ReadingLimits(memory_bytes=300 * MEBIBYTE)
    error = refused(far_cell(b"ZZ60000"), tmp_path, limits=limits)
    assert (error.code, error.params) == ("too_much_memory", {"limit": 300})


def test_an_ods_that_repeats_a_cell_for_ever_is_bounded(tmp_path: Path) -> None:
    content = ods([HEAD, item()])
    endless = part(content, "content.xml").replace(
        b"</table:table>",
        b'<table:table-row table:number-rows-repeated="1048576"><table:table-cell'
        b' table:number-columns-repeated="16384" office:value-type="string"><text:p'
        b' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">x</text:p></table:table-cell>'
        b"</table:table-row></table:table>",
    )
    limits = ReadingLimits(memory_bytes=400 * MEBIBYTE, seconds=30)
    started = time.monotonic()
    error = refused(repacked(content, {"content.xml": endless}), tmp_path, limits=limits)
    assert error.code in {"damaged_workbook", "too_much_memory", "too_much_time"}
    assert time.monotonic() - started < 40


def test_time_is_bounded(tmp_path: Path) -> None:
    error = refused(csv([HEAD, item()]), tmp_path, limits=ReadingLimits(seconds=0))
    assert (error.code, error.params) == ("too_much_time", {"limit": 0})


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(work))
    read_in_child(csv([HEAD, item()]), tmp_path)
    refused(b"", tmp_path)
    assert list(work.iterdir()) == []


def test_the_child_sees_none_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of the caller's folder, a variable of Python's: neither reaches the child."""
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "json.py"))
    assert read_in_child(csv([HEAD, item()]), tmp_path).rows == 1


def test_the_child_starts_without_django(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import receivables.reading.child, receivables.reading.sheets;"
        "sys.exit(any(name.split('.')[0] in ('django', 'psycopg') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-I", "-c", code, str(ROOT)], check=False).returncode == 0


def test_a_path_from_the_folder_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "aging.xlsx").write_bytes(xlsx([HEAD, item()]))
    monkeypatch.chdir(tmp_path)
    read = read_report(Path("aging.xlsx"), file_name="aging.xlsx", default_currency="CNY", as_of=AS_OF)
    assert read.rows == 1


def test_a_path_with_spaces_and_chinese_characters(tmp_path: Path) -> None:
    folder = tmp_path / "账 龄"
    folder.mkdir()
    assert read_in_child(xlsx([HEAD, item()]), folder).rows == 1


@pytest.mark.parametrize(
    ("status", "stderr", "code"),
    [
        (-24, "", "too_much_time"),
        (-9, "", "too_much_time"),
        (-6, "", "too_much_memory"),
        (1, "MemoryError", "too_much_memory"),
        (101, "capacity overflow", "too_much_memory"),
        (-11, "", "unreadable"),
        (1, "ValueError: x", "unreadable"),
    ],
)
def test_how_the_child_ended_tells_what_to_say(status: int, stderr: str, code: str) -> None:
    error = _crash(status, stderr, ReadingLimits())
    assert error.code == code
    assert str(status) in error.detail
    assert "%(" not in error.message


def job(folder: Path, content: bytes) -> Job:
    path = folder / "file"
    path.write_bytes(content)
    return Job(str(path), "f", "open_items", "CNY", dt.date(2025, 6, 30), ReadingLimits(rows=5), str(folder))


def test_a_job_survives_the_way_to_the_child(tmp_path: Path) -> None:
    given = job(tmp_path, b"")
    assert job_from_json(job_to_json(given)) == given


@pytest.fixture
def own_limits():  # type: ignore[no-untyped-def]
    """Give this process its limits back."""
    kinds = (resource.RLIMIT_DATA, resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)
    before = [(kind, resource.getrlimit(kind)) for kind in kinds]
    yield
    for kind, limits in before:
        resource.setrlimit(kind, limits)


GENEROUS = ReadingLimits(memory_bytes=1 << 40, seconds=100_000)


@pytest.mark.usefixtures("own_limits")
def test_limits_are_set_on_memory_time_and_core_dumps() -> None:
    limit_resources(GENEROUS)
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] == 1 << 40
    assert resource.getrlimit(resource.RLIMIT_CPU)[0] == 100_000
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


@pytest.mark.usefixtures("own_limits")
def test_a_lower_limit_of_the_machine_stays() -> None:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    child_module._limit(resource.RLIMIT_CORE, 1 << 60)
    soft = resource.getrlimit(resource.RLIMIT_CORE)[0]
    assert soft == (1 << 60 if hard == resource.RLIM_INFINITY else hard)


@pytest.mark.usefixtures("own_limits")
@pytest.mark.parametrize(
    ("content", "expected"), [(csv([HEAD, item()]), ("rows", 1)), (b"", ("refused", "empty_file"))]
)
def test_the_child_leaves_its_result_in_the_folder(
    content: bytes, expected: tuple[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = job(tmp_path, content)
    generous = Job(**{**vars(given), "limits": GENEROUS})
    monkeypatch.setattr(sys, "stdin", io.StringIO(job_to_json(generous)))
    assert main() == 0
    assert json.loads((tmp_path / RESULT).read_text())[expected[0]] == expected[1]


@pytest.mark.usefixtures("own_limits")
def test_python_out_of_memory_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(_job: Job) -> dict[str, Any]:
        raise MemoryError

    monkeypatch.setattr(child_module, "read", exhausted)
    generous = Job(**{**vars(job(tmp_path, b"x")), "limits": GENEROUS})
    monkeypatch.setattr(sys, "stdin", io.StringIO(job_to_json(generous)))
    assert main() == 0
    assert json.loads((tmp_path / RESULT).read_text())["refused"] == "too_much_memory"


def test_what_is_not_plain_is_a_defect() -> None:
    with pytest.raises(TypeError):
        child_module._plain(object())


def test_a_hundred_thousand_rows_stay_far_below_the_memory_limit(tmp_path: Path) -> None:
    """The limit of the whole import is 600 MB; the child's part of it is measured here, 300 MB at most."""
    path = tmp_path / "big.csv"
    path.write_bytes(csv([HEAD, *(item(f"INV{n:06d}") for n in range(100_000))]))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from receivables.reading.child import main; main();"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    given = Job(str(path), "big.csv", "open_items", "CNY", AS_OF, ReadingLimits(), str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(ROOT)],
        input=job_to_json(given),
        capture_output=True,
        text=True,
        check=True,
        env={"POLARS_MAX_THREADS": "2", "PATH": os.defpath},
    )
    assert int(done.stdout) < 300 * 1024

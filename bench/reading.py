"""Benchmark: reading finance's files in the child process, against the bare parse of the same file.

    python -m bench.reading [--million]

Prints seconds, the ratio to the peer, the peak memory of the child, each against its limit; exit 1 where a
limit is missed. `--million` adds the files of 1,000,000 rows.
"""

from __future__ import annotations

import datetime as dt
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import polars  # noqa: F401 - the importing process has it loaded: its start is not the reading's cost
import python_calamine
import xlsxwriter

from receivables.reading import ReadReport, read_report

ROWS, MANY_ROWS = 100_000, 1_000_000
ROUNDS = 5
HEADER = (
    "客户编码", "客户名称", "发票号", "发票日期", "到期日", "币种", "原币金额", "应收余额", "合同号", "摘要",
)  # fmt: skip
FIRST_DAY, AS_OF = dt.date(2024, 1, 1), dt.date(2026, 6, 30)

LIMIT_XLSX_RATIO = 1.6
LIMIT_CSV_SECONDS = 0.6
LIMIT_MEGABYTES = 600
# A million rows of xlsx take any parser about a gigabyte; the child's own limit is 1,500 MB.
LIMIT_MILLION_XLSX_MEGABYTES = 1_500
LIMIT_MILLION_CSV_SECONDS = 6.0

Item = tuple[str, str, str, dt.date, dt.date, str, Decimal, Decimal, str, str]


def items(count: int) -> Iterator[Item]:
    """Yield the same ten columns of open items at every call: 10,000 customers, credit notes among them."""
    chance = random.Random(1)
    for number in range(1, count + 1):
        customer = chance.randrange(10_000)
        amount = Decimal(chance.randrange(-500_000, 10_000_000)).scaleb(-2)
        opened = amount if number % 2 else (amount / 2).quantize(Decimal("0.01"))
        day = FIRST_DAY + dt.timedelta(days=chance.randrange(800))
        yield (
            f"C{customer:05d}", f"上海第{customer}贸易有限公司", f"INV{number:08d}", day, day + dt.timedelta(days=60),
            "CNY", amount, opened, f"HT-{customer:05d}", f"设备款 {number % 50}",
        )  # fmt: skip


def write_xlsx(path: Path, count: int) -> None:
    """Write the items with date and number cells, as a spreadsheet program saves them."""
    book = xlsxwriter.Workbook(path, {"constant_memory": count > ROWS})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    page = book.add_worksheet("明细")
    page.write_row(0, 0, HEADER)
    for row, item in enumerate(items(count), start=1):
        for column, value in enumerate(item):
            if isinstance(value, dt.date):
                page.write_datetime(row, column, dt.datetime.combine(value, dt.time()), day)
            elif isinstance(value, Decimal):
                page.write_number(row, column, float(value))
            else:
                page.write_string(row, column, value)
    book.close()


def write_csv(path: Path, count: int, encoding: str = "utf-8") -> None:
    """Write the items with grouped, quoted open amounts."""
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(",".join(HEADER) + "\r\n")
        for *first, opened, contract, text in items(count):
            file.write(",".join(map(str, first)) + f',"{opened:,.2f}",{contract},{text}\r\n')


def read(path: Path) -> ReadReport:
    """Read a file as an import does."""
    return read_report(path, file_name=path.name, default_currency="CNY", as_of=AS_OF)


def bare_parse(path: Path) -> None:
    """What python-calamine alone takes."""
    python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def alternately(*actions: Callable[[], object]) -> list[float]:
    """Return the best seconds of each action.

    They take turns, and the best of several rounds is what is left of the work of others on the machine.
    """
    seconds: list[list[float]] = [[] for _ in actions]
    for _ in range(ROUNDS):
        for action, times in zip(actions, seconds, strict=True):
            started = time.perf_counter()
            action()
            times.append(time.perf_counter() - started)
    return [min(times) for times in seconds]


def children_megabytes() -> float:
    """Return the highest peak memory of any child so far, or this process's own where that was more."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def report(name: str, value: float, limit: float, unit: str) -> bool:
    """Print one figure; return whether it keeps its limit."""
    kept = value <= limit
    print(f"{name:<44} {value:8.2f} {unit:<3} limit {limit:8.2f}  {'ok' if kept else 'MISSED'}")
    return kept


def check(path: Path, count: int) -> None:
    """The files are clean: a fast reading that loses rows or cents is no reading."""
    result = read(path)
    expected = sum((item[7] for item in items(count)), Decimal(0))
    assert (result.accepted, result.totals) == (count, {"CNY": expected}), path.name


def main(arguments: list[str]) -> int:
    """Run the benchmark and return its exit status."""
    kept = []
    with TemporaryDirectory() as folder:
        book, text, chinese = (Path(folder) / name for name in ("items.xlsx", "items.csv", "gb18030.csv"))
        write_csv(text, ROWS)
        write_csv(chinese, ROWS, "gb18030")
        write_xlsx(book, ROWS)
        for path in (text, chinese, book):
            check(path, ROWS)
        text_seconds, chinese_seconds = alternately(lambda: read(text), lambda: read(chinese))
        kept.append(report("csv 100,000 rows", text_seconds, LIMIT_CSV_SECONDS, "s"))
        print(f"{'csv 100,000 rows in GB18030':<44} {chinese_seconds:8.2f} s")
        book_seconds, bare_seconds = alternately(lambda: read(book), lambda: bare_parse(book))
        print(
            f"{'xlsx 100,000 rows':<44} {book_seconds:8.2f} s    python-calamine alone {bare_seconds:.2f} s"
        )
        kept.append(
            report("xlsx against python-calamine alone", book_seconds / bare_seconds, LIMIT_XLSX_RATIO, "×")
        )
        kept.append(report("peak memory of the child", children_megabytes(), LIMIT_MEGABYTES, "MB"))
        if "--million" in arguments:
            kept += _million(Path(folder))
    return 0 if all(kept) else 1


def _million(folder: Path) -> Iterator[bool]:
    text, book = folder / "million.csv", folder / "million.xlsx"
    write_csv(text, MANY_ROWS)
    check(text, MANY_ROWS)
    [text_seconds] = alternately(lambda: read(text))
    yield report("csv 1,000,000 rows", text_seconds, LIMIT_MILLION_CSV_SECONDS, "s")
    yield report("peak memory of the child", children_megabytes(), LIMIT_MEGABYTES, "MB")
    write_xlsx(book, MANY_ROWS)
    started = time.perf_counter()
    check(book, MANY_ROWS)
    print(f"{'xlsx 1,000,000 rows':<44} {time.perf_counter() - started:8.2f} s")
    yield report("peak memory of the child", children_megabytes(), LIMIT_MILLION_XLSX_MEGABYTES, "MB")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

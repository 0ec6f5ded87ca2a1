"""Benchmark: importing 100,000 open items against parsing the file alone and a raw COPY of the same rows.

    python -m bench.imports [--million]

Prints seconds, ratios and peak memory, each against its limit; exit 1 where a limit is missed. The raw COPY writes
the same rows, ready as text, into the same table with its indexes; that into a bare table is told beside it.
`--million` adds a csv file of 1,000,000 rows, `--peer` the same xlsx
file through django-import-export (some minutes). `--once FILE DATE` imports one file: the process whose memory counts.
"""

from __future__ import annotations

import datetime as dt
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.reading import AS_OF, ROWS, report, write_csv, write_xlsx
from bench.scratch import scratch_database

ROUNDS, MANY_ROUNDS = 9, 3
MANY_ROWS = 1_000_000
LIMIT_XLSX_RATIO = 2.0
LIMIT_TIMES_FASTER = 50
LIMIT_CSV_RATIO = 3.0
LIMIT_MEGABYTES = 600
ITEMS_TABLE, BARE_TABLE = "receivables_openitem", "bare_items"
COLUMNS = (
    "report_id, as_of, customer_id, row_number, document, document_on, due_on, currency, amount, open_amount,"
    " contract_number, description, due_basis"
)


def timed(action: Callable[[], object]) -> float:
    """Return the wall-clock seconds of one action."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def import_file(path: Path, as_of: dt.date) -> None:
    """Import a file as the command does: read, matched, loaded, summed, committed."""
    from receivables.services.imports import import_report

    result = import_report(
        path=path, file_name=path.name, as_of=as_of, today=as_of, by=None, create_customers=True
    )
    assert result.report is not None, result.errors[:3]


def rows_as_text() -> bytes:
    """Return the rows of the last report as COPY takes them."""
    from django.db import connection

    from receivables.models import Report

    last = Report.objects.latest("pk")
    rows = f"SELECT {COLUMNS} FROM receivables_openitem WHERE report_id = {last.pk} ORDER BY row_number"
    with connection.cursor() as cursor, cursor.copy(f"COPY ({rows}) TO STDOUT") as copy:
        return b"".join(bytes(chunk) for chunk in copy)


def create_bare_table() -> None:
    """Create a table for the same rows without any index."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {BARE_TABLE} AS SELECT {COLUMNS} FROM {ITEMS_TABLE} LIMIT 0")


def raw_copy(text: bytes, into: str = ITEMS_TABLE) -> None:
    """Write ready rows into a table, in a transaction of their own."""
    from django.db import connection, transaction

    command = f"COPY {into} ({COLUMNS}) FROM STDIN"
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(command) as copy:
        copy.write(text)


def bare_parse(path: Path) -> None:
    """What calamine alone takes to bring the cells of a workbook into columns."""
    import fastexcel

    fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_polars()


def measure(path: Path, peers: list[Callable[[], object]], *, first_on: dt.date) -> list[float]:
    """Return the best seconds of an import and of each peer; they take turns on the machine."""
    best = [float("inf")] * (1 + len(peers))
    for number in range(ROUNDS):
        day = first_on + dt.timedelta(days=number)
        actions: list[Callable[[], object]] = [lambda day=day: import_file(path, day), *peers]  # type: ignore[misc]
        best = [min(known, timed(action)) for known, action in zip(best, actions, strict=True)]
    return best


def megabytes(path: Path, day: dt.date) -> tuple[float, float]:
    """Return the peak memory of a process that imports a file, and of the child that reads it for it."""
    command = [sys.executable, "-m", "bench.imports", "--once", str(path), day.isoformat()]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    own, child = done.stdout.split()
    return float(own), float(child)


def import_once(path: Path, day: dt.date) -> None:
    """Import one file as the command does, and print the peak memory of this process and of its child."""
    import django

    django.setup()
    import_file(path, day)
    # Not getrusage for the own peak: it starts with that of the process which started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    own = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    print(int(own.split()[1]) / 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


def main(arguments: list[str]) -> int:
    """Run the benchmark and return its exit status."""
    if arguments[:1] == ["--once"]:
        import_once(Path(arguments[1]), dt.date.fromisoformat(arguments[2]))
        return 0
    with scratch_database(), TemporaryDirectory() as name:
        kept = list(figures(Path(name), million="--million" in arguments, peer="--peer" in arguments))
    return 0 if all(kept) else 1


def by_import_export(path: Path, day: dt.date) -> float:
    """Return the seconds that django-import-export takes for a workbook as its manual says: told the columns, the
    customer found by his number.
    """
    import tablib
    from import_export import fields, resources, widgets

    from customers.models import Customer
    from receivables.models import OpenItem, Report
    from receivables.services.partitions import partition_for

    parent = Report.objects.latest("pk").pk
    partition_for(ITEMS_TABLE, day)

    class Items(resources.ModelResource):
        customer = fields.Field("customer", "客户编码", widget=widgets.ForeignKeyWidget(Customer, "number"))
        document = fields.Field("document", "发票号")
        document_on = fields.Field("document_on", "发票日期")
        due_on = fields.Field("due_on", "到期日")
        currency = fields.Field("currency", "币种")
        amount = fields.Field("amount", "原币金额")
        open_amount = fields.Field("open_amount", "应收余额")
        contract_number = fields.Field("contract_number", "合同号")
        description = fields.Field("description", "摘要")

        class Meta:
            model = OpenItem
            import_id_fields = ()
            fields = (
                "customer", "document", "document_on", "due_on", "currency", "amount", "open_amount", "contract_number",
                "description",
            )  # fmt: skip
            force_init_instance = True

        def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
            instance.report_id, instance.as_of, instance.row_number = (
                parent,
                day,
                kwargs.get("row_number") or 1,
            )

    def run() -> None:
        data = tablib.Dataset().load(path.read_bytes(), format="xlsx")
        result = Items().import_data(data, dry_run=False, raise_errors=True)
        assert result.total_rows == ROWS

    return timed(run)


def figures(folder: Path, *, million: bool, peer: bool) -> Iterator[bool]:
    """Print every figure; yield for each limit whether it is kept."""
    text, book = folder / "items.csv", folder / "items.xlsx"
    write_csv(text, ROWS)
    write_xlsx(book, ROWS)
    first = timed(lambda: import_file(text, AS_OF))
    print(f"{'csv 100,000 rows, 10,000 customers created':<44} {first:8.2f} s")
    rows = rows_as_text()
    create_bare_table()
    peers: list[Callable[[], object]] = [lambda: raw_copy(rows), lambda: raw_copy(rows, into=BARE_TABLE)]
    csv_seconds, copy_seconds, bare_seconds = measure(text, peers, first_on=AS_OF + dt.timedelta(days=1))
    print(
        f"{'csv 100,000 rows':<44} {csv_seconds:8.2f} s    raw COPY {copy_seconds:.2f} s,"
        f" into a bare table {bare_seconds:.2f} s"
    )
    yield report("csv against raw COPY", csv_seconds / copy_seconds, LIMIT_CSV_RATIO, "×")
    peers = [lambda: bare_parse(book), lambda: raw_copy(rows)]
    book_seconds, parse_seconds, copy_seconds = measure(book, peers, first_on=AS_OF + dt.timedelta(days=100))
    print(f"{'xlsx 100,000 rows':<44} {book_seconds:8.2f} s    calamine {parse_seconds:.2f} s")
    ratio = book_seconds / (parse_seconds + copy_seconds)
    yield report("xlsx against calamine and raw COPY", ratio, LIMIT_XLSX_RATIO, "×")
    if peer:
        seconds = by_import_export(book, AS_OF + dt.timedelta(days=300))
        print(f"{'the same file through django-import-export':<44} {seconds:8.2f} s")
        yield report("ours as a share of it, limit 1/50", book_seconds / seconds, 1 / LIMIT_TIMES_FASTER, "")
    for path, day in ((text, AS_OF + dt.timedelta(days=200)), (book, AS_OF + dt.timedelta(days=201))):
        own, child = megabytes(path, day)
        yield report(f"peak memory, {path.suffix[1:]}: importing process", own, LIMIT_MEGABYTES, "MB")
        yield report(f"peak memory, {path.suffix[1:]}: its reading child", child, LIMIT_MEGABYTES, "MB")
    if million:
        many = folder / "million.csv"
        write_csv(many, MANY_ROWS)
        own, child = megabytes(many, AS_OF + dt.timedelta(days=320))
        yield report("1,000,000 rows: importing process", own, LIMIT_MEGABYTES, "MB")
        yield report("1,000,000 rows: its reading child", child, LIMIT_MEGABYTES, "MB")
        rows = rows_as_text()
        days = [AS_OF + dt.timedelta(days=330 + number) for number in range(MANY_ROUNDS)]
        seconds = min(timed(lambda day=day: import_file(many, day)) for day in days)  # type: ignore[misc]
        copy_seconds = min(timed(lambda: raw_copy(rows)) for _ in days)
        print(f"{'csv 1,000,000 rows':<44} {seconds:8.2f} s    raw COPY {copy_seconds:.2f} s")
        yield report("csv 1,000,000 rows against raw COPY", seconds / copy_seconds, LIMIT_CSV_RATIO, "×")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

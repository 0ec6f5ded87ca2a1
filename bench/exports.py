"""Benchmark: the aging report of 100,000 open items as an Excel file, against xlsxwriter writing the same cells.

    python -m bench.exports

Prints seconds and the ratio against its limit; exit 1 where it is missed.
"""

from __future__ import annotations

import datetime as dt
import io
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter

from bench.reading import AS_OF, ROWS, report, write_csv
from bench.scratch import scratch_database

ROUNDS = 3
LIMIT_RATIO = 2.0


def timed(action: Callable[[], object]) -> float:
    """Return the wall-clock seconds of one action."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def bare(rows: list[list[Any]]) -> None:
    """Write ready cells by xlsxwriter alone, row by row."""
    with TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(io.BytesIO(), {"constant_memory": True, "tmpdir": folder})
        sheet = book.add_worksheet()
        amount = book.add_format({"num_format": "#,##0.00"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(place, column, value)
                elif isinstance(value, dt.date):
                    sheet.write_datetime(place, column, value, day)
                elif isinstance(value, Decimal):
                    sheet.write_number(place, column, value, amount)
                elif value is not None:
                    sheet.write_number(place, column, value)
        book.close()


def figures(folder: Path) -> Iterator[bool]:
    """Print every figure; yield whether the limit is kept."""
    from customers.models import Customer
    from receivables.exports import aging_sheet, write_aging
    from receivables.selectors.aging import aging_of
    from receivables.services.imports import import_report

    path = folder / "items.csv"
    write_csv(path, ROWS)
    done = import_report(
        path=path, file_name=path.name, as_of=AS_OF, today=AS_OF, by=None, create_customers=True
    )
    assert done.report is not None
    aging = aging_of(done.report, as_of=AS_OF, customers=Customer.objects.all())
    rows = list(aging_sheet(aging, by="item", netted=False, sort="").rows)
    own = min(
        timed(lambda: write_aging(io.BytesIO(), aging=aging, by="item", netted=False, sort="", facts=()))
        for _round in range(ROUNDS)
    )
    peer = min(timed(lambda: bare(rows)) for _round in range(ROUNDS))
    print(
        f"{f'{len(rows):,} rows of {len(rows[0])} cells':<44} {own:8.2f} s    xlsxwriter alone {peer:.2f} s"
    )
    yield report("export against xlsxwriter alone", own / peer, LIMIT_RATIO, "×")


def main() -> int:
    """Run the benchmark and return its exit status."""
    with scratch_database(), TemporaryDirectory() as name:
        kept = list(figures(Path(name)))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

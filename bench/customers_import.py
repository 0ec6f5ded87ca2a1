"""Benchmark: importing 10,000 customers, new ones and then changes of each, history and all.

    python -m bench.customers_import

Prints seconds against the limit, for xlsx and csv; exit 1 where it is missed.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.imports import timed
from bench.reading import report
from bench.scratch import scratch_database

CUSTOMERS = 10_000
LIMIT_SECONDS = 20.0
HEAD = (
    *("客户编号", "客户名称", "英文名称", "客户简称", "注册资本", "法定代表人"),
    *("财务联系人", "财务电话", "地址", "账期", "客户经理", "别名"),
)


def rows(*, address: str, username: str) -> Iterator[tuple[str, ...]]:
    """Yield the header and the customers."""
    yield HEAD
    for number in range(CUSTOMERS):
        yield (
            f"K{number:06d}", f"上海第{number}贸易有限公司", f"Shanghai Trading {number} Co., Ltd.",
            f"沪贸{number}",
            "1,000,000.00", "王伟", "李娜", f"021-5555{number:04d}", f"{address} {number} 号", "30", username,
            f"第{number}贸易;旧沪贸{number}",
        )  # fmt: skip


def write_csv(path: Path, **kwargs: str) -> None:
    """Write the customers as UTF-8 csv."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows(**kwargs))


def write_xlsx(path: Path, **kwargs: str) -> None:
    """Write the customers as a workbook."""
    import xlsxwriter

    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet()
    for position, row in enumerate(rows(**kwargs)):
        sheet.write_row(position, 0, row)
    book.close()


def import_file(path: Path, *, inserted: int = 0, updated: int = 0) -> None:
    """Import a file as the command does."""
    from customers.forms.import_file import read_customer_file
    from customers.services import import_customers

    file = read_customer_file(path)
    assert not file.errors, file.errors[:3]
    result = import_customers(rows=file.rows, columns=file.header.texts, mode="upsert", by=None)
    assert (result.inserted, result.updated) == (inserted, updated), result.errors[:3]


def figures(folder: Path) -> Iterator[bool]:
    """Print every figure; yield for each limit whether it is kept."""
    from creditrisk.accounts.roles import Role
    from customers.models import Customer
    from tests.factories.people import create_user

    manager = create_user(Role.ACCOUNT_MANAGER).username
    book, text = folder / "new.xlsx", folder / "changed.csv"
    write_xlsx(book, address="旧地址", username=manager)
    write_csv(text, address="新地址", username=manager)
    yield report("xlsx, 10,000 new", timed(lambda: import_file(book, inserted=CUSTOMERS)), LIMIT_SECONDS, "s")
    yield report(
        "csv, 10,000 changed", timed(lambda: import_file(text, updated=CUSTOMERS)), LIMIT_SECONDS, "s"
    )
    yield report("csv, 10,000 unchanged", timed(lambda: import_file(text)), LIMIT_SECONDS, "s")
    history = Customer.events.field.model.objects.count()  # type: ignore[attr-defined]
    assert history == 2 * CUSTOMERS, history


def main() -> int:
    """Run the benchmark and return its exit status."""
    with scratch_database(), TemporaryDirectory() as name:
        kept = list(figures(Path(name)))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

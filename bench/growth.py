"""Benchmark: the aging page with 1,000,000 lines and one report, and with 10,000,000 lines and sixty; any past date.

    python -m bench.growth

The page is asked for through every middleware, for the last report (stored sums), for a later day (items aged anew) and
for a day before a ledger of 1,000,000 entries (rebuilt), each against the single best SQL for the same figures. The
other reports are copies of the first, written by SQL. Prints milliseconds and ratios, each against its limit; exit 1
where one is missed.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.aging_page import PATH, milliseconds
from bench.reading import AS_OF, report, write_csv
from bench.scratch import scratch_database

ITEMS, COPIES, REPORTS = 1_000_000, 9, 60
ROUNDS = 15
LIMIT_GROWTH_RATIO, LIMIT_PAST_RATIO = 1.2, 1.5
LATER_ON = AS_OF + dt.timedelta(days=17)


def imported(path: Path, *, as_of: dt.date, kind: str = "open_items") -> Any:
    """Import a file and return the committed report."""
    from receivables.services.imports import import_report

    result = import_report(
        path=path, file_name=path.name, as_of=as_of, today=LATER_ON, by=None, create_customers=True, kind=kind
    )
    assert result.report is not None, result.errors[:3]
    return result.report


def write_ledger(path: Path, rows: int) -> None:
    """Write a ledger of invoices, two in three of them settled, over some twelve months before AS_OF."""
    first = AS_OF - dt.timedelta(days=365)
    with path.open("w", encoding="utf-8") as file:
        file.write("客户编码,客户名称,发票号,发票日期,到期日,币种,发票金额,收款日期\n")
        for number in range(rows):
            written = first + dt.timedelta(days=number % 360)
            due = written + dt.timedelta(days=30)
            paid = (written + dt.timedelta(days=20 + number % 50)).isoformat() if number % 3 else ""
            customer = number % 10_000
            file.write(
                f"K{customer:05},Customer {customer},L{number},{written},{due},CNY,{number % 9973}.50,{paid}\n"
            )


def copy_report(first: Any, number: int, *, with_lines: bool) -> None:
    """Write a report of an earlier month with the lines and sums of the first, or with its sums alone."""
    from django.db import connection

    from creditrisk.dates import add_months
    from receivables.models import Report
    from receivables.services.partitions import partition_for

    values = {
        field.attname: getattr(first, field.attname)
        for field in Report._meta.concrete_fields
        if field.name not in ("id", "number", "as_of", "sha256", "submission_key", "supersedes")
    }
    as_of = add_months(AS_OF, -number)
    copy = Report.objects.create(number=f"BENCH-{number:03}", as_of=as_of, sha256=f"{number:064}", **values)
    tables = ["receivables_agingsum", "receivables_agingtotal"]
    with connection.cursor() as cursor:
        if with_lines:
            tables.append(partition_for("receivables_openitem", as_of))
        for table in tables:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
                " AND column_name NOT IN ('id', 'report_id', 'as_of') ORDER BY 1",
                [table],
            )
            names = ", ".join(f'"{name}"' for (name,) in cursor.fetchall())
            source = "receivables_openitem" if table.startswith("receivables_openitem") else table
            dated = table.startswith("receivables_openitem")
            cursor.execute(
                f"INSERT INTO {table} (report_id{', as_of' if dated else ''}, {names})"
                f" SELECT %s{', %s::date' if dated else ''}, {names} FROM {source} WHERE report_id = %s",
                [copy.pk, *([as_of] if dated else []), first.pk],
            )


def asked(query: str) -> Callable[[], object]:
    """Return a request of the page as a group leader sends it, through every middleware."""
    from django.conf import settings
    from django.test import Client

    from creditrisk.accounts.roles import Role
    from tests.factories.people import create_user, session_of

    client = Client(headers={"host": "localhost"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session_of(create_user(Role.FINANCE_CLERK))

    def ask() -> object:
        response = client.get(f"{PATH}{query}")
        assert response.status_code == 200
        assert b"aging-table" in response.content
        return response

    ask()
    return ask


def best_sql(day: dt.date, table: str, condition: str, params: list[Any]) -> Callable[[], object]:
    """Return the single SQL for every customer's amounts by bucket and their total, items aged to a day."""
    from django.db import connection

    from creditrisk.policy.selectors import policy_version_on
    from receivables.selectors.aged_sums import first_days

    buckets = policy_version_on(day).policy.aging_buckets
    slots = ", ".join(
        f"coalesce(sum(open_amount) FILTER (WHERE slot = {slot}), 0)" for slot in range(2 * len(buckets))
    )
    slot = f"width_bucket(%s::date - due_on, %s::int[]) + CASE WHEN open_amount < 0 THEN {len(buckets)} ELSE 0 END"
    sql = (
        f"SELECT customer_id, currency, {slots}, sum(open_amount), count(*)"
        f" FROM (SELECT customer_id, currency, open_amount, {slot} AS slot FROM {table} WHERE {condition}) AS item"
        " GROUP BY 1, 2 ORDER BY 2, sum(open_amount) DESC LIMIT 50"
    )

    def ask() -> object:
        with connection.cursor() as cursor:
            cursor.execute(sql, [day, first_days(buckets), *params])
            return cursor.fetchall()

    return ask


def median(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median of so many calls, in milliseconds."""
    return statistics.median(milliseconds(action, rounds))


def analysed() -> None:
    """Bring the planner's knowledge up to date, as autovacuum does sooner or later."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def figures(folder: Path) -> Iterator[bool]:
    """Print every figure; yield for each limit whether it is kept."""
    path = folder / "items.csv"
    write_csv(path, ITEMS)
    first = imported(path, as_of=AS_OF)
    analysed()
    page = asked("")
    one = median(page, 40)
    later_page = asked(f"?as_of={LATER_ON}")
    later = median(later_page)
    bare = median(
        best_sql(LATER_ON, "receivables_openitem", "report_id = %s AND as_of = %s", [first.pk, AS_OF])
    )
    for number in range(1, REPORTS):
        copy_report(first, number, with_lines=number <= COPIES)
    analysed()
    many = median(page, 40)
    print(f"{'page, 1,000,000 lines, one report':<52} {one:8.1f} ms")
    print(f"{'page, 10,000,000 lines, sixty reports':<52} {many:8.1f} ms")
    yield report("ten times the lines against one", many / one, LIMIT_GROWTH_RATIO, "×")
    print(f"{'page as of a later day, items aged anew':<52} {later:8.1f} ms    single SQL {bare:.1f} ms")
    yield report("as of a later day against the single SQL", later / bare, LIMIT_PAST_RATIO, "×")
    many_later = median(later_page)
    print(f"{'the same among 10,000,000 lines':<52} {many_later:8.1f} ms")
    yield report("later day, ten times the lines against one", many_later / later, LIMIT_GROWTH_RATIO, "×")
    yield from rebuilt(folder)


def rebuilt(folder: Path) -> Iterator[bool]:
    """Print what a day costs that only a later ledger knows."""
    from django.db import connection

    from receivables.models import Report

    with connection.cursor() as cursor:
        cursor.execute("UPDATE receivables_report SET state = 'superseded' WHERE state = 'committed'")
    path = folder / "ledger.csv"
    write_ledger(path, ITEMS * 3 // 5)
    ledger = imported(path, as_of=AS_OF, kind="ledger")
    analysed()
    assert Report.objects.filter(state="committed").count() == 1
    day = AS_OF - dt.timedelta(days=100)
    count = ledger.ledger_entries.count()
    table = (
        "(SELECT customer_id, currency, due_on, sum(amount) AS open_amount FROM receivables_ledgerentry"
        " WHERE report_id = %s AND as_of = %s AND booked_on <= %s"
        " GROUP BY customer_id, document, due_on, currency HAVING sum(amount) <> 0) AS known"
    )
    page = median(asked(f"?as_of={day}"), 7)
    bare = median(best_sql(day, table, "true", [ledger.pk, AS_OF, day]), 7)
    print(
        f"{f'page of a past day, rebuilt from {count:,} entries':<52} {page:8.1f} ms    single SQL {bare:.1f} ms"
    )
    yield report("past day rebuilt against the single SQL", page / bare, LIMIT_PAST_RATIO, "×")


def main() -> int:
    """Run the benchmark and return its exit status."""
    with scratch_database(), TemporaryDirectory() as name:
        kept = list(figures(Path(name)))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

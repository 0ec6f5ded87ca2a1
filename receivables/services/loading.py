"""From checked lines to a committed report: customers, items by COPY, sums in SQL, the one before
superseded.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import polars as pl
from django.db import connection
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.selectors import policy_version_on
from customers.numbers import clean_number
from customers.services import onboard_customers
from receivables.models import (
    FileKind,
    LedgerEntry,
    PayableItem,
    PayableSum,
    Report,
    ReportKind,
    ReportState,
)
from receivables.selectors.aged_sums import (
    ITEMS_TABLE,
    SUMS_TABLE,
    TOTALS_TABLE,
    buckets_of,
    computed_sums,
    stored_sums,
    totals_of,
)
from receivables.selectors.customer_matching import MatchedLines, NewCustomer
from receivables.selectors.item_lines import items_of, ledger_items, paid_items
from receivables.selectors.reports import committed_on
from receivables.services.consequences import draw_consequences
from receivables.services.partitions import partition_for

SLICE_ROWS = 10_000
PAYABLES_TABLE = PayableItem._meta.db_table
PAYABLE_SUMS_TABLE = PayableSum._meta.db_table
LEDGER_TABLE = LedgerEntry._meta.db_table
LINE_COLUMNS = (
    "report_id", "as_of", "customer_id", "row_number", "document", "document_on", "due_on", "currency",
    "amount", "open_amount", "contract_number", "description",
)  # fmt: skip
ENTRY_COLUMNS = (
    "report_id", "as_of", "customer_id", "row_number", "document", "document_on", "due_on", "due_basis", "currency",
    "booked_on", "amount", "is_payment", "contract_number", "description",
)  # fmt: skip
COPY = "COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (document, contract_number, description))"


def load_report(*, report: Report, matched: MatchedLines, by: User | None) -> None:
    """Load the lines of a locked report and put it in force, in the caller's transaction.

    `matched` has no errors. The caller holds the date (`new_report.hold_date`).
    """
    ids = _onboard(matched.new_customers, by=by)
    lines = _with_new_customers(matched.lines, ids)
    version = policy_version_on(report.as_of)
    if report.kind == ReportKind.PAYABLES:
        _copy(report, lines, table=PAYABLES_TABLE, columns=LINE_COLUMNS)
        _store_payable_sums(report)
    else:
        _load_items(report, lines)
        store_sums(report, version)
    report.supersedes = _supersede(report)
    report.policy_version = version
    report.state = ReportState.COMMITTED
    report.committed_by = by
    report.committed_at = timezone.now()
    report.save()
    draw_consequences(report)


def _load_items(report: Report, lines: pl.DataFrame) -> None:
    """Load the open items that a file of any kind comes to."""
    if report.file_kind == FileKind.LEDGER:
        _copy(report, lines, table=LEDGER_TABLE, columns=ENTRY_COLUMNS)
        lines = ledger_items(lines, as_of=report.as_of)
    elif report.based_on is not None:
        lines = _items_after_receipts(report, report.based_on, lines)
    _copy(report, lines, table=ITEMS_TABLE, columns=(*LINE_COLUMNS, "due_basis"))


def _items_after_receipts(report: Report, base: Report, receipts: pl.DataFrame) -> pl.DataFrame:
    """Take over the items of customers who paid nothing; return those of the others after their receipts."""
    payers = receipts["customer_id"].unique().to_list()
    partition = partition_for(ITEMS_TABLE, report.as_of)
    names = ", ".join(name for name in (*LINE_COLUMNS, "due_basis") if name not in ("report_id", "as_of"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {partition} (report_id, as_of, {names}) SELECT %s, %s, {names} FROM {ITEMS_TABLE}"  # noqa: S608
            " WHERE report_id = %s AND as_of = %s AND customer_id <> ALL(%s) ORDER BY customer_id, row_number",
            [report.pk, report.as_of, base.pk, base.as_of, payers],
        )
    return paid_items(items_of(base).filter(customer__in=payers), receipts)


def _onboard(customers: Iterable[NewCustomer], *, by: User | None) -> dict[str, int]:
    entries: dict[str, list[tuple[str, str]]] = {}
    for customer in customers:
        entries.setdefault(customer.currency, []).append((customer.number, customer.name))
    ids: dict[str, int] = {}
    for currency, named in entries.items():
        ids |= onboard_customers(entries=named, currency=currency, by=by)
    return ids


def _with_new_customers(lines: pl.DataFrame, ids: dict[str, int]) -> pl.DataFrame:
    if not ids:
        return lines
    refs = lines.filter(pl.col("customer_id").is_null())["customer_ref"].unique()
    by_ref = {ref: ids[clean_number(ref)] for ref in refs}
    new = pl.col("customer_ref").replace_strict(by_ref, default=None, return_dtype=pl.Int64)
    return lines.with_columns(pl.coalesce("customer_id", new).alias("customer_id"))


def _copy(report: Report, lines: pl.DataFrame, *, table: str, columns: Sequence[str]) -> None:
    """Load lines into the partition of the report's month."""
    # By customer, so that a page about one customer reads neighbouring rows. Slice by slice: no second copy of all.
    order = lines.select(pl.arg_sort_by("customer_id", "row_number")).to_series()
    ready = (
        pl.lit(report.pk).alias("report_id"),
        pl.lit(report.as_of).alias("as_of"),
        pl.col("document").fill_null(""),
        pl.coalesce("amount", "open_amount").alias("amount"),
        pl.col("contract").fill_null("").alias("contract_number"),
        pl.col("description").fill_null(""),
    )
    command = COPY.format(table=partition_for(table, report.as_of), columns=", ".join(columns))
    copy_in(
        command,
        (
            lines[order[start : start + SLICE_ROWS]].with_columns(ready).select(columns)
            for start in range(0, lines.height, SLICE_ROWS)
        ),
    )


def copy_in(command: str, parts: Iterable[pl.DataFrame]) -> None:
    """Send the rows of `parts` to the database by a COPY … (FORMAT csv), one part after the other: they need no more
    memory than the largest of them.
    """
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for part in parts:
            text = io.BytesIO()
            part.write_csv(text, include_header=False)
            copy.write(text.getbuffer())


def store_sums(report: Report, version: PolicyVersion) -> None:
    """Add up the items of a report per customer, currency and bucket, and over all customers."""
    buckets = buckets_of(report, version)
    sums = computed_sums(report, as_of=report.as_of, buckets=buckets)
    totals = totals_of(stored_sums(report), width=len(buckets))
    columns = "currency, debit_amounts, credit_amounts, total_amount, overdue_amount, items"
    with connection.cursor() as cursor:
        # The items lie in the order of their customers: sorting them in memory is faster than hashing.
        cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL enable_hashagg = off")
        for table, more, source in (
            (SUMS_TABLE, "customer_id", sums),
            (TOTALS_TABLE, "customers", totals),
        ):
            names = f"{columns}, {more}"
            cursor.execute(
                f"INSERT INTO {table} (report_id, {names}) SELECT %s, {names} FROM ({source.text}) AS aged",  # noqa: S608
                [report.pk, *source.params],
            )
        cursor.execute("SET LOCAL work_mem TO DEFAULT; SET LOCAL enable_hashagg TO DEFAULT")


def _store_payable_sums(report: Report) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {PAYABLE_SUMS_TABLE} (report_id, customer_id, currency, total_amount, items)"  # noqa: S608
            f" SELECT %s, customer_id, currency, SUM(open_amount), COUNT(*) FROM {PAYABLES_TABLE}"
            " WHERE report_id = %s AND as_of = %s GROUP BY customer_id, currency",
            [report.pk, report.pk, report.as_of],
        )


def _supersede(report: Report) -> Report | None:
    earlier = committed_on(report.as_of, kind=report.kind).select_for_update(of=("self",)).first()
    if earlier is not None:
        earlier.state = ReportState.SUPERSEDED
        earlier.save()
    return earlier

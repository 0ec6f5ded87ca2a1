"""From checked lines to a committed report: customers, items by COPY, sums in SQL, the one before
superseded.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

import polars as pl
from django.db import connection
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.selectors import policy_version_on
from customers.numbers import clean_number
from customers.services import onboard_customers
from receivables.models import PayableItem, PayableSum, Report, ReportKind, ReportState
from receivables.selectors.aged_sums import (
    ITEMS_TABLE,
    SUMS_TABLE,
    TOTALS_TABLE,
    computed_sums,
    stored_sums,
    totals_of,
)
from receivables.selectors.customer_matching import MatchedLines, NewCustomer
from receivables.selectors.reports import committed_on

SLICE_ROWS = 10_000
PAYABLES_TABLE = PayableItem._meta.db_table
PAYABLE_SUMS_TABLE = PayableSum._meta.db_table
COPY_LINES = (
    "COPY {table} (report_id, customer_id, row_number, document, document_on, due_on, currency,"
    " amount, open_amount, contract_number, description)"
    " FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (document, contract_number, description))"
)


def load_report(*, report: Report, matched: MatchedLines, by: User | None) -> None:
    """Load the lines of a locked report and put it in force, in the caller's transaction.

    `matched` has no errors. The caller holds the date (`new_report.hold_date`).
    """
    ids = _onboard(matched.new_customers, by=by)
    lines = _with_new_customers(matched.lines, ids)
    version = policy_version_on(report.as_of)
    if report.kind == ReportKind.PAYABLES:
        _copy_lines(report, lines, table=PAYABLES_TABLE)
        _store_payable_sums(report)
    else:
        _copy_lines(report, lines, table=ITEMS_TABLE)
        _store_sums(report, version)
    report.supersedes = _supersede(report)
    report.policy_version = version
    report.state = ReportState.COMMITTED
    report.committed_by = by
    report.committed_at = timezone.now()
    report.save()


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


def _copy_lines(report: Report, lines: pl.DataFrame, *, table: str) -> None:
    # By customer, so that a page about one customer reads neighbouring rows.
    columns = lines.sort("customer_id", "row_number").select(
        pl.lit(report.pk).alias("report_id"),
        "customer_id",
        "row_number",
        "document",
        "document_on",
        "due_on",
        "currency",
        pl.coalesce("amount", "open_amount"),
        "open_amount",
        pl.col("contract").fill_null(""),
        pl.col("description").fill_null(""),
    )
    with connection.cursor() as cursor, cursor.copy(COPY_LINES.format(table=table)) as copy:
        for part in columns.iter_slices(SLICE_ROWS):
            text = io.BytesIO()
            part.write_csv(text, include_header=False)
            copy.write(text.getbuffer())


def _store_sums(report: Report, version: PolicyVersion) -> None:
    buckets = version.policy.aging_buckets
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
            " WHERE report_id = %s GROUP BY customer_id, currency",
            [report.pk, report.pk],
        )


def _supersede(report: Report) -> Report | None:
    earlier = committed_on(report.as_of, kind=report.kind).select_for_update(of=("self",)).first()
    if earlier is not None:
        earlier.state = ReportState.SUPERSEDED
        earlier.save()
    return earlier

"""What a checked file would change, before it is committed: its rows beside those of the report before."""

from __future__ import annotations

import polars as pl
from django.db import connection

from receivables.models import FileKind, Report, ReportKind
from receivables.selectors.aged_sums import Sql
from receivables.selectors.comparison import Difference, difference, items_in
from receivables.selectors.item_lines import ledger_items
from receivables.selectors.reports import report_for
from receivables.services.loading import SLICE_ROWS, copy_in

CHECKED_TABLE = "checked_lines"
COLUMNS = ("customer_id", "document", "due_on", "currency", "amount", "open_amount")


def comparable_before(report: Report) -> Report | None:
    """Return the report that a file of receivables is compared with: the one in force for its date or, as it has items,
    the last before; None for payables, receipts and aging tables, whose rows are no items of the day.
    """
    if report.kind != ReportKind.OPEN_ITEMS or report.file_kind in (FileKind.RECEIPTS, FileKind.AGED_TABLE):
        return None
    before = report_for(report.as_of)
    return None if before is None or before.file_kind == FileKind.AGED_TABLE else before


def difference_of(report: Report, lines: pl.DataFrame, *, before: Report) -> Difference:
    """Return what the matched lines of a checked file change against the report before, in the caller's transaction.

    Lines of customers whose files the commit opens are new all the same.
    """
    if report.file_kind == FileKind.LEDGER:
        lines = ledger_items(lines, as_of=report.as_of)
    ready = lines.with_columns(
        pl.col("customer_id").fill_null(-1),
        pl.coalesce("amount", "open_amount").alias("amount"),
        pl.col("document").fill_null(""),
    ).select(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {CHECKED_TABLE}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {CHECKED_TABLE} (customer_id bigint, document text, due_on date, currency text,"
            " amount numeric, open_amount numeric) ON COMMIT DROP"
        )
    command = f"COPY {CHECKED_TABLE} FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (document))"
    copy_in(command, ready.iter_slices(SLICE_ROWS))
    later = Sql(f"SELECT * FROM {CHECKED_TABLE}")  # noqa: S608 - our own table
    return difference(items_in(before), later, later_on=report.as_of)

"""Excel files: the aging report, and the errors of an upload."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, cast

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from creditrisk.spreadsheets.writer import write_table
from creditrisk.workbooks import (
    AMOUNT_WIDTH,
    DATE_WIDTH,
    Cell,
    Column,
    Table,
    workbook,
    write_facts,
    write_sheet,
)
from receivables.models import ClassifiedDetail, ClassifiedLine, Report, RowError, Statement
from receivables.row_errors import error_text
from receivables.selectors.aging import AgedAmounts, AgingReport, AgingRow, Grouping
from receivables.selectors.comparison import ChangedItem, Difference
from receivables.selectors.file_cells import all_rows, cells_of, errors_by_row, header_of, wrong_rows
from receivables.selectors.grouped_aging import SOURCES, GroupBy, group_labels, group_rows


@dataclass(frozen=True)
class AgingSheet(Table):
    """What the aging page shows, with a total per currency."""

    totals: Iterable[list[Cell]]


def aging_sheet(aging: AgingReport, *, by: Grouping | GroupBy, netted: bool, sort: str) -> AgingSheet:
    """Return the aging report by customer, contract, item or a group, all its lines, with a total per currency."""
    if by in SOURCES:
        groups, _count = group_rows(aging, by=by, sort=sort, netted=netted)
        return AgingSheet(
            columns=[
                Column(capfirst(group_labels()[by]), 36),
                Column(_("Customers"), 10),
                *_amount_columns(aging, netted=netted),
            ],
            rows=(
                [row.label or _("none"), row.customer_count, row.currency, *_amounts(row, netted=netted)]
                for row in groups
            ),
            totals=(
                [_("Total"), total.customer_count, total.currency, *_amounts(total, netted=netted)]
                for total in aging.totals()
            ),
        )
    lines = cast(Grouping, by)
    return AgingSheet(
        columns=_columns(aging, by=lines, netted=netted),
        rows=(_line(row, by=lines, netted=netted) for row in aging.rows(by=lines, sort=sort, netted=netted)),
        totals=(_total(total, by=lines, netted=netted) for total in aging.totals()),
    )


def write_aging(
    file: IO[bytes],
    *,
    aging: AgingReport,
    by: Grouping | GroupBy,
    netted: bool,
    sort: str,
    facts: Iterable[tuple[str, str]],
) -> None:
    """Write the aging report: its lines with a total per currency, and a second sheet that says what they
    are.

    `facts` are label and value of what was asked for beside the date (search, who asked …).
    """
    table = aging_sheet(aging, by=by, netted=netted, sort=sort)
    with workbook(file) as book:
        write_sheet(book, _("Aging"), table.columns, table.rows, table.totals)
        about = [
            (_("As-of date"), aging.as_of.isoformat()),
            (_("Report"), f"{aging.report.number} ({aging.report.as_of.isoformat()})"),
            (_("Policy"), str(aging.policy_version)),
            (_("Currency"), aging.rates.base_currency if aging.rates else aging.currency or _("all")),
            (_("Credits"), _("netted in their bucket") if netted else _("in their own column")),
            (_("Ages count from"), _("the due date") if aging.basis == "due" else _("the document date")),
            *facts,
        ]
        write_facts(book, about)


def write_errors(file: IO[bytes], *, report: Report, errors: Iterable[RowError]) -> None:
    """Write the row errors of an upload: row, column, value, and what to do about it."""
    columns = [Column(_("Row"), 8), Column(_("Column")), Column(_("Value"), 30), Column(_("What to do"), 100)]
    with workbook(file) as book:
        rows = ((error.row, error.column, error.value, error_text(error)) for error in errors)
        write_sheet(book, report.number, columns, rows)


def write_comparison(
    file: IO[bytes],
    *,
    earlier: Report,
    later: Report,
    found: Difference,
    rows: Iterable[tuple[ChangedItem, str]],
    person: str,
) -> None:
    """Write what differs between two reports: the items, the bridge of each currency, and what was asked for."""
    columns = [
        Column(_("Change")),
        Column(_("Customer number"), 16),
        Column(_("Customer"), 36),
        Column(_("Document")),
        Column(_("Due date"), DATE_WIDTH),
        Column(_("Currency"), 10),
        Column(earlier.as_of.isoformat(), AMOUNT_WIDTH),
        Column(later.as_of.isoformat(), AMOUNT_WIDTH),
    ]
    with workbook(file) as book:
        lines = (
            (
                label,
                row.customer,
                row.name,
                row.document,
                row.due_on,
                row.currency,
                row.earlier_amount,
                row.later_amount,
            )
            for row, label in rows
        )
        write_sheet(book, _("Changes"), columns, lines)
        names = (_("Opening"), _("Invoiced"), _("Paid"), _("Other"), _("Closing"))
        bridges = (
            (
                bridge.currency,
                bridge.opening_amount,
                bridge.invoiced_amount,
                bridge.paid_amount,
                bridge.other_amount,
                bridge.closing_amount,
            )
            for bridge in found.bridges
        )
        write_sheet(
            book, _("Bridge"), [Column(_("Currency"), 10), *(Column(name) for name in names)], bridges
        )
        about = [
            (_("Earlier report"), f"{earlier.number} ({earlier.as_of.isoformat()})"),
            (_("Later report"), f"{later.number} ({later.as_of.isoformat()})"),
            (_("Downloaded by"), person),
        ]
        write_facts(book, about)


def write_classified(
    file: IO[bytes],
    *,
    detail: ClassifiedDetail,
    labels: Sequence[str],
    rows: Iterable[tuple[ClassifiedLine, str]],
) -> None:
    """Write a classified detail of receivables: a line per customer, contract and currency, and what it is (P5.2.2)."""
    columns = [
        Column(_("Customer number"), 16),
        Column(_("Customer"), 36),
        Column(_("Contract number")),
        Column(_("Payment term"), 16),
        Column(_("Currency"), 10),
        *(Column(label, AMOUNT_WIDTH) for label in labels),
        Column(_("Total"), AMOUNT_WIDTH),
        Column(_("Overdue"), AMOUNT_WIDTH),
        Column(_("Oldest (days past due)"), 10),
        Column(_("Deviations"), 30),
        Column(_("Next action"), 40),
        Column(_("By"), DATE_WIDTH),
    ]
    with workbook(file) as book:
        lines = (
            (
                *(
                    line.customer.number,
                    line.customer.name,
                    line.contract_number,
                    line.payment_term,
                    line.currency,
                ),
                *line.amounts,
                *(line.total_amount, line.overdue_amount, line.oldest_days, told, line.next_action),
                line.next_action_on,
            )
            for line, told in rows
        )
        write_sheet(book, f"{detail.month_on:%Y-%m}", columns, lines)
        signed = detail.signed_at.date().isoformat() if detail.signed_at else _("not signed yet")
        about = [
            (_("Month"), f"{detail.month_on:%Y-%m}"),
            (_("Service manager"), str(detail.service_manager)),
            (_("Report"), f"{detail.report.number} ({detail.report.as_of.isoformat()})"),
            (_("Signed at"), signed),
        ]
        write_facts(book, about)


def write_statement(file: IO[bytes], *, statement: Statement, aging: AgingReport) -> None:
    """Write the items of a statement of account with a balance per currency, and what it is."""
    columns = [
        Column(_("Document")),
        Column(_("Contract number")),
        Column(_("Document date"), DATE_WIDTH),
        Column(_("Due date"), DATE_WIDTH),
        Column(_("Days past due"), 10),
        Column(_("Currency"), 10),
        Column(_("Amount"), AMOUNT_WIDTH),
        Column(_("Open amount"), AMOUNT_WIDTH),
    ]
    with workbook(file) as book:
        rows = (
            (
                *(row.document, row.contract, row.document_on, row.due_on, row.days_past_due, row.currency),
                *(row.amount, row.total_amount),
            )
            for row in aging.rows(by="item")
        )
        totals = (
            (_("Balance"), *[None] * 4, total.currency, None, total.total_amount) for total in aging.totals()
        )
        write_sheet(book, statement.number, columns, rows, totals)
        about = [
            (_("Customer"), f"{statement.customer.number} {statement.customer.name}"),
            (_("As-of date"), statement.as_of.isoformat()),
            (_("Report"), statement.report.number),
        ]
        write_facts(book, about)


def write_wrong_rows(file: IO[bytes], *, report: Report, whole: bool) -> None:
    """Write the rows of an upload's file as they stand in it, with what is wrong in a last column: only the wrong rows,
    their numbers first, to be corrected and sent again; or the whole table.
    """
    cells = cells_of(report)
    errors = errors_by_row(report)
    what = _("What to do")
    if whole:
        head, rows = (*header_of(cells), what), all_rows(cells, errors)
    else:
        head, rows = (_("Row"), *header_of(cells), what), wrong_rows(cells, errors)
    write_table(file, name=report.number, head=head, rows=rows)


def _columns(aging: AgingReport, *, by: Grouping, netted: bool) -> list[Column]:
    columns = [Column(_("Customer number"), 16), Column(_("Customer"), 36)]
    if by != "customer":
        columns.append(Column(_("Contract number")))
    if by == "item":
        columns += [
            Column(_("Document")),
            Column(_("Document date"), DATE_WIDTH),
            Column(_("Due date"), DATE_WIDTH),
            Column(_("Due date from"), 16),
        ]
        columns.append(Column(_("Days past due"), 10))
    return [*columns, *_amount_columns(aging, netted=netted)]


def _amount_columns(aging: AgingReport, *, netted: bool) -> list[Column]:
    columns = [Column(_("Currency"), 10)]
    columns += [Column(label, AMOUNT_WIDTH) for label in aging.bucket_labels()]
    if not netted:
        columns.append(Column(_("Credits"), AMOUNT_WIDTH))
    return [*columns, Column(_("Total"), AMOUNT_WIDTH), Column(_("Overdue"), AMOUNT_WIDTH)]


def _line(row: AgingRow, *, by: Grouping, netted: bool) -> list[Cell]:
    cells: list[Cell] = [row.customer, row.name]
    if by != "customer":
        cells.append(row.contract)
    if by == "item":
        cells += [row.document, row.document_on, row.due_on, str(row.due_basis.label), row.days_past_due]
    return [*cells, row.currency, *_amounts(row, netted=netted)]


def _total(total: AgedAmounts, *, by: Grouping, netted: bool) -> list[Cell]:
    blank = {"customer": 1, "contract": 2, "item": 7}[by]
    return [_("Total"), *[None] * blank, total.currency, *_amounts(total, netted=netted)]


def _amounts(row: AgedAmounts, *, netted: bool) -> list[Decimal]:
    credit = [] if netted else [row.credit_amount]
    return [*row.bucket_amounts(netted=netted), *credit, row.total_amount, row.overdue_amount]

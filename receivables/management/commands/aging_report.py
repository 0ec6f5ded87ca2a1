"""aging_report: the aging as of a date by customer, contract, item or group, as JSON or as a table."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any, cast
from unicodedata import east_asian_width

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from customers.models import Customer
from receivables.selectors.aging import AgedAmounts, AgingReport, AgingRow, Grouping, aging_report
from receivables.selectors.grouped_aging import SOURCES, GroupBy, GroupRow, group_rows

LINES = ("customer", "contract", "item")
NAME_WIDTH = 24
AMOUNT_WIDTH = 16


class Command(BaseCommand):
    """Prints the aging report of every customer; credits are netted in the bucket of their age."""

    help = "Prints the aging as of a date. Amounts of several currencies are never added; credits are netted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", required=True, type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--by", choices=(*LINES, *SOURCES), default="customer")
        parser.add_argument(
            "--basis",
            choices=("due", "document"),
            default="due",
            help="what ages count from: due date or document date",
        )
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *args: object, **options: Any) -> None:
        as_of: dt.date = options["as_of"]
        aging = aging_report(as_of=as_of, customers=Customer.objects.all(), basis=options["basis"])
        if aging is None:
            raise CommandError(
                _("No aging report has been committed as of %(date)s or before.") % {"date": as_of},
                returncode=2,
            )
        source = (
            _("Rebuilt from the ledger %(number)s as of %(date)s: no report describes the day itself.")
            if aging.is_rebuilt
            else _("From report %(number)s as of %(date)s.")
        )
        self.stderr.write(source % {"number": aging.report.number, "date": aging.report.as_of})
        by = options["by"]
        lines = _json_lines(aging, by) if options["json"] else _table_lines(aging, by)
        for line in lines:
            self.stdout.write(line)


def _json_lines(aging: AgingReport, by: Grouping | GroupBy) -> Iterator[str]:
    """Yield one JSON document line by line: a million rows are never held at once."""
    head = {"as_of": aging.as_of.isoformat(), "buckets": [bucket.key for bucket in aging.buckets]}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": ['
    before = ""
    for row in _rows(aging, by):
        yield before + json.dumps(_row(aging, row, by), ensure_ascii=False)
        before = ", "
    totals = {total.currency: _amounts(aging, total) for total in aging.totals()}
    yield '], "totals": ' + json.dumps(totals, ensure_ascii=False) + "}"


def _rows(aging: AgingReport, by: Grouping | GroupBy) -> Iterable[AgingRow | GroupRow]:
    if by in SOURCES:
        return group_rows(aging, by=by, sort="customer", netted=True)[0]
    return aging.rows(by=cast(Grouping, by), sort="customer")


def _row(aging: AgingReport, row: AgingRow | GroupRow, by: Grouping | GroupBy) -> dict[str, Any]:
    if isinstance(row, GroupRow):
        group = {
            "group": row.key,
            "name": row.label,
            "customers": row.customer_count,
            "currency": row.currency,
        }
        return group | _amounts(aging, row)
    values: dict[str, Any] = {"customer": row.customer, "name": row.name, "currency": row.currency}
    if by != "customer":
        values["contract"] = row.contract
    if by == "item":
        values |= {
            "document": row.document,
            "document_on": row.document_on.isoformat() if row.document_on else None,
            "due_on": row.due_on.isoformat() if row.due_on else None,
            "due_basis": row.due_basis.value,
            "days_past_due": row.days_past_due,
        }
    return values | _amounts(aging, row)


def _amounts(aging: AgingReport, amounts: AgedAmounts) -> dict[str, str]:
    values = {
        bucket.key: str(amount)
        for bucket, amount in zip(aging.buckets, amounts.bucket_amounts(netted=True), strict=True)
    }
    return values | {"total": str(amounts.total_amount)}


def _table_lines(aging: AgingReport, by: Grouping | GroupBy) -> Iterator[str]:
    labels = [str(by)] if by in SOURCES else ["customer", "contract", "document"][: 1 + LINES.index(by)]
    keys = [bucket.key for bucket in aging.buckets]
    yield _line([*labels, "currency"], [*keys, "total"])
    for row in _rows(aging, by):
        texts = (
            [row.label or _("none")]
            if isinstance(row, GroupRow)
            else [f"{row.customer} {row.name}", row.contract, row.document][: len(labels)]
        )
        yield _line([*texts, row.currency], _shown(row))
    for total in aging.totals():
        yield _line([_("Total"), *[""] * (len(labels) - 1), total.currency], _shown(total))


def _shown(amounts: AgedAmounts) -> list[str]:
    return [f"{amount:,.2f}" for amount in (*amounts.bucket_amounts(netted=True), amounts.total_amount)]


def _line(texts: Iterable[str], amounts: Iterable[str]) -> str:
    left = "  ".join(_padded(text) for text in texts)
    return left + "".join(f"{amount:>{AMOUNT_WIDTH}}" for amount in amounts)


def _padded(text: str) -> str:
    """Return `text` cut or filled to the width of a column; a Chinese character is two wide."""
    shown, width = "", 0
    for char in text:
        char_width = 2 if east_asian_width(char) in "WF" else 1
        if width + char_width > NAME_WIDTH:
            break
        shown, width = shown + char, width + char_width
    return shown + " " * (NAME_WIDTH - width)

"""Which reports describe which months, and what was invoiced between them: read from stored sums, never from items."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum

from creditrisk.dates import add_months
from customers.models import Customer
from receivables.models import FileKind, Report
from receivables.selectors.aged_sums import Sql
from receivables.selectors.collection_index import CAME_AND_WENT, NEW_ITEMS
from receivables.selectors.recovered import reports_with_items
from receivables.selectors.reports import committed_reports
from supervision.models import InvoicedSum, InvoicedTotal, ReportFigures

Pair = tuple[int, int]
"""A report and the one of the month before (primary keys)."""


@dataclass(frozen=True)
class WantedFigures:
    """A report, the last one in force of the month before, and the ledger that tells what came and went between."""

    report: Report
    opening: Report
    ledger: Report | None


def month_of(day: dt.date) -> dt.date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def last_of_months(reports: Iterable[Report]) -> dict[dt.date, Report]:
    """Return month (first day) → the last of the reports as of a day in it."""
    found: dict[dt.date, Report] = {}
    for report in reports:
        month = month_of(report.as_of)
        if month not in found or found[month].as_of < report.as_of:
            found[month] = report
    return found


def opening_of(report: Report, by_month: Mapping[dt.date, Report]) -> Report | None:
    """Return the last report of the month before that of `report`; None where the month has none."""
    return by_month.get(add_months(month_of(report.as_of), -1))


def wanted_figures() -> list[WantedFigures]:
    """Return the pairs of reports in force whose figures are not computed yet and can be: both have their items. The
    newest first. Three queries.

    The ledger is the first one as of the report's day or later: it may come after both, and then tells more of them.
    """
    itemised = reports_with_items()
    by_month = last_of_months(itemised)
    in_force = last_of_months(committed_reports())
    ledgers = [report for report in itemised if report.file_kind == FileKind.LEDGER]
    computed = set(ReportFigures.objects.values_list("report", "opening", "ledger"))
    wanted = []
    for report in reversed(itemised):
        opening = opening_of(report, by_month)
        # Where the last report of that month has no items, an earlier one of the month would tell of other days.
        if opening is None or opening != opening_of(report, in_force):
            continue
        ledger = next((one for one in ledgers if one.as_of >= report.as_of), None)
        if (report.pk, opening.pk, ledger.pk if ledger else None) not in computed:
            wanted.append(WantedFigures(report, opening, ledger))
    return wanted


def invoiced_sql(wanted: WantedFigures) -> Sql:
    """Return a SELECT of what customers were invoiced between the two reports: the columns month, customer_id,
    currency, amount. As the collection effectiveness index counts it: the items that the report lists and the opening
    one does not, with the amount of the document, and those of which the ledger knows that they came and went.
    """
    month = month_of(wanted.report.as_of)
    closing = (wanted.report.pk, wanted.report.as_of)
    opening = (wanted.opening.pk, wanted.opening.as_of)
    new = Sql(NEW_ITEMS.format(only=""), (month, *closing, *opening))
    if wanted.ledger is None:
        return new
    ledger = (wanted.ledger.pk, wanted.ledger.as_of)
    paid = (month, *ledger, wanted.report.as_of, wanted.opening.as_of)
    return Sql(
        f"{new.text} UNION ALL {CAME_AND_WENT.format(only='')}", (*new.params, *paid, *opening, *closing)
    )


def newest_figures(pairs: Collection[Pair]) -> dict[Pair, int]:
    """Return pair → the primary key of the figures computed last; pairs without figures are left out. One query."""
    if not pairs:
        return {}
    rows = ReportFigures.objects.filter(
        report__in={report for report, _opening in pairs}, opening__in={opening for _report, opening in pairs}
    ).order_by("pk")
    found = {(report, opening): pk for pk, report, opening in rows.values_list("pk", "report", "opening")}
    return {pair: found[pair] for pair in pairs if pair in found}


def invoiced(
    figures: Collection[int], *, customers: QuerySet[Customer] | None = None
) -> dict[int, dict[str, Decimal]]:
    """Return figures (primary key) → currency → what was invoiced: to all customers (None), or to some. One query."""
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    if not figures:
        return found
    if customers is None:
        totals = InvoicedTotal.objects.filter(figures__in=figures).order_by()
        rows: Iterable[tuple[int, str, Decimal]] = totals.values_list(
            "figures", "currency", "invoiced_amount"
        )
    else:
        own = InvoicedSum.objects.filter(figures__in=figures, customer__in=customers.order_by().values("pk"))
        rows = own.order_by().values_list("figures", "currency").annotate(Sum("invoiced_amount"))
    for pk, currency, amount in rows:
        found[pk][currency] = amount
    return found


def chain_of(report: Report, by_month: Mapping[dt.date, Report], *, months: int) -> list[Report]:
    """Return the report and the last ones of the months before it, the latest first, as long as no month is missing;
    `months` and one more at most.
    """
    chain = [report]
    while len(chain) <= months and (opening := opening_of(chain[-1], by_month)) is not None:
        chain.append(opening)
    return chain


def pairs_of(chain: Sequence[Report]) -> list[Pair]:
    """Return the pairs of neighbouring reports of a chain, the latest first."""
    return [(chain[place].pk, chain[place + 1].pk) for place in range(len(chain) - 1)]

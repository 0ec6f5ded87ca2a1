"""The tables of balances: aging with its bridge, the last month ends, the most overdue, payables beside receivables."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from creditrisk.workbooks import Cell
from supervision.aging_bridge import BridgeRow, total_of
from supervision.summary_document.sheet import Sheet, SheetColumn, SheetRow, amount_column, text_column
from supervision.summary_document.wording import GAPS, bucket_names
from supervision.summary_facts import CurrencyAging, SummaryFacts


def bridge_sheet(facts: SummaryFacts, aging: CurrencyAging) -> Sheet:
    """Return the balances of one currency by bucket, and how they came from the month before."""
    names = bucket_names(facts.buckets)
    title = _("Aging and its bridge from the month before, %(currency)s") % {"currency": aging.currency}
    behind = f"aging:{aging.currency}"
    columns: tuple[SheetColumn, ...]
    if aging.bridge is None:
        columns = (text_column(_("Past due"), 16), amount_column(_("Closing")))
        pairs = [*zip(names, aging.bucket_amounts, strict=True)]
        rows = [SheetRow(pair, behind) for pair in pairs]
        rows.append(SheetRow((_("Total"), aging.total_amount), behind, is_total=True))
        note = str(GAPS[facts.bridge_gap]) if facts.bridge_gap else ""
        return Sheet(f"bridge:{aging.currency}", title, columns, tuple(rows), note=note, behind=behind)
    columns = (
        text_column(_("Past due"), 16),
        amount_column(_("Opening")),
        amount_column(_("New items")),
        amount_column(_("Paid")),
        amount_column(_("Credits")),
        amount_column(_("Reclassified")),
        amount_column(_("Closing")),
    )
    rows = [
        SheetRow((name, *_bridge_cells(row)), behind) for name, row in zip(names, aging.bridge, strict=True)
    ]
    rows.append(SheetRow((_("Total"), *_bridge_cells(total_of(aging.bridge))), behind, is_total=True))
    note = _(
        "Opening + new − paid + credits + reclassified = closing. New: items that the month before does not list,"
        " or that rose. Paid: what is open less, or gone. Credits: credit notes and advances that were used up (above"
        " zero) or came (below). Reclassified: what grew older and changed its bucket."
    )
    return Sheet(f"bridge:{aging.currency}", title, columns, tuple(rows), note=note, behind=behind)


def _bridge_cells(row: BridgeRow) -> tuple[Cell, ...]:
    return (
        row.opening_amount,
        row.new_amount,
        -row.paid_amount,
        row.credit_amount,
        row.reclassified_amount,
        row.closing_amount,
    )


def trend_sheets(facts: SummaryFacts) -> Iterator[Sheet]:
    """Yield the balances at the last month ends, a table for each currency."""
    names = bucket_names(facts.buckets)
    columns = (
        text_column(_("Month"), 10),
        *(amount_column(name) for name in names),
        amount_column(_("Total")),
    )
    for currency in sorted({point.currency for point in facts.trend}):
        points = [point for point in facts.trend if point.currency == currency]
        rows = tuple(
            SheetRow(
                (f"{point.month:%Y-%m}", *point.bucket_amounts, sum(point.bucket_amounts)),
                f"month:{point.month:%Y-%m}:{currency}",
            )
            for point in points
        )
        title = _("Aging at the last month ends, %(currency)s") % {"currency": currency}
        yield Sheet(f"trend:{currency}", title, columns, rows)


def overdue_sheets(facts: SummaryFacts) -> Iterator[Sheet]:
    """Yield the customers with most past due, a table for each currency."""
    names = bucket_names(facts.buckets)
    columns = (
        text_column(_("Customer"), 36),
        text_column(_("Number"), 14),
        text_column(_("Grade"), 8),
        amount_column(_("Overdue")),
        amount_column(_("Receivables")),
        text_column(_("Oldest item"), 14),
    )
    for currency in sorted({customer.currency for customer in facts.overdue}):
        listed = [customer for customer in facts.overdue if customer.currency == currency]
        count = next((one.overdue_customers for one in facts.aging if one.currency == currency), len(listed))
        rows = tuple(
            SheetRow(
                (
                    customer.name,
                    customer.number,
                    customer.grade,
                    customer.overdue_amount,
                    customer.total_amount,
                    names[customer.oldest_bucket],
                ),
                f"customer:{customer.number}",
            )
            for customer in listed
        )
        title = _("Most overdue customers, %(currency)s") % {"currency": currency}
        note = _("The first %(shown)s of %(count)s customers with something past due.") % {
            "shown": len(listed),
            "count": count,
        }
        yield Sheet(f"overdue:{currency}", title, columns, rows, note=note, behind=f"aging:{currency}")


def payable_sheets(facts: SummaryFacts) -> Iterator[Sheet]:
    """Yield the customers whom we owe as well, a table for each currency."""
    columns = (
        text_column(_("Customer"), 36),
        text_column(_("Number"), 14),
        amount_column(_("Receivables")),
        amount_column(_("Payables")),
        amount_column(_("Net")),
    )
    for totals in facts.payables:
        listed = [one for one in facts.payable_customers if one.currency == totals.currency]
        rows = [
            SheetRow(
                (one.name, one.number, one.receivable_amount, one.payable_amount, one.net_amount),
                f"customer:{one.number}",
            )
            for one in listed
        ]
        rows.append(
            SheetRow(
                (
                    _("All %(count)s customers") % {"count": totals.customers},
                    "",
                    totals.receivable_amount,
                    totals.payable_amount,
                    totals.receivable_amount - totals.payable_amount,
                ),
                is_total=True,
            )
        )
        note = _("Both sides could be set off by %(amount)s %(currency)s, where that is agreed.") % {
            "amount": f"{totals.set_off_amount:,.2f}",
            "currency": totals.currency,
        }
        title = _("Payables against receivables, %(currency)s") % {"currency": totals.currency}
        yield Sheet(f"payables:{totals.currency}", title, columns, tuple(rows), note=note)

"""The figures of a monthly summary as tables: the page draws them, the PDF prints them, the workbook has a sheet of
each.

A row's `figure` says what stands behind it ("section:code", "customer:number" …): pages turn it into a link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from creditrisk.workbooks import AMOUNT_WIDTH, Cell
from receivables.effectiveness import percent, share
from receivables.models import Stage
from supervision.aging_bridge import BridgeRow, total_of
from supervision.migration import ORDER, migration
from supervision.summary_document.wording import GAPS, bucket_names, grade_name
from supervision.summary_facts import CurrencyAging, SummaryFacts
from supervision.summary_sections import sections

NUMBER_WIDTH = 10


@dataclass(frozen=True)
class SheetColumn:
    """A column; numbers stand to the right."""

    header: str
    is_number: bool = False
    width: int = 24


@dataclass(frozen=True)
class SheetRow:
    """A row of cells; `figure` names what stands behind it, '' nothing."""

    cells: tuple[Cell, ...]
    figure: str = ""
    is_total: bool = False


@dataclass(frozen=True)
class Sheet:
    """One table. `key` says what it is of (with a currency: "bridge:CNY"), `note` what the reader should know; `behind`
    names the list behind all of it.
    """

    key: str
    title: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[SheetRow, ...]
    note: str = ""
    behind: str = ""
    empty: str = field(default="")

    @property
    def kind(self) -> str:
        """The key without its currency."""
        return self.key.partition(":")[0]


def _text(header: str, width: int = 24) -> SheetColumn:
    return SheetColumn(header, width=width)


def _amount(header: str) -> SheetColumn:
    return SheetColumn(header, is_number=True, width=AMOUNT_WIDTH)


def _number(header: str) -> SheetColumn:
    return SheetColumn(header, is_number=True, width=NUMBER_WIDTH)


def sheets_of(facts: SummaryFacts) -> list[Sheet]:
    """Return the tables of a summary in the active language, in the order of the page."""
    return [
        _key_figures(facts),
        _grades(facts),
        *(_bridge(facts, aging) for aging in facts.aging),
        *_trend(facts),
        *_overdue(facts),
        *_counted(facts),
        _recovered(facts),
        *_payables(facts),
    ]


def _key_figures(facts: SummaryFacts) -> Sheet:
    rows = [SheetRow((_("Customers"), facts.customers, "", ""), "customers")]
    for aging in facts.aging:
        ratio = percent(share(aging.overdue_amount, aging.total_amount))
        told = "" if ratio is None else f"{ratio} %"
        rows += [
            SheetRow(
                (_("Receivables"), aging.customers, aging.currency, aging.total_amount),
                f"aging:{aging.currency}",
            ),
            SheetRow(
                (
                    _("Overdue (%(share)s of receivables)") % {"share": told} if told else _("Overdue"),
                    aging.overdue_customers,
                    aging.currency,
                    aging.overdue_amount,
                ),
                f"aging:{aging.currency}",
            ),
        ]
    note = ""
    if (base := facts.base) is not None and len(facts.aging) > 1:
        rows += [
            SheetRow((_("Receivables in all currencies"), "", base.currency, base.total_amount), "base"),
            SheetRow((_("Overdue in all currencies"), "", base.currency, base.overdue_amount), "base"),
        ]
    if base is not None and base.missing:
        note = _("Without a rate, and so not in the sum: %(currencies)s") % {
            "currencies": ", ".join(base.missing)
        }
    moved = migration(facts.grade_moves)
    rows += [
        SheetRow((_("Grades raised"), moved.upgraded, "", ""), "customers"),
        SheetRow((_("Grades lowered"), moved.downgraded, "", ""), "customers"),
        SheetRow((_("Graded for the first time"), moved.first_graded, "", ""), "customers"),
    ]
    columns = (_text(_("Figure"), 36), _number(_("How many")), _text(_("Currency"), 10), _amount(_("Amount")))
    return Sheet("key_figures", _("Key figures"), columns, tuple(rows), note=note)


def _bridge(facts: SummaryFacts, aging: CurrencyAging) -> Sheet:
    names = bucket_names(facts.buckets)
    title = _("Aging and its bridge from the month before, %(currency)s") % {"currency": aging.currency}
    behind = f"aging:{aging.currency}"
    columns: tuple[SheetColumn, ...]
    if aging.bridge is None:
        columns = (_text(_("Past due"), 16), _amount(_("Closing")))
        pairs = [*zip(names, aging.bucket_amounts, strict=True)]
        rows = [SheetRow(pair, behind) for pair in pairs]
        rows.append(SheetRow((_("Total"), aging.total_amount), behind, is_total=True))
        note = str(GAPS[facts.bridge_gap]) if facts.bridge_gap else ""
        return Sheet(f"bridge:{aging.currency}", title, columns, tuple(rows), note=note, behind=behind)
    columns = (
        _text(_("Past due"), 16),
        _amount(_("Opening")),
        _amount(_("New items")),
        _amount(_("Paid")),
        _amount(_("Credits")),
        _amount(_("Reclassified")),
        _amount(_("Closing")),
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


def _trend(facts: SummaryFacts) -> Iterator[Sheet]:
    names = bucket_names(facts.buckets)
    columns = (_text(_("Month"), 10), *(_amount(name) for name in names), _amount(_("Total")))
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


def _overdue(facts: SummaryFacts) -> Iterator[Sheet]:
    names = bucket_names(facts.buckets)
    columns = (
        _text(_("Customer"), 36),
        _text(_("Number"), 14),
        _text(_("Grade"), 8),
        _amount(_("Overdue")),
        _amount(_("Receivables")),
        _text(_("Oldest item"), 14),
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


def _grades(facts: SummaryFacts) -> Sheet:
    moved = migration(facts.grade_moves)
    heads = [grade_name(grade) for grade in ORDER]
    columns = (
        _text(_("When the month began"), 20),
        *(_number(_("at its end %(grade)s") % {"grade": head}) for head in heads),
        _number(_("Total")),
    )
    rows = [
        SheetRow((head, *counts, sum(counts)), f"grade:{grade}")
        for grade, head, counts in zip(ORDER, heads, moved.counts, strict=True)
    ]
    rows.append(SheetRow((_("Total"), *moved.now, sum(moved.now)), "customers", is_total=True))
    return Sheet("grades", _("Grades and their migration"), columns, tuple(rows), behind="customers")


def _counted(facts: SummaryFacts) -> Iterator[Sheet]:
    for section in sections():
        stored = facts.section(section.key)
        lines = {(line.code, line.currency): line for line in stored.lines}
        rows: list[SheetRow] = []
        for code, label in section.labels.items():
            found = [line for (known, _currency), line in lines.items() if known == code]
            rows += [
                SheetRow((str(label), line.count, line.currency, line.amount), f"{section.key}:{code}")
                for line in found
            ]
            if not found:
                rows.append(SheetRow((str(label), 0, "", None), f"{section.key}:{code}"))
        has_money = any(line.amount is not None for line in stored.lines)
        columns: Sequence[SheetColumn] = (_text(_("Figure"), 36), _number(_("How many")))
        if has_money:
            columns = (*columns, _text(_("Currency"), 10), _amount(_("Amount")))
        else:
            rows = [SheetRow(row.cells[:2], row.figure) for row in rows]
        yield Sheet(section.key, str(section.title), tuple(columns), tuple(rows))


def _recovered(facts: SummaryFacts) -> Sheet:
    windows = sorted({line.days for line in facts.recovered})
    columns = (
        _text(_("Notices of"), 10),
        _text(_("Stage"), 18),
        _amount(_("Demanded")),
        *(_text(_("within %(days)s days") % {"days": days}, 18) for days in windows),
    )
    by_row: dict[tuple[str, str, str], dict[int, str]] = {}
    demanded = {}
    for line in facts.recovered:
        key = (f"{line.month:%Y-%m}", line.stage, line.currency)
        ratio = percent(share(line.recovered_amount, line.known_amount))
        by_row.setdefault(key, {})[line.days] = _("not known yet") if ratio is None else f"{ratio} %"
        demanded[key] = line.demanded_amount
    rows = tuple(
        SheetRow(
            (
                month,
                f"{Stage(stage).label} {currency}",
                demanded[month, stage, currency],
                *(told.get(days, "") for days in windows),
            ),
            "effectiveness",
        )
        for (month, stage, currency), told in by_row.items()
    )
    note = _("How much of what notices demanded was open less, so many days later, as far as reports tell.")
    return Sheet(
        "recovered",
        _("Recovered after notices"),
        columns,
        rows,
        note=note,
        behind="effectiveness",
        empty=_("No notice was issued in these months."),
    )


def _payables(facts: SummaryFacts) -> Iterator[Sheet]:
    columns = (
        _text(_("Customer"), 36),
        _text(_("Number"), 14),
        _amount(_("Receivables")),
        _amount(_("Payables")),
        _amount(_("Net")),
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

"""The figures of a monthly summary as tables, in the order of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from receivables.effectiveness import percent, share
from receivables.models import Stage
from supervision.migration import ORDER, migration
from supervision.summary_document.aging_sheets import (
    bridge_sheet,
    overdue_sheets,
    payable_sheets,
    trend_sheets,
)
from supervision.summary_document.sheet import (
    Sheet,
    SheetColumn,
    SheetRow,
    amount_column,
    number_column,
    text_column,
)
from supervision.summary_document.wording import grade_name
from supervision.summary_facts import SummaryFacts
from supervision.summary_sections import sections


def sheets_of(facts: SummaryFacts) -> list[Sheet]:
    """Return the tables of a summary in the active language, in the order of the page."""
    return [
        _key_figures(facts),
        _grades(facts),
        *(bridge_sheet(facts, aging) for aging in facts.aging),
        *trend_sheets(facts),
        *overdue_sheets(facts),
        *_counted(facts),
        _recovered(facts),
        *payable_sheets(facts),
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
    if (base := facts.base) is not None and len(facts.aging) > 1:
        rows += [
            SheetRow((_("Receivables in all currencies"), "", base.currency, base.total_amount), "base"),
            SheetRow((_("Overdue in all currencies"), "", base.currency, base.overdue_amount), "base"),
        ]
    if base is not None and base.missing:
        # A row and no note: it goes wherever the sum goes, to the workbook, the mail and the command as well.
        told = _("Without a rate, and so not in the sum: %(currencies)s") % {
            "currencies": ", ".join(base.missing)
        }
        rows.append(SheetRow((told, "", "", "")))
    moved = migration(facts.grade_moves)
    rows += [
        SheetRow((_("Grades raised"), moved.upgraded, "", "")),
        SheetRow((_("Grades lowered"), moved.downgraded, "", "")),
        SheetRow((_("Graded for the first time"), moved.first_graded, "", "")),
    ]
    columns = (
        text_column(_("Figure"), 36),
        number_column(_("How many")),
        text_column(_("Currency"), 10),
        amount_column(_("Amount")),
    )
    return Sheet("key_figures", _("Key figures"), columns, tuple(rows))


def _grades(facts: SummaryFacts) -> Sheet:
    moved = migration(facts.grade_moves)
    heads = [grade_name(grade) for grade in ORDER]
    columns = (
        text_column(_("When the month began"), 20),
        *(number_column(_("at its end %(grade)s") % {"grade": head}) for head in heads),
        number_column(_("Total")),
    )
    rows = [SheetRow((head, *counts, sum(counts))) for head, counts in zip(heads, moved.counts, strict=True)]
    rows.append(SheetRow((_("Total"), *moved.now, sum(moved.now)), is_total=True))
    return Sheet("grades", _("Grades and their migration"), columns, tuple(rows))


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
        columns: Sequence[SheetColumn] = (text_column(_("Figure"), 36), number_column(_("How many")))
        if has_money:
            columns = (*columns, text_column(_("Currency"), 10), amount_column(_("Amount")))
        else:
            rows = [SheetRow(row.cells[:2], row.figure) for row in rows]
        yield Sheet(section.key, str(section.title), tuple(columns), tuple(rows))


def _recovered(facts: SummaryFacts) -> Sheet:
    windows = sorted({line.days for line in facts.recovered})
    columns = (
        text_column(_("Notices of"), 10),
        text_column(_("Stage"), 18),
        amount_column(_("Demanded")),
        *(text_column(_("within %(days)s days") % {"days": days}, 18) for days in windows),
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
            f"effectiveness:{month}",
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

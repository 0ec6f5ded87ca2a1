"""The charts of a monthly summary: drawn here as SVG without text, so that a page with them needs no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from creditrisk.template_tags import amount
from supervision.aging_bridge import total_of
from supervision.migration import ORDER, migration
from supervision.summary_document.wording import bucket_names, grade_name
from supervision.summary_facts import CurrencyAging, OverdueCustomer, SummaryFacts, TrendPoint

WIDTH, HEIGHT = 100, 40
NOTHING = Decimal(0)
LAST_COLOUR = 6
HEAT_STEPS = 4


@dataclass(frozen=True)
class Step:
    """One column below a chart: its label, and its amount where it has one."""

    label: str
    amount: Decimal | None = None


@dataclass(frozen=True)
class Chart:
    """A drawing with what stands below it, column by column; `legend` are colour and name of its parts."""

    title: str
    drawing: SafeString
    steps: tuple[Step, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Rect:
    title: str
    css: str
    left: Decimal
    top: Decimal
    width: Decimal
    height: Decimal


def _drawing(label: str, rects: Iterable[_Rect], css: str = "summary-chart") -> SafeString:
    return format_html(
        '<svg class="{}" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}</svg>',
        css,
        label,
        WIDTH,
        HEIGHT,
        format_html_join(
            "",
            '<g><title>{}</title><rect class="{}" x="{}" y="{}" width="{}" height="{}"></rect></g>',
            (
                (
                    rect.title,
                    rect.css,
                    f"{rect.left:.2f}",
                    f"{rect.top:.2f}",
                    f"{rect.width:.2f}",
                    f"{rect.height:.2f}",
                )
                for rect in rects
            ),
        ),
    )


def waterfall(aging: CurrencyAging) -> Chart | None:
    """Return the bridge as a waterfall: opening, new, paid, credits, closing. None without a bridge, or where nothing
    is above zero.
    """
    if aging.bridge is None:
        return None
    total = total_of(aging.bridge)
    after_new = total.opening_amount + total.new_amount
    after_paid = after_new - total.paid_amount
    parts = (
        (_("Opening"), NOTHING, total.opening_amount, "whole"),
        (_("New items"), total.opening_amount, total.new_amount, "rise"),
        (_("Paid"), after_new, -total.paid_amount, "fall"),
        (_("Credits"), after_paid, total.credit_amount, "credit"),
        (_("Closing"), NOTHING, total.closing_amount, "whole"),
    )
    highest = max(max(start, start + change) for _label, start, change, _css in parts)
    if highest <= 0:
        return None
    step = Decimal(WIDTH) / len(parts)
    rects = []
    for place, (label, start, change, css) in enumerate(parts):
        low, high = (max(end, NOTHING) for end in sorted((start, start + change)))
        rects.append(
            _Rect(
                f"{label}: {amount(change)} {aging.currency}",
                css,
                left=step * place + step / 10,
                top=HEIGHT - HEIGHT * high / highest,
                width=step * 8 / 10,
                height=max(HEIGHT * (high - low) / highest, Decimal("0.25")),
            )
        )
    title = _("From month end to month end, %(currency)s") % {"currency": aging.currency}
    steps = tuple(Step(label, change) for label, _start, change, _css in parts)
    return Chart(title, _drawing(title, rects), steps)


def stacked(facts: SummaryFacts, *, currency: str) -> Chart | None:
    """Return the balances at the last month ends, a column for each month, its buckets one above the other. None where
    there is nothing above zero.
    """
    points = [point for point in facts.trend if point.currency == currency]
    highest = max((_height(point) for point in points), default=NOTHING)
    if highest <= 0:
        return None
    names = bucket_names(facts.buckets)
    step = Decimal(WIDTH) / len(points)
    rects = []
    for place, point in enumerate(points):
        top = Decimal(HEIGHT)
        for position, value in enumerate(point.bucket_amounts):
            if value <= 0:
                continue
            height = HEIGHT * value / highest
            top -= height
            rects.append(
                _Rect(
                    f"{point.month:%Y-%m} {names[position]}: {amount(value)} {currency}",
                    _colour(position),
                    left=step * place + step / 10,
                    top=top,
                    width=step * 8 / 10,
                    height=height,
                )
            )
    title = _("Aging at the last month ends, %(currency)s") % {"currency": currency}
    legend = tuple((_colour(place), name) for place, name in enumerate(names))
    return Chart(title, _drawing(title, rects), tuple(Step(f"{point.month:%m}") for point in points), legend)


def _height(point: TrendPoint) -> Decimal:
    return sum((value for value in point.bucket_amounts if value > 0), NOTHING)


def _colour(bucket: int) -> str:
    return f"age-{min(bucket, LAST_COLOUR)}"


@dataclass(frozen=True)
class OverdueBar:
    """One of the most overdue customers with the bar of his share of the highest."""

    customer: OverdueCustomer
    bar: SafeString


def overdue_bars(customers: Sequence[OverdueCustomer]) -> list[OverdueBar]:
    """Return the bars of some customers in one currency: what is overdue, by the age of the oldest item."""
    highest = max((customer.overdue_amount for customer in customers), default=NOTHING)
    return [
        OverdueBar(
            customer,
            format_html(
                '<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
                '<rect class="{}" width="{}" height="4"></rect></svg>',
                _colour(customer.oldest_bucket),
                f"{100 * customer.overdue_amount / highest:.1f}",
            ),
        )
        for customer in customers
    ]


@dataclass(frozen=True)
class HeatCell:
    """One field of the migration matrix: how many customers, and how dark; `direction` says up, down or same."""

    grade: str
    customers: int
    heat: int
    direction: str


@dataclass(frozen=True)
class HeatRow:
    """Where the customers of one old grade are now."""

    code: str
    grade: str
    cells: tuple[HeatCell, ...]
    total: int


def heat_rows(facts: SummaryFacts) -> list[HeatRow]:
    """Return the migration matrix: the darker, the larger the share of those who had the old grade."""
    found = migration(facts.grade_moves)
    rows = []
    for place, (code, counts) in enumerate(zip(ORDER, found.counts, strict=True)):
        total = sum(counts)
        cells = tuple(
            HeatCell(
                grade_name(ORDER[column]),
                count,
                heat=-(-HEAT_STEPS * count // total) if total else 0,
                direction=_direction(place, column),
            )
            for column, count in enumerate(counts)
        )
        rows.append(HeatRow(code, grade_name(code), cells, total))
    return rows


def _direction(old: int, new: int) -> str:
    no_grade = len(ORDER) - 1
    if old == new or no_grade in (old, new):
        return "same"
    return "up" if new < old else "down"

"""The small chart of an early warning: drawn here, so that a page with it needs no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from customers.warning_wording import value_in_words

WIDTH, HEIGHT = 100, 40
GAP = Decimal("0.8")


@dataclass(frozen=True)
class SmallChart:
    """A chart with what its ends are called, and its greatest value in words."""

    svg: SafeString
    first: str
    last: str
    greatest: str


def small_chart(series: Mapping[str, Any], *, label: str) -> SmallChart | None:
    """Return a bar for every point of a case's `series`, the last one marked; None where it has none. Bars below zero
    hang from the line of zero; the title of each tells its value."""
    points = [(str(point["label"]), Decimal(point["value"])) for point in series.get("points", ())]
    if not points:
        return None
    unit = str(series["unit"])
    top = max(Decimal(), *(value for _label, value in points))
    bottom = min(Decimal(), *(value for _label, value in points))
    zero = _height(top - bottom, top)
    svg = format_html(
        '<svg class="balance-chart" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}'
        '<line class="whole" x1="0" y1="{}" x2="{}" y2="{}"></line></svg>',
        label,
        WIDTH,
        HEIGHT,
        format_html_join(
            "",
            '<g><title>{}</title><rect class="{}" x="{}" y="{}" width="{}" height="{}"></rect></g>',
            _bars(points, unit, span=top - bottom, zero=zero),
        ),
        f"{zero:.2f}",
        WIDTH,
        f"{zero:.2f}",
    )
    greatest = max((value for _label, value in points), key=abs)
    return SmallChart(svg, points[0][0], points[-1][0], value_in_words("", greatest, unit))


def _height(span: Decimal, value: Decimal) -> Decimal:
    return HEIGHT * value / span if span else Decimal(HEIGHT)


def _bars(
    points: Sequence[tuple[str, Decimal]], unit: str, *, span: Decimal, zero: Decimal
) -> Iterable[tuple[str, str, str, str, str, str]]:
    step = Decimal(WIDTH) / len(points)
    for place, (label, value) in enumerate(points):
        height = _height(span, abs(value)) if span else Decimal()
        above = zero - height if value > 0 else zero
        css = "late" if place == len(points) - 1 else "open"
        title = f"{label}: {value_in_words('', value, unit)}"
        yield title, css, f"{step * place:.2f}", f"{above:.2f}", f"{step * GAP:.2f}", f"{height:.2f}"

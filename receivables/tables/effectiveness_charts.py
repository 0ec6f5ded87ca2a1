"""The charts of the effectiveness of collection: drawn here, so that a page with them needs no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from receivables.effectiveness import WINDOW_DAYS
from receivables.models import Stage
from receivables.selectors.effectiveness import Figures, ManagerFigures
from receivables.tables.effectiveness import percent_text, stages_of

WIDTH, HEIGHT = 100, 40
WHOLE = Decimal(1)


@dataclass(frozen=True)
class Bar:
    """One bar: what its title tells, its ratio (None: no bar), and its class."""

    title: str
    ratio: Decimal | None
    css: str = "open"


def currencies_of(one: ManagerFigures) -> list[str]:
    """Return the currencies in which there is something to draw."""
    found = {part.currency for figures in one.months.values() for part in figures.receivables}
    return sorted(found | {stage.currency for stage in one.whole.stages})


def index_chart(one: ManagerFigures, *, currency: str) -> SafeString:
    """Return a bar for every month: the collection effectiveness index of a currency; none where there is none. The
    whole height is 100 %; what is above or below stays at the edge, and the title tells the figure.
    """
    bars = []
    for month, figures in one.months.items():
        ratio = next((part.index_ratio for part in figures.receivables if part.currency == currency), None)
        bars.append(Bar(f"{month:%Y-%m}: {percent_text(ratio)}", ratio))
    return _chart(_("Collection effectiveness index by month, %(currency)s") % {"currency": currency}, bars)


def recovered_chart(figures: Figures, *, currency: str) -> SafeString:
    """Return bars by stage for what notices recovered within 7, 14, 30 and 60 days, in a currency."""
    bars: list[Bar] = []
    for stage in stages_of(figures, currency):
        if bars:
            bars.append(Bar("", None))
        for days in WINDOW_DAYS:
            ratio = stage.within[days].ratio
            title = _("%(stage)s, within %(days)s days: %(percent)s") % {
                "stage": Stage(stage.stage).label,
                "days": days,
                "percent": percent_text(ratio),
            }
            bars.append(Bar(title, ratio, css="late" if stage.stage == Stage.FINAL_DEMAND else "open"))
    return _chart(_("Recovered by stage, %(currency)s") % {"currency": currency}, bars)


def _chart(label: str, bars: Sequence[Bar]) -> SafeString:
    if all(bar.ratio is None for bar in bars):
        return SafeString("")
    return format_html(
        '<svg class="balance-chart" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">'
        '<line class="whole" x1="0" y1="0" x2="{}" y2="0"></line>{}</svg>',
        label,
        WIDTH,
        HEIGHT,
        WIDTH,
        format_html_join(
            "",
            '<g><title>{}</title><rect class="{}" x="{}" y="{}" width="{}" height="{}"></rect></g>',
            _drawn(bars),
        ),
    )


def _drawn(bars: Sequence[Bar]) -> Iterable[tuple[str, str, str, str, str, str]]:
    step = Decimal(WIDTH) / len(bars)
    for place, bar in enumerate(bars):
        if bar.ratio is not None:
            height = HEIGHT * min(max(bar.ratio, Decimal()), WHOLE)
            left, width = f"{step * place:.2f}", f"{step * Decimal('0.8'):.2f}"
            yield bar.title, bar.css, left, f"{HEIGHT - height:.2f}", width, f"{height:.2f}"

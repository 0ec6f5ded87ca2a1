"""A customer's balances as a chart: drawn here, so that a page with it needs no script."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from creditrisk import template_tags
from receivables.selectors.customer_history import Balance

WIDTH, HEIGHT = 100, 40


def balance_chart(balances: Sequence[Balance], *, currency: str) -> SafeString:
    """Return a bar for every report: what was open, the overdue part of it on top of the axis; the title of each bar
    tells day and amounts. Credit balances have no bar.
    """
    largest = max((balance.total_amount for balance in balances), default=Decimal())
    if largest <= 0:
        return SafeString("")
    step = Decimal(WIDTH) / len(balances)
    bars = []
    for place, balance in enumerate(balances):
        total = max(balance.total_amount, Decimal()) * HEIGHT / largest
        overdue = min(max(balance.overdue_amount, Decimal()) * HEIGHT / largest, total)
        title = _("%(day)s: %(currency)s %(total)s open, %(overdue)s of it overdue") % {
            "day": balance.as_of.isoformat(),
            "currency": currency,
            "total": template_tags.amount(balance.total_amount),
            "overdue": template_tags.amount(balance.overdue_amount),
        }
        left, width = f"{step * place:.2f}", f"{step * Decimal('0.8'):.2f}"
        bars.append(
            (
                title,
                left,
                f"{HEIGHT - total:.2f}",
                width,
                f"{total:.2f}",
                left,
                f"{HEIGHT - overdue:.2f}",
                width,
                f"{overdue:.2f}",
            )
        )
    return format_html(
        '<svg class="balance-chart" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}</svg>',
        _("Balance and overdue over time, %(currency)s") % {"currency": currency},
        WIDTH,
        HEIGHT,
        format_html_join(
            "",
            '<g><title>{}</title><rect class="open" x="{}" y="{}" width="{}" height="{}"></rect>'
            '<rect class="late" x="{}" y="{}" width="{}" height="{}"></rect></g>',
            bars,
        ),
    )

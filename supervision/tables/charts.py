"""The charts of the dashboard: drawn here, so that a page with them needs no script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 100, 40
BAR_SHARE = Decimal("0.8")
COLOURS = 7
"""How many colours there are for buckets (`age-0` … `age-6`); further ones take the last."""


@dataclass(frozen=True)
class Stack:
    """One bar of several parts, from the axis up: title and amount of each; amounts below nothing are not drawn."""

    parts: Sequence[tuple[str, Decimal]]


@dataclass(frozen=True)
class Point:
    """One point of a line; `value` None interrupts it."""

    title: str
    value: Decimal | None


def stacked_chart(stacks: Sequence[Stack], *, label: str) -> SafeString:
    """Return a bar for every stack, all to one scale; empty where there is nothing to draw."""
    heights = [
        sum((max(amount, Decimal(0)) for _title, amount in stack.parts), Decimal(0)) for stack in stacks
    ]
    largest = max(heights, default=Decimal(0))
    if largest <= 0:
        return SafeString("")
    bars = format_html_join(
        "",
        '<g><title>{}</title><rect class="age-{}" x="{}" y="{}" width="{}" height="{}"></rect></g>',
        _bars(stacks, largest),
    )
    return _svg(label, bars)


def _bars(stacks: Sequence[Stack], largest: Decimal) -> Iterator[tuple[str, int, str, str, str, str]]:
    step = Decimal(WIDTH) / len(stacks)
    for place, stack in enumerate(stacks):
        top = Decimal(HEIGHT)
        for number, (title, amount) in enumerate(stack.parts):
            height = max(amount, Decimal(0)) * HEIGHT / largest
            top -= height
            if height:
                left, width = f"{step * place:.2f}", f"{step * BAR_SHARE:.2f}"
                yield title, min(number, COLOURS - 1), left, f"{top:.2f}", width, f"{height:.2f}"


def line_chart(points: Sequence[Point], *, label: str, whole: Decimal | None = None) -> SafeString:
    """Return a line through the points, from 0 to the largest of them or to `whole`; empty where there is none. A point
    above the whole stays at the edge, and its title tells the value.
    """
    known = [point.value for point in points if point.value is not None]
    scale = whole or max(known, default=Decimal(0))
    if not known or scale <= 0:
        return SafeString("")
    step = Decimal(WIDTH) / len(points)
    lines = format_html_join(
        "",
        '<polyline class="line" vector-effect="non-scaling-stroke" points="{}"></polyline>',
        ((" ".join(places),) for places in _pieces(points, step, scale)),
    )
    # A column behind each point that tells its value; the line alone is too thin to point at.
    columns = format_html_join(
        "",
        '<g><title>{}</title><rect class="reach" x="{}" y="0" width="{}" height="{}"></rect></g>',
        (
            (point.title, f"{step * place:.2f}", f"{step:.2f}", HEIGHT)
            for place, point in enumerate(points)
            if point.value is not None
        ),
    )
    return _svg(label, format_html("{}{}", lines, columns))


def _pieces(points: Iterable[Point], step: Decimal, scale: Decimal) -> Iterator[list[str]]:
    """Yield the places of each uninterrupted piece of a line; a single point is drawn as a dash."""
    piece: list[str] = []
    last: tuple[Decimal, Decimal] | None = None
    for place, point in enumerate([*points, Point("", None)]):
        if point.value is None:
            if last and len(piece) == 1:
                piece.append(f"{last[0] + step / 4:.2f},{last[1]:.2f}")
            if piece:
                yield piece
            piece, last = [], None
            continue
        height = HEIGHT * min(max(point.value / scale, Decimal(0)), Decimal(1))
        last = step * (place + Decimal("0.5")), HEIGHT - height
        piece.append(f"{last[0]:.2f},{last[1]:.2f}")


def _svg(label: str, content: SafeString) -> SafeString:
    return format_html(
        '<svg class="balance-chart kpi-chart" role="img" aria-label="{}" viewBox="0 0 {} {}"'
        ' preserveAspectRatio="none"><line class="axis" x1="0" y1="{}" x2="{}" y2="{}"></line>{}</svg>',
        label,
        WIDTH,
        HEIGHT,
        HEIGHT,
        WIDTH,
        HEIGHT,
        content,
    )

"""The design system's template tags, built into every template (settings: TEMPLATES, OPTIONS, builtins)."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SPRITE = "vendor/bootstrap-icons/sprite.svg"


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, classes: str = "") -> SafeString:
    """Return the SVG of an icon of the sprite, decorative (hidden from screen readers)."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static(SPRITE),
        name,
    )


@register.simple_tag
def state(code: str, label: object) -> SafeString:
    """Return the badge of a state: its stable code chooses the colour, the translated label is the text."""
    return format_html('<span class="state state-{}">{}</span>', code, label)


@register.filter
def amount(value: Decimal | int | None) -> str:
    """Return an amount to the cent, in threes with commas in every language: 1,234,567.80. None is empty."""
    return "" if value is None else f"{value:,.2f}"


@register.filter
def iso(value: object) -> str:
    """Return a date as YYYY-MM-DD (the same in every language); None is empty."""
    return "" if value is None else f"{value:%Y-%m-%d}"

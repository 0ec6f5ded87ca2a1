"""The design system's tags."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.template import engines
from django.utils import translation


def render(source: str, **context: object) -> str:
    return str(engines["django"].from_string(source).render(context))


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
@pytest.mark.parametrize(
    ("value", "shown"),
    [(Decimal("1234567.8"), "1,234,567.80"), (Decimal("-0.5"), "-0.50"), (0, "0.00"), (None, "")],
)
def test_amount_is_the_same_in_every_language(language: str, value: object, shown: str) -> None:
    with translation.override(language):
        assert render("{{ value|amount }}", value=value) == shown


@pytest.mark.parametrize(("value", "shown"), [(dt.date(2026, 2, 3), "2026-02-03"), (None, "")])
def test_iso_date(value: object, shown: str) -> None:
    assert render("{{ value|iso }}", value=value) == shown


def test_icon_points_into_the_sprite() -> None:
    html = render('{% icon "inbox" "icon-lg" %}')
    assert 'class="icon icon-lg" aria-hidden="true"' in html
    assert "/vendor/bootstrap-icons/sprite.svg#inbox" in html


def test_state_escapes_its_label() -> None:
    assert render("{% state code label %}", code="active", label="<b>") == (
        '<span class="state state-active">&lt;b&gt;</span>'
    )


@pytest.mark.parametrize(("pct", "width"), [(0, "0.0"), (42.55, "42.6"), (100, "100.0")])
def test_bar_has_its_width_as_an_attribute(pct: float, width: str) -> None:
    html = render('{% include "partials/_bar.html" with label="x" %}', pct=pct)
    assert f'width="{width}"' in html
    assert "style" not in html

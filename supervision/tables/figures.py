"""How figures are written: percentages, days, amounts, and by how much they changed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from creditrisk import template_tags
from receivables.effectiveness import TENTH, percent
from supervision.tiles import Change

POINTS = " pp"
"""The difference of two percentages is told in percentage points."""


def days_text(days: Decimal | None) -> str:
    """Return days to a tenth, half-up; a dash where there are none."""
    return "–" if days is None else str(days.quantize(TENTH, ROUND_HALF_UP))


def left_out_facts(currencies: Iterable[str]) -> list[tuple[str, str]]:
    """Return what a downloaded list says of currencies without a rate; nothing where there are none."""
    named = ", ".join(currencies)
    return [(_("Without a rate, and so in no figure"), named)] if named else []


def amount_text(amount: Decimal) -> str:
    """Return an amount to the cent, in threes."""
    return template_tags.amount(amount)


def change_of(
    now: Decimal | None, before: Decimal | None, *, compared_with: str, unit: str = "", rise_is: str = ""
) -> Change | None:
    """Return by how much a rounded figure rose or fell, with its sign; None where one of the two does not exist.
    `rise_is` is "good", "bad" or neither.
    """
    if now is None or before is None:
        return None
    difference = now - before
    tone = ""
    if rise_is and difference:
        tone = "success" if (difference > 0) == (rise_is == "good") else "danger"
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    return Change(f"{sign}{abs(difference)}{unit}", compared_with, tone)


def rise_of(now: Decimal, before: Decimal, *, compared_with: str, rise_is: str = "") -> Change | None:
    """Return by how many percent an amount rose or fell; None where there was nothing before."""
    if before <= 0:
        return None
    return change_of(
        percent(now / before - 1), Decimal("0.0"), compared_with=compared_with, unit=" %", rise_is=rise_is
    )

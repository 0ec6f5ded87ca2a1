"""What a setting is told with, and short words for the usual kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
Kind = Literal[
    "count", "number", "amount", "ratio", "choice", "switch", "days", "bounds", "currency", "chain"
]
"""What a setting holds: a whole number, a number, an amount in the base currency, a share (0–1, told in percent), one
of some words, yes or no, several numbers of days, the ends of the aging buckets, a currency, or an approval chain."""

CALENDAR_DAYS, BUSINESS_DAYS = _("calendar days"), _("business days")
MONTHS, YEARS, POINTS, PERCENT = _("months"), _("years"), _("points"), "%"


@dataclass(frozen=True)
class Setting:
    """One setting. `path` names it (`settings_tree`); `least` and `most` are hints for who types a value, the schema
    decides. `choices` are code and name of what can be chosen."""

    path: str
    label: Text
    clause: Text
    kind: Kind = "count"
    unit: Text = ""
    least: str = ""
    most: str = ""
    choices: tuple[tuple[str, Text], ...] = ()
    note: Text = ""


@dataclass(frozen=True)
class Section:
    """Settings that belong together; `code` is the anchor of the reading page."""

    code: str
    label: Text
    settings: tuple[Setting, ...]


def in_days(path: str, label: Text, clause: Text, *, least: str = "", unit: Text = CALENDAR_DAYS) -> Setting:
    return Setting(path, label, clause, unit=unit, least=least)


def in_months(path: str, label: Text, clause: Text) -> Setting:
    return Setting(path, label, clause, unit=MONTHS, least="1")


def share(path: str, label: Text, clause: Text) -> Setting:
    return Setting(path, label, clause, "ratio", PERCENT, least="0", most="100")

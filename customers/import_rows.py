"""The rows of a file of customers once they are understood, and what an import found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User


@dataclass(frozen=True)
class ImportRow:
    """One customer of a file. `values` holds the cleaned master data of the cells that are filled: an empty
    cell changes nothing. `number` is empty where the product gives the next one."""

    row: int
    number: str
    values: Mapping[str, Any]
    people: Mapping[str, User] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowError:
    """One thing wrong in one row, as the spreadsheet program counts it; `message` is the translated reason with the
    remedy."""

    row: int
    column: str
    value: str
    message: str

    @property
    def text(self) -> str:
        """Return row, column, value and reason as one sentence."""
        return str(_("Row %(row)s, column “%(column)s”, “%(value)s”: %(message)s")) % vars(self)


@dataclass(frozen=True)
class ImportResult:
    """What an import did, or would do. With errors nothing was written."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: tuple[RowError, ...] = ()

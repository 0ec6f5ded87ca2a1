"""Calendar quarters: what a quarterly job is done for."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from creditrisk.dates import end_of_month

WRITTEN = re.compile(r"([1-9][0-9]{3})Q([1-4])", re.ASCII)


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter, the `number`th (1–4) of a year; written 2026Q3, which sorts as it passes."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Return the quarter that is written as 2026Q3. Raises ValueError for anything else."""
        found = WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"a quarter is written like 2026Q3, not {text!r}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: dt.date) -> Quarter:
        """Return the quarter in which a day lies."""
        return cls(day.year, (day.month + 2) // 3)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def first_on(self) -> dt.date:
        """Its first day."""
        return dt.date(self.year, 3 * self.number - 2, 1)

    @property
    def last_on(self) -> dt.date:
        """Its last day."""
        return end_of_month(dt.date(self.year, 3 * self.number, 1))

    @property
    def previous(self) -> Quarter:
        """The quarter before it."""
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)

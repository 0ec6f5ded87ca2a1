"""One table of a monthly summary: what the page draws, the PDF prints, and the workbook has a sheet of.

A row's `figure` says what stands behind it ("section:code", "customer:number" …): pages turn it into a link.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from creditrisk.workbooks import AMOUNT_WIDTH, Cell

NUMBER_WIDTH = 10


@dataclass(frozen=True)
class SheetColumn:
    """A column; numbers stand to the right."""

    header: str
    is_number: bool = False
    width: int = 24


@dataclass(frozen=True)
class SheetRow:
    """A row of cells; `figure` names what stands behind it, '' nothing."""

    cells: tuple[Cell, ...]
    figure: str = ""
    is_total: bool = False


@dataclass(frozen=True)
class Sheet:
    """One table. `key` says what it is of (with a currency: "bridge:CNY"), `note` what the reader should know; `behind`
    names the list behind all of it.
    """

    key: str
    title: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[SheetRow, ...]
    note: str = ""
    behind: str = ""
    empty: str = field(default="")

    @property
    def kind(self) -> str:
        """The key without its currency."""
        return self.key.partition(":")[0]

    @property
    def currency(self) -> str:
        """The currency that all its numbers are in, '' where it has a column of currencies, or none."""
        return self.key.partition(":")[2]


def text_column(header: str, width: int = 24) -> SheetColumn:
    """Return a column of texts."""
    return SheetColumn(header, width=width)


def amount_column(header: str) -> SheetColumn:
    """Return a column of amounts."""
    return SheetColumn(header, is_number=True, width=AMOUNT_WIDTH)


def number_column(header: str) -> SheetColumn:
    """Return a column of counts."""
    return SheetColumn(header, is_number=True, width=NUMBER_WIDTH)

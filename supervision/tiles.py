"""Figures that stand on the leader's dashboard beside those of the reports: a registry, so that each part of the
product brings its own.

An app registers in its `AppConfig.ready`:

    from supervision.tiles import register_tile

    def ready(self) -> None:
        register_tile("letters", letters_tile, position=20)

    def letters_tile(*, user: User, as_of: dt.date, today: dt.date) -> Tile | None:
        return Tile(_("Dunning letters"), "12", url=reverse("receivables:letter_list"))

A builder counts what `user` may see, by one query whatever there is, and links to the list that it counted; None leaves
the tile out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise

from creditrisk.accounts.models import User


@dataclass(frozen=True)
class Change:
    """How a figure differs from another time: `text` such as "+2.1", and what it is compared with."""

    text: str
    compared_with: str
    tone: str = ""


@dataclass(frozen=True)
class Tile:
    """One figure: what it is called, its value as text with a unit, the list behind it, and what else is told.

    `tone` is success, warning, danger or empty; `definition` the anchor of its definition.
    """

    label: str | Promise
    value: str
    unit: str = ""
    url: str = ""
    hint: str | Promise = ""
    tone: str = ""
    definition: str = ""
    changes: Sequence[Change] = ()


class TileBuilder(Protocol):
    """Makes a tile for one person, by the report of a day, on a day."""

    def __call__(self, *, user: User, as_of: dt.date, today: dt.date) -> Tile | None: ...


_tiles: dict[str, tuple[int, TileBuilder]] = {}


def register_tile(key: str, build: TileBuilder, *, position: int) -> None:
    """Show a tile on the dashboard, in the order of `position`; the same key again replaces it."""
    _tiles[key] = (position, build)


def tiles_for(*, user: User, as_of: dt.date, today: dt.date) -> list[Tile]:
    """Return the registered tiles in order, without those that do not concern `user`."""
    builders = [build for _position, build in sorted(_tiles.values(), key=lambda entry: entry[0])]
    built = (build(user=user, as_of=as_of, today=today) for build in builders)
    return [tile for tile in built if tile is not None]
